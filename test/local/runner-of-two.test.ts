import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import { LOCAL_ACCOUNT_ID, LOCAL_REGION } from '../../aws/local-stack.ts';
import { systemClock } from '../../aws/system-clock.ts';
import { bundleFunctions } from '../../local/lambda/bundle.ts';
import { streamFunctionsOf } from '../../local/lambda/function-options.ts';
import { failedBatchesIn } from '../../local/mapping/failed-batch-folder.ts';
import { checkpointFileOf, type Runner, type RunnerOptions, startRunner } from '../../local/runner.ts';
import { provisionServices, type Services } from '../../local/services.ts';
import type { LocalStack } from '../../local/stack.ts';
import { parseTemplate, resolveTemplate } from '../../local/template/template.ts';
import { emptyFolder } from '../support/empty-folder.ts';
import { TestServices } from '../support/emulators.ts';
import { cloudEvent } from '../support/events.ts';
import { Changes } from '../support/until.ts';

/** Two functions: one stores events, and the other reads the changes that this makes. */
const TEMPLATE = `
Parameters:
  Rollups: { Type: String, Default: "true", AllowedValues: ["true", "false"] }
Conditions:
  HasRollups: !Equals [!Ref Rollups, "true"]
Resources:
  EventStream:
    Type: AWS::Kinesis::Stream
    Properties: { ShardCount: 1 }
  EventDataTable:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub "\${AWS::StackName}-EventData"
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - { AttributeName: Username, AttributeType: S }
        - { AttributeName: Id, AttributeType: S }
      KeySchema:
        - { AttributeName: Username, KeyType: HASH }
        - { AttributeName: Id, KeyType: RANGE }
      StreamSpecification: !If [HasRollups, { StreamViewType: NEW_AND_OLD_IMAGES }, !Ref AWS::NoValue]
  RejectedEventsTable:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub "\${AWS::StackName}-RejectedEvents"
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: Id, AttributeType: S }]
      KeySchema: [{ AttributeName: Id, KeyType: HASH }]
  RollupsTable:
    Type: AWS::DynamoDB::Table
    Condition: HasRollups
    Properties:
      TableName: !Sub "\${AWS::StackName}-Rollups"
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: Id, AttributeType: S }]
      KeySchema: [{ AttributeName: Id, KeyType: HASH }]
  FailedBatches:
    Type: AWS::S3::Bucket
  EventRollups:
    Type: AWS::Serverless::Function
    Condition: HasRollups
    Properties:
      FunctionName: !Sub "\${AWS::StackName}-EventRollups"
      Handler: test/local/change-handler.handler
      MemorySize: 128
      Timeout: 900
      Environment: { Variables: { ROLLUPS_TABLE: !Ref RollupsTable } }
      Events:
        Changes:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt EventDataTable.StreamArn
            StartingPosition: TRIM_HORIZON
            ParallelizationFactor: 1
            MaximumRetryAttempts: 0
            BisectBatchOnFunctionError: true
            FunctionResponseTypes: [ReportBatchItemFailures]
            DestinationConfig: { OnFailure: { Type: S3, Destination: !GetAtt FailedBatches.Arn } }
    Metadata: { BuildProperties: { EntryPoints: [test/local/change-handler.ts], Format: cjs } }
  DDBEventProcessor:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub "\${AWS::StackName}-DDBEventProcessor"
      Handler: test/local/storing-handler.handler
      MemorySize: 256
      Timeout: 900
      Environment:
        Variables: { EVENT_DATA_TABLE: !Ref EventDataTable, REJECTED_EVENTS_TABLE: !Ref RejectedEventsTable }
      Events:
        Stream:
          Type: Kinesis
          Properties:
            Stream: !GetAtt EventStream.Arn
            StartingPosition: TRIM_HORIZON
            FunctionResponseTypes: [ReportBatchItemFailures]
    Metadata:
      BuildProperties: { EntryPoints: [test/local/storing-handler.ts], Format: cjs }
`;

const stackOf = (name: string, parameters: Record<string, string> = {}): LocalStack => {
  const stack = { name, region: LOCAL_REGION, accountId: LOCAL_ACCOUNT_ID, parameters };
  return { ...stack, template: resolveTemplate(parseTemplate(TEMPLATE), stack) };
};

interface LogLine {
  changes: { eventName: string; eventSource: string; eventSourceARN: string; id: string }[];
  name: string;
  table: string;
}

describe('the functions that read a stream', () => {
  it('are those whose condition holds', () => {
    expect(streamFunctionsOf(stackOf('with'))).to.deep.equal(['EventRollups', 'DDBEventProcessor']);
    expect(streamFunctionsOf(stackOf('without', { Rollups: 'false' }))).to.deep.equal(['DDBEventProcessor']);
  });
});

describe('the runner of a template with two functions', () => {
  const emulators = new TestServices();
  let services: Services;
  let stack: LocalStack;
  const folder = emptyFolder();
  let runners: Runner[];
  let stored: number;
  let counted: number;
  let lines: LogLine[];
  let problems: string[];
  let progress: Changes;
  let stacks = 0;

  before(() => emulators.start());
  after(() => emulators.stop());
  beforeEach(async () => {
    stacks += 1;
    stack = stackOf(`two-${stacks}`);
    services = await provisionServices(emulators.endpoints, stack);
    runners = [];
    stored = 0;
    counted = 0;
    lines = [];
    problems = [];
    progress = new Changes();
  });
  afterEach(async () => {
    for (const { close } of runners) await close();
    await services.close();
  });

  const run = async (options: Partial<RunnerOptions> = {}): Promise<Runner> => {
    const runner = await startRunner({
      stack,
      bundles: await bundleFunctions(stack),
      endpoints: services.endpoints,
      failedBatches: join(folder, 'failed'),
      functions: {
        DDBEventProcessor: {
          onSettled: ({ length }) => {
            stored += length;
            progress.changed();
          },
        },
        EventRollups: {
          onSettled: ({ length }) => {
            counted += length;
            progress.changed();
          },
        },
      },
      onLog: (line) => {
        const log = JSON.parse(line);
        if (log.changes) lines.push(log);
        progress.changed();
      },
      onProblem: (problem) => problems.push(problem),
      clock: systemClock,
      ...options,
    });
    runners.push(runner);
    return runner;
  };
  const put = (ids: readonly string[]) =>
    services.kinesis.send(
      new PutRecordsCommand({
        StreamName: services.names.stream,
        Records: ids.map((id) => ({ PartitionKey: id, Data: Buffer.from(JSON.stringify(cloudEvent({ id }))) })),
      }),
    );
  const ids = (count: number) => Array.from({ length: count }, (_, index) => `event-${index}`);
  const seen = () => lines.flatMap(({ changes }) => changes);

  it('brings the events to the one and the changes of its table to the other, keeps where each is in a file of its own, and goes on from there', async () => {
    const checkpointFile = join(folder, 'checkpoints.json');
    const first = await run({ checkpointFile });
    await put(ids(10));
    await progress.untilEqual(() => ({ stored, counted, seen: seen().length }), { stored: 10, counted: 10, seen: 10 });
    await first.close();
    const fileOfRollups = checkpointFileOf(checkpointFile, 'EventRollups');
    expect(fileOfRollups).to.equal(join(folder, 'checkpoints.EventRollups.json'));
    const arns = [checkpointFile, fileOfRollups].map(
      async (path) => JSON.parse(await readFile(path, 'utf8')).streamArn,
    );
    const arn = `${stack.template.arnOf('EventDataTable')}/stream/1970-01-01T00:00:00.000`;
    expect(await Promise.all(arns)).to.deep.equal([stack.template.arnOf('EventStream'), arn]);
    await run({ checkpointFile });
    await put(ids(15));
    const inserted = () => seen().filter(({ eventName }) => eventName === 'INSERT').length;
    await progress.untilEqual(() => ({ stored, inserted: inserted() }), { stored: 25, inserted: 15 });
    for (const { name, table } of lines) {
      expect(name).to.equal(`${stack.name}-EventRollups`);
      expect(table).to.equal(`${stack.name}-Rollups`);
    }
    expect(arn).to.equal(
      `arn:aws:dynamodb:us-east-1:000000000000:table/${stack.name}-EventData/stream/1970-01-01T00:00:00.000`,
    );
    expect(seen()[0]).to.deep.include({ eventSource: 'aws:dynamodb', eventSourceARN: arn });
    expect(problems).to.deep.equal([]);
  });

  it('keeps the change that ends the process of its function, and stores its event all the same', async () => {
    await run();
    await put(['event-0', 'poison', 'event-1']);
    await progress.untilEqual(() => ({ stored, counted }), { stored: 3, counted: 3 });
    const [path, ...others] = await failedBatchesIn(join(folder, 'failed'));
    expect(others).to.deep.equal([]);
    const { DDBStreamBatchInfo, payload, requestContext } = JSON.parse(await readFile(path!, 'utf8'));
    expect(requestContext.functionArn).to.equal(stack.template.arnOf('EventRollups'));
    expect(DDBStreamBatchInfo.batchSize).to.equal(1);
    expect(payload.Records[0].dynamodb.NewImage.Id.S).to.contain('poison');
    expect(problems).to.include('the function EventRollups failed: Runtime.ExitError: Runtime exited with status 3');
  });
});
