import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { LOG_LEVELS, readConfig } from '../../functions/ddb-event-processor/config.ts';
import { eventDataTable } from '../../functions/ddb-event-processor/event-data-table.ts';
import { rejectedEventsTable } from '../../functions/ddb-event-processor/rejected-events-table.ts';
import { CLOUDFORMATION_TAGS } from '../../local/cloudformation-tags.ts';
import { readMappingSettings } from '../../local/mapping-settings.ts';
import { readTemplate } from '../../local/template.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

/** The file as it is written, intrinsics and all. */
const file: File = parse(read('template.yaml'), { customTags: CLOUDFORMATION_TAGS });

/** The file as a stack with every default has it. */
const stack = readTemplate(new URL('template.yaml', ROOT), {
  name: 'demo',
  region: 'eu-west-1',
  accountId: '123456789012',
});
const processor = stack.resource('DDBEventProcessor', 'AWS::Serverless::Function');

describe('template.yaml', () => {
  it('keeps the logical names of the reference architecture', () => {
    const types = Object.entries(file.Resources).map(([name, { Type }]) => [name, Type]);
    expect(Object.fromEntries(types)).to.include({
      EventStream: 'AWS::Kinesis::Stream',
      DDBEventProcessor: 'AWS::Serverless::Function',
      EventDataTable: 'AWS::DynamoDB::Table',
      EventProcessorExecutionRole: 'AWS::IAM::Role',
      streamprocessingclient: 'AWS::IAM::User',
      ClientPolicy: 'AWS::IAM::Policy',
      ClientKeys: 'AWS::IAM::AccessKey',
    });
  });

  it('leaves nothing behind when the stack is deleted', () => {
    for (const [name, { DeletionPolicy, UpdateReplacePolicy, Properties }] of Object.entries(file.Resources)) {
      expect([DeletionPolicy, UpdateReplacePolicy], name).to.deep.equal([undefined, undefined]);
      expect(Properties ?? {}, name).to.not.have.property('DeletionProtectionEnabled');
    }
  });

  describe('parameters', () => {
    for (const [name, parameter] of Object.entries(file.Parameters)) {
      it(`gives ${name} a default within its limits, and describes it`, () => {
        const { Type, Default, MinValue, MaxValue, AllowedValues, Description } = parameter;
        expect(Default).to.be.a(Type === 'Number' ? 'number' : 'string');
        if (MinValue !== undefined) expect(Default).to.be.at.least(MinValue);
        if (MaxValue !== undefined) expect(Default).to.be.at.most(MaxValue);
        if (AllowedValues) expect(AllowedValues).to.include(Default);
        expect(MinValue ?? AllowedValues, 'a limit').to.not.equal(undefined);
        expect(Description).to.match(/\.$/);
      });
    }

    it('uses each of them', () => {
      const used = JSON.stringify([file.Conditions, file.Resources]);
      expect(Object.keys(file.Parameters).filter((name) => !used.includes(`{"Ref":"${name}"}`))).to.deep.equal([]);
    });

    it('offers the log levels that the function knows', () => {
      expect(file.Parameters.LogLevel?.AllowedValues).to.deep.equal([...LOG_LEVELS]);
    });

    it('makes the stream on-demand where ShardCount is 0', () => {
      const onDemand = readTemplate(new URL('template.yaml', ROOT), {
        name: 'demo',
        region: 'eu-west-1',
        accountId: '123456789012',
        parameters: { ShardCount: 0 },
      }).resource('EventStream', 'AWS::Kinesis::Stream').properties;
      expect(onDemand.StreamModeDetails).to.deep.equal({ StreamMode: 'ON_DEMAND' });
      expect(onDemand).to.not.have.property('ShardCount');

      const { properties } = stack.resource('EventStream', 'AWS::Kinesis::Stream');
      expect(properties.StreamModeDetails).to.deep.equal({ StreamMode: 'PROVISIONED' });
      expect(properties.ShardCount).to.equal(file.Parameters.ShardCount?.Default);
    });
  });

  describe('tables', () => {
    for (const [name, table, physicalName] of [
      ['EventDataTable', eventDataTable('any'), 'demo-EventData'],
      ['RejectedEventsTable', rejectedEventsTable('any'), 'demo-RejectedEvents'],
    ] as const) {
      const { properties } = stack.resource(name, 'AWS::DynamoDB::Table');

      it(`keys ${name} as the function writes it`, () => {
        const keyTypes = ['HASH', 'RANGE'];
        expect(properties.KeySchema).to.deep.equal(
          table.key.map((AttributeName, index) => ({ AttributeName, KeyType: keyTypes[index] })),
        );
        expect(properties.AttributeDefinitions).to.deep.equal(
          table.key.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        );
      });

      it(`names ${name} after the stack, and keeps it encrypted, restorable and billed by use`, () => {
        expect(properties.TableName).to.equal(physicalName);
        expect(properties.BillingMode).to.equal('PAY_PER_REQUEST');
        expect(properties.SSESpecification).to.deep.equal({ SSEEnabled: true });
        expect(properties.PointInTimeRecoverySpecification).to.deep.equal({ PointInTimeRecoveryEnabled: 'true' });
      });
    }
  });

  describe('function', () => {
    const { properties, metadata } = processor;
    const build = metadata.BuildProperties as Record<string, unknown>;
    const environment = (properties.Environment as { Variables: Record<string, string> }).Variables;

    it('is built from the file that holds its handler', () => {
      const source = String(properties.Handler).replace(/\.handler$/, '.ts');
      expect(build.EntryPoints).to.deep.equal([source]);
      expect(existsSync(new URL(source, ROOT)), source).to.equal(true);
      expect(read(source)).to.match(/^export const handler\b/m);
    });

    it('is built for the Node it runs on', () => {
      expect(properties.Runtime).to.equal('nodejs24.x');
      expect(build.Target).to.equal('node24');
    });

    it('is CommonJS by its extension, since package.json says otherwise', () => {
      expect(JSON.parse(read('package.json')).type).to.equal('module');
      expect(build).to.include({ Format: 'cjs' });
      expect(build.OutExtension).to.deep.equal(['.js=.cjs']);
    });

    it('finds in its environment all that it reads, and is given nothing else of ours', () => {
      const names = new Set<string>();
      readConfig(new Proxy({}, { get: (_, name) => names.add(String(name)) && 'INFO' }));
      const others = ['NODE_OPTIONS', 'AWS_ENDPOINT_URL_DYNAMODB'];
      expect(declaredVariables()).to.have.members([...names, ...others]);
    });

    it('starts with the environment of a deployed stack', () => {
      expect(readConfig(environment)).to.deep.equal({
        eventDataTable: 'demo-EventData',
        rejectedEventsTable: 'demo-RejectedEvents',
        logLevel: 'INFO',
      });
      expect(environment).to.not.have.property('AWS_ENDPOINT_URL_DYNAMODB');
    });

    it('maps stack traces back to the sources', () => {
      expect(build.Sourcemap).to.equal(true);
      expect(environment.NODE_OPTIONS).to.equal('--enable-source-maps');
    });

    it('logs JSON to the log group of its own name, which the stack owns', () => {
      expect(properties.FunctionName).to.equal('demo-DDBEventProcessor');
      expect(properties.LoggingConfig).to.deep.equal({
        LogGroup: `/aws/lambda/${properties.FunctionName}`,
        LogFormat: 'JSON',
        ApplicationLogLevel: 'INFO',
      });
      expect(stack.resource('DDBEventProcessorLogGroup', 'AWS::Logs::LogGroup').properties.RetentionInDays).to.equal(
        30,
      );
    });

    it('has the role that is written out here, and no other permission', () => {
      expect(file.Resources.DDBEventProcessor?.Properties?.Role).to.deep.equal({
        'Fn::GetAtt': 'EventProcessorExecutionRole.Arn',
      });
      expect(properties).to.not.have.property('Policies');
    });
  });

  describe('event source mapping', () => {
    it('reads the whole stream, resumes at the first unwritten record, and halves a batch that crashes', () => {
      const events = processor.properties.Events as Record<string, { Properties: { Stream: string } }>;
      expect(events.Stream?.Properties.Stream).to.equal(stack.arnOf('EventStream'));
      expect(readMappingSettings(processor)).to.include({
        startingPosition: 'TRIM_HORIZON',
        reportBatchItemFailures: true,
        bisectBatchOnFunctionError: true,
        batchSize: file.Parameters.BatchSize?.Default,
        maximumBatchingWindowInSeconds: file.Parameters.MaximumBatchingWindowInSeconds?.Default,
        parallelizationFactor: file.Parameters.ParallelizationFactor?.Default,
      });
    });
  });

  describe('permissions', () => {
    it('lets the role do this and nothing else', () => {
      const role = file.Resources.EventProcessorExecutionRole?.Properties as unknown as RoleProperties;
      expect(role).to.have.all.keys('Description', 'AssumeRolePolicyDocument', 'Policies');
      expect(role.AssumeRolePolicyDocument.Statement).to.deep.equal([
        { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ]);
      expect(grantsOf(role.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement))).to.deep.equal({
        'EventStream.Arn': [
          'kinesis:DescribeStream',
          'kinesis:DescribeStreamSummary',
          'kinesis:GetRecords',
          'kinesis:GetShardIterator',
          'kinesis:ListShards',
        ],
        'EventDataTable.Arn': ['dynamodb:BatchWriteItem'],
        'RejectedEventsTable.Arn': ['dynamodb:BatchWriteItem'],
        'DDBEventProcessorLogGroup.Arn': ['logs:CreateLogStream', 'logs:PutLogEvents'],
      });
    });

    it('lets the client put records on the stream and nothing else', () => {
      const policy = file.Resources.ClientPolicy?.Properties as unknown as ClientPolicyProperties;
      expect(policy.Users).to.deep.equal([{ Ref: 'streamprocessingclient' }]);
      expect(grantsOf(policy.PolicyDocument.Statement)).to.deep.equal({
        'EventStream.Arn': ['kinesis:PutRecord', 'kinesis:PutRecords'],
      });
      expect(file.Resources.streamprocessingclient).to.not.have.property('Properties');
    });

    it('grants nothing anywhere else', () => {
      const granting = Object.entries(file.Resources).filter(([, resource]) =>
        JSON.stringify(resource).includes('"Effect"'),
      );
      expect(granting.map(([name]) => name)).to.deep.equal(['EventProcessorExecutionRole', 'ClientPolicy']);
    });
  });

  describe('outputs', () => {
    it('names what the client and an operator need', () => {
      expect(Object.keys(file.Outputs)).to.deep.equal([
        'AccessKeyId',
        'SecretAccessKey',
        'KinesisStream',
        'Region',
        'DDBEventProcessor',
        'EventDataTable',
        'RejectedEventsTable',
      ]);
      expect(Object.fromEntries(stack.outputs)).to.include({
        KinesisStream: stack.nameOf('EventStream'),
        Region: 'eu-west-1',
        DDBEventProcessor: 'demo-DDBEventProcessor',
        EventDataTable: 'demo-EventData',
        RejectedEventsTable: 'demo-RejectedEvents',
      });
      expect(file.Outputs.AccessKeyId?.Value).to.deep.equal({ Ref: 'ClientKeys' });
    });

    it('shows where the secret is and never the secret', () => {
      expect(file.Outputs.SecretAccessKey?.Value).to.deep.equal({ Ref: 'ClientSecret' });
      const holders = Object.entries({ ...file.Resources, ...file.Outputs }).filter(([, value]) =>
        JSON.stringify(value).includes('ClientKeys.SecretAccessKey'),
      );
      expect(holders.map(([name]) => name)).to.deep.equal(['ClientSecret']);
    });

    it('keeps both keys of the client in the secret, as JSON', () => {
      const { SecretString } = stack.resource('ClientSecret', 'AWS::SecretsManager::Secret').properties;
      expect(JSON.parse(String(SecretString))).to.deep.equal({
        accessKeyId: stack.nameOf('ClientKeys'),
        secretAccessKey: `${stack.nameOf('ClientKeys')}.SecretAccessKey`,
      });
    });
  });

  describe('sam local invoke', () => {
    it('is given variables that the template names, and the tables of the stack on this machine', () => {
      const local = readTemplate(new URL('template.yaml', ROOT), {
        name: 'local',
        region: 'us-east-1',
        accountId: '000000000000',
      });
      const variables = JSON.parse(read('events/local-env.json'));
      expect(Object.keys(variables)).to.deep.equal(['DDBEventProcessor']);
      expect(declaredVariables()).to.include.members(Object.keys(variables.DDBEventProcessor));
      expect(variables.DDBEventProcessor).to.include({
        EVENT_DATA_TABLE: local.nameOf('EventDataTable'),
        REJECTED_EVENTS_TABLE: local.nameOf('RejectedEventsTable'),
      });
    });
  });
});

/** The function's variables by name, those without a value included. */
const declaredVariables = (): string[] => {
  const { Environment } = file.Resources.DDBEventProcessor!.Properties as { Environment: { Variables: object } };
  return Object.keys(Environment.Variables);
};

/** Actions by the resource they are granted on. Fails on a wildcard, and on a resource that is not the stack's. */
const grantsOf = (statements: Statement[]): Record<string, string[]> => {
  const grants: Record<string, string[]> = {};
  for (const { Effect, Action, Resource } of statements) {
    expect(Effect).to.equal('Allow');
    for (const action of [Action].flat()) expect(action).to.match(/^[a-z]+:[A-Z][A-Za-z]+$/);
    for (const resource of [Resource].flat()) {
      expect(resource).to.have.all.keys('Fn::GetAtt');
      const name = resource['Fn::GetAtt'];
      grants[name] = [...(grants[name] ?? []), ...[Action].flat()];
    }
  }
  return grants;
};

interface File {
  Parameters: Record<string, Parameter>;
  Conditions: Record<string, unknown>;
  Resources: Record<string, FileResource>;
  Outputs: Record<string, { Description: string; Value: unknown }>;
}

interface Parameter {
  Type: string;
  Default?: string | number;
  Description?: string;
  MinValue?: number;
  MaxValue?: number;
  AllowedValues?: (string | number)[];
}

interface FileResource {
  Type: string;
  Properties?: Record<string, unknown>;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: Attribute | Attribute[];
}

interface Attribute {
  'Fn::GetAtt': string;
}

interface RoleProperties {
  AssumeRolePolicyDocument: { Statement: unknown[] };
  Policies: { PolicyDocument: { Statement: Statement[] } }[];
}

interface ClientPolicyProperties {
  Users: unknown[];
  PolicyDocument: { Statement: Statement[] };
}
