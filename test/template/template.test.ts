import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { LOG_LEVELS, readConfig } from '../../functions/ddb-event-processor/config.ts';
import { eventDataTable } from '../../functions/ddb-event-processor/event-data-table.ts';
import type { Processed } from '../../functions/ddb-event-processor/process-batch.ts';
import { rejectedEventsTable } from '../../functions/ddb-event-processor/rejected-events-table.ts';
import { CLOUDFORMATION_TAGS } from '../../local/cloudformation-tags.ts';
import { readMappingSettings } from '../../local/mapping-settings.ts';
import { readTemplate } from '../../local/template.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

/** The file as it is written, intrinsics and all. */
const file: File = parse(read('template.yaml'), { customTags: CLOUDFORMATION_TAGS });

/** The file as a stack has it. */
const stackWith = (parameters: Record<string, string | number>) =>
  readTemplate(new URL('template.yaml', ROOT), {
    name: 'demo',
    region: 'eu-west-1',
    accountId: '123456789012',
    parameters,
  });
const stack = stackWith({});
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
        const { Type, Default, MinValue, MaxValue, AllowedValues, AllowedPattern, Description } = parameter;
        expect(Default).to.be.a(Type === 'Number' ? 'number' : 'string');
        if (MinValue !== undefined) expect(Default).to.be.at.least(MinValue);
        if (MaxValue !== undefined) expect(Default).to.be.at.most(MaxValue);
        if (AllowedValues) expect(AllowedValues).to.include(Default);
        if (AllowedPattern) expect(Default).to.match(whole(AllowedPattern));
        expect(MinValue ?? AllowedValues ?? AllowedPattern, 'a limit').to.not.equal(undefined);
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
      const onDemand = stackWith({ ShardCount: 0 }).resource('EventStream', 'AWS::Kinesis::Stream').properties;
      expect(onDemand.StreamModeDetails).to.deep.equal({ StreamMode: 'ON_DEMAND' });
      expect(onDemand).to.not.have.property('ShardCount');

      const { properties } = stack.resource('EventStream', 'AWS::Kinesis::Stream');
      expect(properties.StreamModeDetails).to.deep.equal({ StreamMode: 'PROVISIONED' });
      expect(properties.ShardCount).to.equal(file.Parameters.ShardCount?.Default);
    });

    it('takes what Lambda takes for the end of its retries, but no event without an age limit', () => {
      const { MaximumRetryAttempts, MaximumRecordAgeInSeconds } = file.Parameters;
      expect(MaximumRetryAttempts).to.include({ Type: 'Number', MinValue: -1, MaxValue: 10_000 });
      expect(MaximumRecordAgeInSeconds).to.include({ Type: 'Number', MinValue: 60, MaxValue: 604_800 });
    });

    it('rides out half an hour without DynamoDB, and keeps what is given up before the stream drops it', () => {
      const [retries, age, timeout, retention] = [
        'MaximumRetryAttempts',
        'MaximumRecordAgeInSeconds',
        'Timeout',
        'RetentionPeriodHours',
      ].map((name) => Number(file.Parameters[name]?.Default));
      // The margin that the function keeps for its answer.
      const outage = (retries! + 1) * (timeout! - 1.5);
      expect(outage).to.be.at.least(30 * 60);
      expect(age).to.be.at.least(1.5 * outage);
      expect(age).to.be.at.most((retention! * 3600) / 2);
    });

    it('takes one e-mail address for the alarms, or none', () => {
      const pattern = whole(file.Parameters.AlarmEmail?.AllowedPattern ?? '');
      for (const address of ['none', 'ops@example.org', 'a.b+c@mail.example.co.uk']) expect(address).to.match(pattern);
      for (const address of ['', 'nobody', 'a@b', 'a b@example.org', 'a@example.org,b@example.org@'])
        expect(address).to.not.match(pattern);
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

    it('gives a batch up after so many retries or at such an age, and keeps it in the bucket', () => {
      const events = processor.properties.Events as Record<string, { Properties: Record<string, unknown> }>;
      expect(readMappingSettings(processor)).to.include({
        maximumRetryAttempts: file.Parameters.MaximumRetryAttempts?.Default,
        maximumRecordAgeInSeconds: file.Parameters.MaximumRecordAgeInSeconds?.Default,
      });
      expect(events.Stream?.Properties.DestinationConfig).to.deep.equal({
        OnFailure: { Type: 'S3', Destination: stack.arnOf('FailedBatches') },
      });
    });
  });

  describe('failed batches', () => {
    it('lie encrypted in a bucket of no fixed name, which nobody else reaches and from which nothing expires', () => {
      expect(stack.resource('FailedBatches', 'AWS::S3::Bucket').properties).to.deep.equal({
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        MetricsConfigurations: [{ Id: 'EntireBucket' }],
      });
    });

    it('are reached over TLS alone', () => {
      const { Bucket, PolicyDocument } = stack.resource('FailedBatchesPolicy', 'AWS::S3::BucketPolicy').properties;
      const bucket = stack.arnOf('FailedBatches');
      expect(Bucket).to.equal(stack.nameOf('FailedBatches'));
      expect((PolicyDocument as { Statement: unknown }).Statement).to.deep.equal([
        {
          Sid: 'OnlyOverTLS',
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:*',
          Resource: [bucket, `${bucket}/*`],
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ]);
    });

    it('go with the stack: after the mapping that makes them, and before their bucket', () => {
      // What is made later is deleted earlier. SAM's mapping refers to its function.
      expect(file.Resources.DDBEventProcessor?.DependsOn).to.equal('FailedBatchesContents');
      const { ServiceToken, Bucket } = file.Resources.FailedBatchesContents?.Properties ?? {};
      expect({ ServiceToken, Bucket }).to.deep.equal({
        ServiceToken: { 'Fn::GetAtt': 'FailedBatchesCleaner.Arn' },
        Bucket: { Ref: 'FailedBatches' },
      });
      expect(file.Resources.FailedBatchesCleaner?.Properties?.Role).to.deep.equal({
        'Fn::GetAtt': 'FailedBatchesCleanerRole.Arn',
      });
    });

    it('are cleaned by a function that CloudFormation outwaits, on the runtime of the other', () => {
      const { properties } = stack.resource('FailedBatchesCleaner', 'AWS::Lambda::Function');
      const contents = stack.resource('FailedBatchesContents', 'AWS::CloudFormation::CustomResource').properties;
      // Lambda calls three times, with a minute and then two in between.
      expect(contents.ServiceTimeout).to.be.above(3 * Number(properties.Timeout) + 180);
      const { Runtime, Architectures } = processor.properties;
      expect(properties).to.deep.include({ Runtime, Architectures, Handler: 'index.handler' });
      expect(properties.LoggingConfig).to.deep.include({ LogGroup: `/aws/lambda/${properties.FunctionName}` });
      expect(stack.resource('FailedBatchesCleanerLogGroup', 'AWS::Logs::LogGroup').properties).to.deep.equal({
        LogGroupName: '/aws/lambda/demo-FailedBatchesCleaner',
        RetentionInDays: 30,
      });
    });
  });

  describe('alarms', () => {
    const rejected: keyof Processed['counts'] = 'rejected';
    const bucket = { Name: 'BucketName', Value: stack.nameOf('FailedBatches') };
    const lambda = [{ Name: 'FunctionName', Value: 'demo-DDBEventProcessor' }];
    const expected = {
      RejectedEventsAlarm: { Namespace: 'demo', MetricName: 'RejectedEvents', Statistic: 'Sum', Threshold: 0 },
      FailedBatchesAlarm: {
        Namespace: 'AWS/S3',
        MetricName: 'PutRequests',
        Dimensions: [bucket, { Name: 'FilterId', Value: 'EntireBucket' }],
        Statistic: 'Sum',
        Threshold: 0,
      },
      FailedBatchesWaitingAlarm: {
        Namespace: 'AWS/S3',
        MetricName: 'NumberOfObjects',
        Dimensions: [bucket, { Name: 'StorageType', Value: 'AllStorageTypes' }],
        Statistic: 'Maximum',
        Threshold: 0,
      },
      LostBatchesAlarm: {
        Namespace: 'AWS/Lambda',
        MetricName: 'DestinationDeliveryFailures',
        Dimensions: lambda,
        Statistic: 'Sum',
        Threshold: 0,
      },
      IteratorAgeAlarm: {
        Namespace: 'AWS/Lambda',
        MetricName: 'IteratorAge',
        Dimensions: lambda,
        Statistic: 'Maximum',
        Threshold: 600_000,
      },
    };
    const alarms = stack.ofType('AWS::CloudWatch::Alarm');

    it('are these, and the parameter for them says how many', () => {
      expect(alarms.map(([name]) => name)).to.deep.equal(Object.keys(expected));
      expect(file.Parameters.AlarmEmail?.Description).to.contain('The five alarms');
      expect(alarms).to.have.length(5);
    });

    for (const [name, { properties }] of alarms)
      it(`raises ${name} above its threshold, and not where there is no data`, () => {
        expect(properties).to.deep.include({
          ...expected[name as keyof typeof expected],
          AlarmName: `demo-${name.replace(/Alarm$/, '')}`,
          ComparisonOperator: 'GreaterThanThreshold',
          TreatMissingData: 'notBreaching',
        });
        expect(properties.AlarmDescription).to.match(/\.$/);
        // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
        const [period, periods] = [Number(properties.Period), Number(properties.EvaluationPeriods)];
        expect(period * periods).to.be.at.most(period < 3600 ? 86_400 : 604_800);
      });

    it('counts rejected events by the field of the line that the function writes', () => {
      expect(stack.resource('RejectedEventsMetric', 'AWS::Logs::MetricFilter').properties).to.deep.equal({
        LogGroupName: '/aws/lambda/demo-DDBEventProcessor',
        FilterPattern: `{ $.${rejected} > 0 }`,
        MetricTransformations: [
          { MetricNamespace: 'demo', MetricName: 'RejectedEvents', MetricValue: `$.${rejected}` },
        ],
      });
    });

    it('warns of waiting events before they are moved to the bucket', () => {
      const { Threshold, Period } = stack.resource('IteratorAgeAlarm', 'AWS::CloudWatch::Alarm').properties;
      expect(Number(Threshold) / 1000 + Number(Period)).to.be.below(
        Number(file.Parameters.MaximumRecordAgeInSeconds?.Default) / 2,
      );
      expect(Number(Period)).to.be.above(Number(file.Parameters.Timeout?.Default));
    });

    it('tells nobody by default, and one address where one is given', () => {
      for (const [name, { properties }] of alarms) expect(properties, name).to.not.have.property('AlarmActions');
      expect(stack.ofType('AWS::SNS::Topic')).to.deep.equal([]);
      expect(stack.ofType('AWS::SNS::Subscription')).to.deep.equal([]);

      const heard = stackWith({ AlarmEmail: 'ops@example.org' });
      const topic = heard.nameOf('AlarmTopic');
      for (const [name, { properties }] of heard.ofType('AWS::CloudWatch::Alarm'))
        expect(properties.AlarmActions, name).to.deep.equal([topic]);
      expect(heard.resource('AlarmTopic', 'AWS::SNS::Topic').properties).to.deep.equal({});
      expect(heard.resource('AlarmSubscription', 'AWS::SNS::Subscription').properties).to.deep.equal({
        TopicArn: topic,
        Protocol: 'email',
        Endpoint: 'ops@example.org',
      });
    });
  });

  describe('permissions', () => {
    for (const [name, grants] of [
      [
        'EventProcessorExecutionRole',
        {
          'EventStream.Arn': [
            'kinesis:DescribeStream',
            'kinesis:DescribeStreamSummary',
            'kinesis:GetRecords',
            'kinesis:GetShardIterator',
            'kinesis:ListShards',
          ],
          'EventDataTable.Arn': ['dynamodb:BatchWriteItem'],
          'RejectedEventsTable.Arn': ['dynamodb:BatchWriteItem'],
          '${FailedBatches.Arn}/*': ['s3:PutObject'],
          'FailedBatches.Arn': ['s3:ListBucket'],
          'DDBEventProcessorLogGroup.Arn': ['logs:CreateLogStream', 'logs:PutLogEvents'],
        },
      ],
      [
        'FailedBatchesCleanerRole',
        {
          'FailedBatches.Arn': ['s3:ListBucket'],
          '${FailedBatches.Arn}/*': ['s3:DeleteObject'],
          'FailedBatchesCleanerLogGroup.Arn': ['logs:CreateLogStream', 'logs:PutLogEvents'],
        },
      ],
    ] as const)
      it(`lets ${name} do this and nothing else`, () => {
        const role = file.Resources[name]?.Properties as unknown as RoleProperties;
        expect(role).to.have.all.keys('Description', 'AssumeRolePolicyDocument', 'Policies');
        expect(role.AssumeRolePolicyDocument.Statement).to.deep.equal([
          { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ]);
        expect(grantsOf(role.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement))).to.deep.equal(grants);
      });

    it('lets failed batches go to a bucket of the same account alone', () => {
      const role = file.Resources.EventProcessorExecutionRole?.Properties as unknown as RoleProperties;
      const statements = role.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
      const ofS3 = statements.filter(({ Action }) => String(Action).startsWith('s3:'));
      expect(ofS3).to.have.length(2);
      for (const { Condition } of ofS3)
        expect(Condition).to.deep.equal({ StringEquals: { 's3:ResourceAccount': { Ref: 'AWS::AccountId' } } });
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
      expect(granting.map(([name]) => name)).to.deep.equal([
        // Which denies.
        'FailedBatchesPolicy',
        'EventProcessorExecutionRole',
        'FailedBatchesCleanerRole',
        'ClientPolicy',
      ]);
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
        'FailedBatches',
      ]);
      expect(Object.fromEntries(stack.outputs)).to.include({
        KinesisStream: stack.nameOf('EventStream'),
        Region: 'eu-west-1',
        DDBEventProcessor: 'demo-DDBEventProcessor',
        EventDataTable: 'demo-EventData',
        RejectedEventsTable: 'demo-RejectedEvents',
        FailedBatches: stack.nameOf('FailedBatches'),
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

/** CloudFormation compares a pattern with the whole value. */
const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);

/**
 * Actions by the resource they are granted on. Fails on a wildcard, and on a resource that is not the stack's; the objects
 * of a bucket of the stack are.
 */
const grantsOf = (statements: Statement[]): Record<string, string[]> => {
  const grants: Record<string, string[]> = {};
  for (const { Effect, Action, Resource } of statements) {
    expect(Effect).to.equal('Allow');
    for (const action of [Action].flat()) expect(action).to.match(/^[a-z][a-z0-9]+:[A-Z][A-Za-z]+$/);
    for (const resource of [Resource].flat()) {
      const [[operator, name] = []] = Object.entries(resource);
      if (operator === 'Fn::Sub') expect(name).to.match(/^\$\{\w+\.Arn\}\/\*$/);
      else expect(operator).to.equal('Fn::GetAtt');
      grants[name!] = [...(grants[name!] ?? []), ...[Action].flat()];
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
  AllowedPattern?: string;
}

interface FileResource {
  Type: string;
  Properties?: Record<string, unknown>;
  DependsOn?: string;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}

interface Statement {
  Effect: string;
  Action: string | string[];
  /** Each one intrinsic. */
  Resource: Record<string, string> | Record<string, string>[];
  Condition?: unknown;
}

interface RoleProperties {
  AssumeRolePolicyDocument: { Statement: unknown[] };
  Policies: { PolicyDocument: { Statement: Statement[] } }[];
}

interface ClientPolicyProperties {
  Users: unknown[];
  PolicyDocument: { Statement: Statement[] };
}
