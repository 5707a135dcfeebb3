import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { readConfig } from '../../functions/ddb-event-processor/config.ts';
import { eventDataTable } from '../../functions/ddb-event-processor/event-data-table.ts';
import { rejectedEventsTable } from '../../functions/ddb-event-processor/rejected-events-table.ts';
import { readConfig as readRollupsConfig } from '../../functions/event-rollups/config.ts';
import { ROLLUPS_KEY } from '../../functions/event-rollups/part-item.ts';
import { LOG_LEVELS } from '../../functions/log.ts';
import { localStack } from '../../local/stack.ts';
import { readMappingSettings, streamArnOf } from '../../local/template/mapping-settings.ts';
import type { Resource } from '../../local/template/template.ts';
import { PROCESSORS } from '../../processors/index.ts';
import { stackWith, TEMPLATE } from './stack.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

const stack = stackWith();
const processor = stack.resource('DDBEventProcessor', 'AWS::Serverless::Function');
const rollups = stack.resource('EventRollups', 'AWS::Serverless::Function');

/** A function's variables, as its process has them. */
const variablesOf = ({ Environment }: Resource['properties']): Record<string, string> =>
  (Environment as { Variables: Record<string, string> }).Variables;

const expectDefaultWithinLimits = (parameter: (typeof TEMPLATE.Parameters)[string]): void => {
  const { Type, Default, MinValue, MaxValue, AllowedValues, AllowedPattern } = parameter;
  expect(Default).to.be.a(Type === 'Number' ? 'number' : 'string');
  if (MinValue !== undefined) expect(Default).to.be.at.least(MinValue);
  if (MaxValue !== undefined) expect(Default).to.be.at.most(MaxValue);
  if (AllowedValues) expect(AllowedValues).to.include(Default);
  if (AllowedPattern) expect(Default).to.match(whole(AllowedPattern));
  expect(MinValue ?? AllowedValues ?? AllowedPattern, 'a limit').to.not.equal(undefined);
};

describe('template.yaml', () => {
  it('keeps the logical names of the reference architecture', () => {
    const types = Object.entries(TEMPLATE.Resources).map(([name, { Type }]) => [name, Type]);
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

  it('leaves nothing behind when the stack is deleted, unless the tables are to be protected', () => {
    const protectedWith = (DeletionProtection: string) =>
      stackWith({ DeletionProtection })
        .ofType('AWS::DynamoDB::Table')
        .map(([name, { properties }]) => [name, properties.DeletionProtectionEnabled]);
    const tables = stack.ofType('AWS::DynamoDB::Table');
    expect(TEMPLATE.Parameters.DeletionProtection?.Default).to.equal('false');
    expect(protectedWith('false')).to.deep.equal(tables.map(([name]) => [name, false]));
    expect(protectedWith('true')).to.deep.equal(tables.map(([name]) => [name, true]));
    for (const [name, { DeletionPolicy, UpdateReplacePolicy }] of Object.entries(TEMPLATE.Resources)) {
      expect([DeletionPolicy, UpdateReplacePolicy], name).to.deep.equal([undefined, undefined]);
    }
  });

  describe('parameters', () => {
    for (const [name, parameter] of Object.entries(TEMPLATE.Parameters)) {
      it(`gives ${name} a default within its limits, and describes it`, () => {
        expectDefaultWithinLimits(parameter);
        expect(parameter.Description).to.match(/\.$/);
      });
    }

    it('uses each of them', () => {
      const used = JSON.stringify([TEMPLATE.Conditions, TEMPLATE.Resources, TEMPLATE.Outputs]);
      expect(Object.keys(TEMPLATE.Parameters).filter((name) => !used.includes(`{"Ref":"${name}"}`))).to.deep.equal([]);
    });

    it('offers the log levels that the function knows', () => {
      expect(TEMPLATE.Parameters.LogLevel?.AllowedValues).to.deep.equal([...LOG_LEVELS]);
    });

    it('offers the processors that there are', () => {
      expect(TEMPLATE.Parameters.Processor?.AllowedValues).to.have.members(Object.keys(PROCESSORS));
    });

    it('hands the processor that is chosen to both functions', () => {
      for (const [, { properties }] of stackWith({ Processor: 'order-processing' }).ofType('AWS::Serverless::Function'))
        expect(variablesOf(properties).PROCESSOR).to.equal('order-processing');
    });

    it('makes the stream on-demand where ShardCount is 0', () => {
      const onDemand = stackWith({ ShardCount: 0 }).resource('EventStream', 'AWS::Kinesis::Stream').properties;
      expect(onDemand.StreamModeDetails).to.deep.equal({ StreamMode: 'ON_DEMAND' });
      expect(onDemand).to.not.have.property('ShardCount');

      const { properties } = stack.resource('EventStream', 'AWS::Kinesis::Stream');
      expect(properties.StreamModeDetails).to.deep.equal({ StreamMode: 'PROVISIONED' });
      expect(properties.ShardCount).to.equal(TEMPLATE.Parameters.ShardCount?.Default);
    });

    it('takes what Lambda takes for the end of its retries, but no event without an age limit', () => {
      const { MaximumRetryAttempts, MaximumRecordAgeInSeconds } = TEMPLATE.Parameters;
      expect(MaximumRetryAttempts).to.include({ Type: 'Number', MinValue: -1, MaxValue: 10_000 });
      expect(MaximumRecordAgeInSeconds).to.include({ Type: 'Number', MinValue: 60, MaxValue: 604_800 });
    });

    it('rides out half an hour without DynamoDB, and keeps what is given up before the stream drops it', () => {
      const [retries, age, timeout, retention] = [
        'MaximumRetryAttempts',
        'MaximumRecordAgeInSeconds',
        'Timeout',
        'RetentionPeriodHours',
      ].map((name) => Number(TEMPLATE.Parameters[name]?.Default));
      // The margin that the function keeps for its answer.
      const outage = (retries! + 1) * (timeout! - 1.5);
      expect(outage).to.be.at.least(30 * 60);
      expect(age).to.be.at.least(1.5 * outage);
      expect(age).to.be.at.most((retention! * 3600) / 2);
    });

    it('keeps a change that is given up before its stream drops it, which is later than any outage the other function rides out', () => {
      const { Default, MaxValue } = TEMPLATE.Parameters.RollupsMaximumRecordAgeInSeconds!;
      expect(Number(Default)).to.be.at.most((24 * 3600) / 2);
      expect(Number(Default)).to.be.above(Number(TEMPLATE.Parameters.MaximumRecordAgeInSeconds?.Default));
      expect(MaxValue).to.be.below(24 * 3600);
    });

    const noArns = ['', 'None', 'arn:aws:s3:::bucket', 'arn:aws:kms:eu-west-1:123456789012:alias/mine'];
    const patterns: Record<string, { takes: readonly string[]; refuses: readonly string[] }> = {
      AlarmTopicArn: {
        takes: ['arn:aws:sns:eu-west-1:123456789012:pager', 'arn:aws-us-gov:sns:us-gov-west-1:123456789012:a_b-c'],
        refuses: noArns,
      },
      KmsKeyArn: {
        takes: ['arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab'],
        refuses: noArns,
      },
      PermissionsBoundary: {
        takes: ['arn:aws:iam::123456789012:policy/team/boundary', 'arn:aws:iam::aws:policy/PowerUserAccess'],
        refuses: noArns,
      },
      FilterPattern: { takes: ['{"data":{"type":["a"]}}', '{\n"data":{}}'], refuses: ['', '["data"]', '{'] },
      AlarmEmail: {
        takes: ['ops@example.org', 'a.b+c@mail.example.co.uk'],
        refuses: ['', 'nobody', 'a@b', 'a b@example.org', 'a@example.org,b@example.org@'],
      },
    };
    for (const [name, { takes, refuses }] of Object.entries(patterns))
      it(`takes for ${name} none, or what it can be`, () => {
        const pattern = whole(TEMPLATE.Parameters[name]?.AllowedPattern ?? '');
        for (const value of ['none', ...takes]) expect(value).to.match(pattern);
        for (const value of refuses) expect(value).to.not.match(pattern);
      });
  });

  describe('tables', () => {
    for (const [name, key, physicalName] of [
      ['EventDataTable', eventDataTable('any').key, 'demo-EventData'],
      ['RejectedEventsTable', rejectedEventsTable('any').key, 'demo-RejectedEvents'],
      ['RollupsTable', ROLLUPS_KEY, 'demo-Rollups'],
    ] as const) {
      const { properties } = stack.resource(name, 'AWS::DynamoDB::Table');

      it(`keys ${name} as the function writes it`, () => {
        const keyTypes = ['HASH', 'RANGE'];
        expect(properties.KeySchema).to.deep.equal(
          key.map((AttributeName, index) => ({ AttributeName, KeyType: keyTypes[index] })),
        );
        expect(properties.AttributeDefinitions).to.deep.equal(
          key.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        );
      });

      it(`names ${name} after the stack, and keeps it encrypted, restorable and billed by use`, () => {
        expect(properties.TableName).to.equal(physicalName);
        expect(properties.BillingMode).to.equal('PAY_PER_REQUEST');
        expect(properties.SSESpecification).to.deep.equal({ SSEEnabled: true, SSEType: 'KMS' });
        expect(properties.PointInTimeRecoverySpecification).to.deep.equal({ PointInTimeRecoveryEnabled: 'true' });
      });
    }
  });

  it('lets DynamoDB delete rows of EventData where RetentionDays says so, and never rejected events', () => {
    const timeToLive = (RetentionDays: number) => {
      const made = stackWith({ RetentionDays });
      return ['EventDataTable', 'RejectedEventsTable'].map(
        (name) => made.resource(name, 'AWS::DynamoDB::Table').properties.TimeToLiveSpecification,
      );
    };
    expect(timeToLive(0)).to.deep.equal([{ AttributeName: 'ExpiresAt', Enabled: false }, undefined]);
    expect(timeToLive(30)).to.deep.equal([{ AttributeName: 'ExpiresAt', Enabled: true }, undefined]);
  });

  it('lets DynamoDB delete what has an end in Rollups, which the rows of a rebuild always have', () => {
    for (const RollupsRetentionDays of [0, 90])
      expect(
        stackWith({ RollupsRetentionDays }).resource('RollupsTable', 'AWS::DynamoDB::Table').properties
          .TimeToLiveSpecification,
      ).to.deep.equal({ AttributeName: 'ExpiresAt', Enabled: true });
  });

  it('gives EventData a change stream with both images, only where there are rollups', () => {
    const changes = (Rollups: string) =>
      stackWith({ Rollups }).resource('EventDataTable', 'AWS::DynamoDB::Table').properties;
    expect(TEMPLATE.Parameters.Rollups?.Default).to.equal('true');
    const { StreamSpecification, ...table } = changes('true');
    expect(StreamSpecification).to.deep.equal({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
    expect(changes('false')).to.deep.equal(table);
  });

  it('makes nothing for rollups that nobody wants, and nothing else another way', () => {
    const without = stackWith({ Rollups: 'false' });
    const left = [...stack.resources.keys()].filter((name) => !without.resources.has(name));
    expect(left.filter((name) => !/Rollups/.test(name))).to.deep.equal([]);
    expect([...without.resources.keys()].filter((name) => /Rollups/.test(name))).to.deep.equal([]);
    for (const [name, resource] of without.resources)
      if (name !== 'EventDataTable' && name !== 'QueryPolicy')
        expect(resource, name).to.deep.equal(stack.resources.get(name));
  });

  it('indexes EventData by Type and Timestamp where TypeIndex says so, whole rows, and keys nothing else by it', () => {
    const table = (TypeIndex: string) =>
      stackWith({ TypeIndex }).resource('EventDataTable', 'AWS::DynamoDB::Table').properties;
    expect(table('false')).to.not.have.property('GlobalSecondaryIndexes');
    const { GlobalSecondaryIndexes, AttributeDefinitions, ...indexed } = table('true');
    expect(GlobalSecondaryIndexes).to.deep.equal([
      {
        IndexName: 'ByType',
        KeySchema: [
          { AttributeName: 'Type', KeyType: 'HASH' },
          { AttributeName: 'Timestamp', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ]);
    // DynamoDB refuses a table whose attributes are not those of its keys.
    expect(AttributeDefinitions).to.deep.equal(
      ['Username', 'Id', 'Type', 'Timestamp'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    );
    const { AttributeDefinitions: _, ...plain } = table('false');
    expect(indexed).to.deep.equal(plain);
  });

  describe('function', () => {
    const { properties, metadata } = processor;
    const build = metadata.BuildProperties as Record<string, unknown>;
    const environment = variablesOf(properties);

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
      const { names, env } = watched(environment);
      readConfig(env);
      expect(declaredVariables('DDBEventProcessor')).to.have.members([...names, 'AWS_ENDPOINT_URL_DYNAMODB']);
    });

    it('starts with the environment of a deployed stack', () => {
      const { processor: used, ...config } = readConfig(environment);
      expect(used).to.equal(PROCESSORS.default);
      expect(config).to.deep.equal({
        eventDataTable: 'demo-EventData',
        rejectedEventsTable: 'demo-RejectedEvents',
        logLevel: 'INFO',
        metricsNamespace: 'demo',
      });
      expect(environment).to.not.have.property('AWS_ENDPOINT_URL_DYNAMODB');
    });

    it('leaves out packages that the SDK loads only where the environment has no credentials', () => {
      const { dependencies } = JSON.parse(read('node_modules/@aws-sdk/credential-provider-node/package.json'));
      const loaded = Object.keys(dependencies).filter((name) => name.includes('credential-provider-'));
      expect([...(build.External as string[]), '@aws-sdk/credential-provider-env']).to.have.members(loaded);
    });

    it('brings its source map, which no start reads', () => {
      expect(build.Sourcemap).to.equal(true);
      expect(environment).to.not.have.property('NODE_OPTIONS');
    });

    it('logs JSON to the log group of its own name, which the stack owns', () => {
      expect(properties.FunctionName).to.equal('demo-DDBEventProcessor');
      expect(properties.LoggingConfig).to.deep.equal({
        LogGroup: `/aws/lambda/${properties.FunctionName}`,
        LogFormat: 'JSON',
        // The function filters by itself. Lambda would drop lines of metrics, which have no level.
        ApplicationLogLevel: 'TRACE',
      });
      expect(stack.resource('DDBEventProcessorLogGroup', 'AWS::Logs::LogGroup').properties.RetentionInDays).to.equal(
        30,
      );
    });

    it('has the role that is written out here, and no other permission', () => {
      expect(TEMPLATE.Resources.DDBEventProcessor?.Properties?.Role).to.deep.equal({
        'Fn::GetAtt': 'EventProcessorExecutionRole.Arn',
      });
      expect(properties).to.not.have.property('Policies');
    });
  });

  describe('function of the rollups', () => {
    const { properties, metadata } = rollups;

    it('is built as the other one, from the file that holds its handler', () => {
      const source = String(properties.Handler).replace(/\.handler$/, '.ts');
      expect(read(source)).to.match(/^export const handler\b/m);
      const { BuildProperties, ...build } = processor.metadata;
      expect(metadata).to.deep.equal({
        ...build,
        BuildProperties: { ...(BuildProperties as object), EntryPoints: [source] },
      });
    });

    it('runs as the other one, with a name, a log group and a role of its own', () => {
      const own = ['Handler', 'FunctionName', 'Description', 'Role', 'LoggingConfig', 'Environment', 'Events'];
      const shared = (of: typeof properties) =>
        Object.fromEntries(Object.entries(of).filter(([name]) => !own.includes(name)));
      expect(shared(properties)).to.deep.equal(shared(processor.properties));
      expect(properties.FunctionName).to.equal('demo-EventRollups');
      expect(properties.Role).to.equal(stack.arnOf('EventRollupsExecutionRole'));
      const LogGroup = '/aws/lambda/demo-EventRollups';
      expect(properties.LoggingConfig).to.deep.equal({ ...(processor.properties.LoggingConfig as object), LogGroup });
      expect(stack.resource('EventRollupsLogGroup', 'AWS::Logs::LogGroup').properties).to.deep.equal({
        LogGroupName: LogGroup,
        RetentionInDays: 30,
      });
    });

    it('finds in its environment all that it reads, and is given nothing else of ours', () => {
      const { names, env } = watched(variablesOf(rollups.properties));
      readRollupsConfig(env);
      expect(declaredVariables('EventRollups')).to.have.members([...names, 'AWS_ENDPOINT_URL_DYNAMODB']);
    });

    it('starts with the environment of a deployed stack', () => {
      const configOf = (parameters: Record<string, string | number>) =>
        readRollupsConfig(
          variablesOf(stackWith(parameters).resource('EventRollups', 'AWS::Serverless::Function').properties),
        );
      const { rollups: used, ...config } = configOf({});
      expect(used).to.equal(PROCESSORS.default?.rollups);
      expect(config).to.deep.equal({ rollupsTable: 'demo-Rollups', logLevel: 'INFO', metricsNamespace: 'demo' });
      expect(configOf({ RollupsRetentionDays: 90, RetentionDays: 7 }).retentionDays).to.equal(90);
    });

    it('reads every change of EventData, one call at a time for each shard, whose name comes with a tumbling window', () => {
      expect(streamArnOf(rollups)).to.match(/^arn:aws:dynamodb:eu-west-1:123456789012:table\/demo-EventData\/stream\//);
      expect(TEMPLATE.Parameters).to.not.have.property('RollupsParallelizationFactor');
      expect(readMappingSettings(rollups)).to.deep.equal({
        batchSize: TEMPLATE.Parameters.RollupsBatchSize?.Default,
        maximumBatchingWindowInSeconds: TEMPLATE.Parameters.RollupsBatchingWindowInSeconds?.Default,
        parallelizationFactor: 1,
        tumblingWindowInSeconds: 900,
        reportBatchItemFailures: true,
        bisectBatchOnFunctionError: true,
        maximumRetryAttempts: -1,
        maximumRecordAgeInSeconds: TEMPLATE.Parameters.RollupsMaximumRecordAgeInSeconds?.Default,
        filterPatterns: [],
        onFailureDestination: stack.arnOf('FailedBatches'),
      });
    });
  });

  describe('event source mapping', () => {
    it('reads the whole stream, resumes at the first unwritten record, and halves a batch that crashes', () => {
      const events = processor.properties.Events as Record<string, { Properties: { Stream: string } }>;
      expect(events.Stream?.Properties.Stream).to.equal(stack.arnOf('EventStream'));
      expect(readMappingSettings(processor)).to.include({
        reportBatchItemFailures: true,
        bisectBatchOnFunctionError: true,
        batchSize: TEMPLATE.Parameters.BatchSize?.Default,
        maximumBatchingWindowInSeconds: TEMPLATE.Parameters.MaximumBatchingWindowInSeconds?.Default,
        parallelizationFactor: TEMPLATE.Parameters.ParallelizationFactor?.Default,
      });
    });

    it('has a filter only where a pattern is given', () => {
      const pattern = '{"data":{"type":["order.created"]}}';
      const filtered = stackWith({ FilterPattern: pattern });
      expect(
        readMappingSettings(filtered.resource('DDBEventProcessor', 'AWS::Serverless::Function')).filterPatterns,
      ).to.deep.equal([pattern]);
      expect(readMappingSettings(processor).filterPatterns).to.deep.equal([]);
    });

    it('gives a batch up after so many retries or at such an age, and keeps it in the bucket', () => {
      const events = processor.properties.Events as Record<string, { Properties: Record<string, unknown> }>;
      expect(readMappingSettings(processor)).to.include({
        maximumRetryAttempts: TEMPLATE.Parameters.MaximumRetryAttempts?.Default,
        maximumRecordAgeInSeconds: TEMPLATE.Parameters.MaximumRecordAgeInSeconds?.Default,
      });
      expect(events.Stream?.Properties.DestinationConfig).to.deep.equal({
        OnFailure: { Type: 'S3', Destination: stack.arnOf('FailedBatches') },
      });
    });
  });

  it('says of the regions whose Lambda has no logs in JSON, or no failed batches in S3, that no stack can be there', () => {
    for (const { properties } of [processor, rollups]) {
      const mapping = Object.values(properties.Events as object)[0].Properties;
      expect(properties.LoggingConfig).to.include({ LogFormat: 'JSON' });
      expect(mapping.DestinationConfig.OnFailure).to.include({ Type: 'S3' });
    }
    const row = read('docs/why-not.md')
      .split('\n')
      .find((line) => line.startsWith('| GovCloud and the regions of China |'));
    expect(row).to.contain('logs in JSON').and.contain('failed batches [in S3]');
    expect(read('README.md')).to.contain('[GovCloud or China](docs/why-not.md)');
  });

  describe('failed batches', () => {
    it('lie in a bucket of no fixed name, from which nothing expires, and whose requests are counted', () => {
      const { properties } = stack.resource('FailedBatches', 'AWS::S3::Bucket');
      expect(properties).to.not.have.any.keys('BucketName', 'LifecycleConfiguration');
      expect(properties.MetricsConfigurations).to.deep.equal([{ Id: 'EntireBucket' }]);
    });

    it('go with the stack: after the mapping that makes them, and before their bucket', () => {
      // What is made later is deleted earlier. SAM's mapping refers to its function.
      for (const name of ['DDBEventProcessor', 'EventRollups'])
        expect(TEMPLATE.Resources[name]?.DependsOn, name).to.equal('FailedBatchesContents');
      const { ServiceToken, Bucket } = TEMPLATE.Resources.FailedBatchesContents?.Properties ?? {};
      expect({ ServiceToken, Bucket }).to.deep.equal({
        ServiceToken: { 'Fn::GetAtt': 'FailedBatchesCleaner.Arn' },
        Bucket: { Ref: 'FailedBatches' },
      });
      expect(TEMPLATE.Resources.FailedBatchesCleaner?.Properties?.Role).to.deep.equal({
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
      // A name made of the stack's would be too long for a stack that the other function's name fits.
      expect(properties).to.not.have.property('FunctionName');
      const LogGroupName = '/aws/lambda/demo-FailedBatchesCleaner';
      expect(properties.LoggingConfig).to.deep.include({ LogGroup: LogGroupName });
      expect(stack.resource('FailedBatchesCleanerLogGroup', 'AWS::Logs::LogGroup').properties).to.deep.equal({
        LogGroupName,
        RetentionInDays: 30,
      });
    });
  });

  describe('outputs', () => {
    it('names what the client and an operator need', () => {
      expect(Object.keys(TEMPLATE.Outputs)).to.deep.equal([
        'AccessKeyId',
        'SecretAccessKey',
        'ClientPolicyArn',
        'KinesisStream',
        'Region',
        'MaxRecordSizeInKiB',
        'DDBEventProcessor',
        'EventDataTable',
        'QueryPolicyArn',
        'WatchPolicyArn',
        'EventRollups',
        'RollupsTable',
        'RejectedEventsTable',
        'FailedBatches',
      ]);
      expect(Object.fromEntries(stack.outputs)).to.include({
        KinesisStream: stack.nameOf('EventStream'),
        Region: 'eu-west-1',
        DDBEventProcessor: 'demo-DDBEventProcessor',
        EventDataTable: 'demo-EventData',
        EventRollups: 'demo-EventRollups',
        RollupsTable: 'demo-Rollups',
        RejectedEventsTable: 'demo-RejectedEvents',
        FailedBatches: stack.nameOf('FailedBatches'),
      });
    });
  });

  describe('sam local invoke', () => {
    it('is given variables that the template names, and the tables of the stack on this machine', () => {
      const { template: local } = localStack();
      const variables = JSON.parse(read('events/local-env.json'));
      expect(Object.keys(variables)).to.deep.equal(['DDBEventProcessor']);
      expect(declaredVariables('DDBEventProcessor')).to.include.members(Object.keys(variables.DDBEventProcessor));
      expect(variables.DDBEventProcessor).to.include({
        EVENT_DATA_TABLE: local.nameOf('EventDataTable'),
        REJECTED_EVENTS_TABLE: local.nameOf('RejectedEventsTable'),
      });
    });
  });
});

/** An environment, and the names of it that somebody has read. */
const watched = (variables: Record<string, string>) => {
  const names = new Set<string>();
  const env = new Proxy(variables, { get: (_, name) => names.add(String(name)) && variables[String(name)] });
  return { names, env };
};

/** A function's variables by name, those without a value included. */
const declaredVariables = (name: string): string[] => {
  const { Environment } = TEMPLATE.Resources[name]!.Properties as { Environment: { Variables: object } };
  return Object.keys(Environment.Variables);
};

/** CloudFormation compares a pattern with the whole value. */
const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);
