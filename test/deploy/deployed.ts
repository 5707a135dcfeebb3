/**
 * Deploys the template with SAM as its users do, to an AWS on 127.0.0.1, sends the sample through it, changes parameters and
 * removes it again.
 *
 *     npm run test:deploy
 *     node cli/run.cjs test/deploy/deployed.ts FOLDER    # a copy of the project where `sam build` has run
 *
 * Prints one line for each step; fails with what is wrong otherwise. Where SAM or moto cannot be had it says so and ends with
 * exit code 77, which means neither passed nor failed. No call leaves this machine, except npm's while SAM builds.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type AttributeValue, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { expect } from 'chai';
import { kinesisClient } from '../../aws/kinesis.ts';
import type { Item } from '../../aws/wire-value.ts';
import type { EventData } from '../../core/event-data.ts';
import { verify } from '../../core/rollups/verify.ts';
import { RollupView } from '../../core/rollups/view.ts';
import { windowTimes } from '../../core/rollups/window.ts';
import { partOf } from '../../functions/event-rollups/part-item.ts';
import { parseTemplate, readTemplate, type Stack } from '../../local/template/template.ts';
import { processorNamed } from '../../processors/index.ts';
import { readRecords, type StreamRecord } from '../support/shards.ts';
import { runCheck } from './check.ts';
import { asLambdaHasThem, changesOf, runDeployed } from './deployed-function.ts';
import { type DeployedStack, type Expectation, expectStackOf, readStack } from './deployed-stack.ts';
import { expectedRows } from './expected-rows.ts';
import { ACCOUNT_ID, type FakeAws, REGION, startFakeAws } from './fake-aws.ts';
import { inventoryOf } from './inventory.ts';
import { runProcess } from './processes.ts';
import { python } from './python.ts';
import { samWith } from './sam.ts';
import { BUILD_STEPS, builtProject, ROOT } from './tree.ts';

const SAMPLE = join(ROOT, 'events', 'tweets.ndjson');
/** As samconfig.toml has it. */
const STACK = 'stream-processor';
/** SAM's own stack, of the bucket for bundles. */
const SAMS_OWN = 'aws-sam-cli-managed-default';
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };
/** The boundary of the second pipeline. IAM refuses a policy without a statement. */
const ALLOW_ALL = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

interface TemplateFile {
  Parameters: Record<string, object>;
  Outputs: Record<string, { Condition?: string }>;
}

/** Sends the sample with the client's own command, which asks the stack for everything else. Gives the records of the stream. */
const sendSample = async ({ name, outputs }: DeployedStack, folder: string, aws: FakeAws): Promise<StreamRecord[]> => {
  const client = [join(ROOT, 'cli', 'run.cjs'), 'client/twitter2kinesis.ts'];
  const options = ['--stack', name, '--file', SAMPLE, '--json'];
  // A folder without a .env.
  const io = { cwd: folder, env: aws.envOf(folder), limit: 60 };
  const stdout = await runProcess([process.execPath, ...client, ...options], io);
  const lines = (await readFile(SAMPLE, 'utf8')).trimEnd().split('\n');
  expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).to.include({ sent: lines.length, failed: 0 });

  const kinesis = kinesisClient({ region: REGION, endpoint: aws.url, credentials: CREDENTIALS });
  const records = await readRecords(kinesis, outputs.get('KinesisStream')!);
  kinesis.destroy();
  expect(records.map(({ data }) => Buffer.from(data).toString()).sort()).to.deep.equal(lines.sort());
  return records;
};

type Row = Record<string, unknown>;
type Stored = Record<string, AttributeValue>;

/** Runs the deployed code on records, looks for each of them in the deployed tables, and gives the rows of events. */
const processRecords = async (
  { outputs, resources }: DeployedStack,
  records: readonly StreamRecord[],
  folder: string,
  aws: FakeAws,
): Promise<Row[]> => {
  const streamArn = `arn:aws:kinesis:${REGION}:${ACCOUNT_ID}:stream/${outputs.get('KinesisStream')}`;
  const delivered = asLambdaHasThem(records, streamArn);
  const { outputs: sams } = await readStack(aws, SAMS_OWN);
  const options = { bundles: sams.get('SourceBucket')!, folder, aws };
  const { answers, log } = await runDeployed(resources.get('DDBEventProcessor')!.id, delivered, options);
  for (const answer of answers) expect(answer, log.join('\n')).to.deep.equal({ payload: '{"batchItemFailures":[]}' });

  const rowsOf = async (output: string) => (await itemsOf(outputs.get(output)!, aws)).map((item) => unmarshall(item));
  const expected = expectedRows(delivered);
  const keyed = (rows: readonly object[]): string[] =>
    rows.map((row) => JSON.stringify(row, Object.keys(row).sort())).sort();
  const found = await rowsOf('EventDataTable');
  expect(keyed(found.map(({ ExpiresAt: _, ...row }) => row))).to.deep.equal(keyed(expected.events));
  expect((await rowsOf('RejectedEventsTable')).map(({ Id }) => Id)).to.have.members(expected.rejected);
  return found;
};

const itemsOf = async (TableName: string, aws: FakeAws): Promise<Stored[]> => {
  const client = new DynamoDBClient({ region: REGION, endpoint: aws.url, credentials: CREDENTIALS });
  const items: Stored[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName })) items.push(...Items);
  client.destroy();
  return items;
};

/** Runs the deployed code on the changes of EventData, all of them twice, and gives what is in the table of rollups. */
const rollUp = async ({ outputs }: DeployedStack, rows: readonly Row[], folder: string, aws: FakeAws) => {
  const { records, shardId } = await changesOf(outputs.get('EventDataTable')!, aws);
  expect(records).to.have.length.of.at.least(rows.length);
  const { outputs: sams } = await readStack(aws, SAMS_OWN);
  const options = { bundles: sams.get('SourceBucket')!, folder, aws };
  const window = { shardId, state: {}, isFinalInvokeForWindow: false, isWindowTerminatedEarly: false };
  const done = { payload: '{"state":{},"batchItemFailures":[]}' };
  for (const _ of ['once', 'again']) {
    const { answers, log } = await runDeployed(outputs.get('EventRollups')!, records, options, window);
    for (const answer of answers) expect(answer, log.join('\n')).to.deep.equal(done);
  }

  const { rollups = [] } = processorNamed('default');
  const [kept, made] = [new RollupView(rollups), new RollupView(rollups)];
  const items = await itemsOf(outputs.get('RollupsTable')!, aws);
  for (const item of items) {
    const { key, part } = partOf(item as Item);
    kept.addPart(key, part);
  }
  for (const row of rows) made.addRow(row as unknown as EventData);
  const { groups, differences } = verify(made, kept);
  expect(differences).to.deep.equal([]);
  expect(groups).to.be.above(0);
  return items;
};

await runCheck(async (folder, step) => {
  // Some clients of AWS run in this process.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const program = await python('sam', 'sam');
  const { project, home } = await builtProject(folder, program, step);
  const aws = await startFakeAws(home);
  const sam = samWith(program, project, home, aws);
  const deploy = (options: string, parameters: Stack['parameters'] = {}) => {
    const overrides = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
    const named = overrides.length > 0 ? ['--parameter-overrides', ...overrides] : [];
    return sam(['deploy', ...options.split(' ').filter(Boolean), ...named]);
  };
  const template = pathToFileURL(join(project, '.aws-sam', 'build', 'template.yaml'));
  const file = parseTemplate(await readFile(template, 'utf8')) as unknown as TemplateFile;
  const expected = (name: string, parameters: Stack['parameters'] = {}): Expectation => ({
    template: readTemplate(template, { name, region: REGION, accountId: ACCOUNT_ID, parameters }),
    outputs: Object.keys(file.Outputs).filter((output) => file.Outputs[output]?.Condition === undefined),
  });
  const bucketOfSam = async () => (await readStack(aws, SAMS_OWN)).outputs.get('SourceBucket');
  const uploadedBySam = async (): Promise<string[]> => {
    const [{ Contents = [] }] = await aws.ask(['s3', 'list_objects_v2', { Bucket: await bucketOfSam() }]);
    return Contents.map(({ Key }: { Key: string }) => Key);
  };
  const expectNothingLeft = async (before: readonly string[]): Promise<void> => {
    const own = [`stack ${SAMS_OWN}`, `bucket ${await bucketOfSam()}`];
    expect(await inventoryOf(aws)).to.have.members([...before, ...own]);
    expect(await uploadedBySam(), 'bundles that SAM uploaded').to.deep.equal([]);
  };
  const settings = () => readFile(join(project, 'samconfig.toml'), 'utf8');
  const tracked = await settings();

  const before = await inventoryOf(aws);
  await step('sam deploy --guided, with Enter all the way and n where it wants to save, saves nothing', async () => {
    // Name and region, then the parameters; changes, roles, rollback; and whether to save it all.
    const answers = [...Array(2 + Object.keys(file.Parameters).length + 3).fill(''), 'n', ''];
    const output = await sam(['deploy', '--guided'], answers.join('\n'));
    expect(output).to.contain(`Successfully created/updated stack - ${STACK}`);
    expect(await settings()).to.equal(tracked);
  });
  const stack = await step('the stack is what the template says', async () => {
    const made = await readStack(aws, STACK);
    await expectStackOf(expected(STACK), made, aws);
    return made;
  });
  const records = await step('the client finds the stack and sends it the sample', () =>
    sendSample(stack, folder, aws),
  );
  const rows = await step('the deployed code brings the sample into the deployed tables, whose rows stay', async () => {
    const rows = await processRecords(stack, records, folder, aws);
    expect(rows.filter((row) => 'ExpiresAt' in row)).to.deep.equal([]);
    return rows;
  });
  await step('the deployed rollups equal the deployed table, though each change comes twice', async () => {
    const parts = await rollUp(stack, rows, folder, aws);
    expect(parts.filter((part) => 'ExpiresAt' in part)).to.deep.equal([]);
  });

  await step('sam deploy again finds nothing to change', async () => {
    expect(await deploy('')).to.contain('No changes to deploy');
    expect(await readStack(aws, STACK)).to.deep.equal(stack);
  });
  await step('a second shard and a longer retention are an update that replaces nothing', async () => {
    const changed = { ShardCount: 2, RetentionPeriodHours: 48 };
    expect(await deploy('', changed)).to.match(/^\* Modify +EventStream /m);
    const updated = await readStack(aws, STACK);
    expect(updated).to.deep.equal(stack);
    await expectStackOf(expected(STACK, changed), updated, aws);
  });
  await step('another change keeps the first one, and so does sam deploy', async () => {
    const first = { ShardCount: 2, RetentionPeriodHours: 48 };
    const second = { ClientCredentials: 'SecretsManager', Processor: 'order-processing' };
    await deploy('', second);
    expect(await deploy('')).to.contain('No changes to deploy');
    await expectStackOf(expected(STACK, { ...first, ...second }), await readStack(aws, STACK), aws);
    expect(await settings()).to.equal(tracked);
  });
  await step('sam delete leaves nothing, not even failed batches', async () => {
    const failed = { Bucket: stack.outputs.get('FailedBatches'), Key: 'aws/lambda/batch', Body: '{}' };
    await aws.ask(['s3', 'put_object', failed]);
    await sam(['delete', '--no-prompts']);
    await expectNothingLeft(before);
  });

  const [{ KeyMetadata: key }, { TopicArn: topic }, { Policy: boundary }] = await aws.ask(
    ['kms', 'create_key'],
    ['sns', 'create_topic', { Name: 'pager' }],
    ['iam', 'create_policy', { PolicyName: 'boundary', PolicyDocument: JSON.stringify(ALLOW_ALL) }],
  );
  // Of two stacks at once each is deployed while the test looks at the other.
  await step('a second pipeline with everything but the defaults, and one without rollups, come and go', async () => {
    const parameters = {
      ShardCount: 0,
      MaxRecordSizeInKiB: 2048,
      FilterPattern: `'{"data":{"id_str":[{"exists":true}]}}'`,
      RetentionDays: 30,
      TypeIndex: 'true',
      RollupsBatchSize: 20,
      RollupsBatchingWindowInSeconds: 5,
      RollupsMaximumRecordAgeInSeconds: 3600,
      RollupsRetentionDays: 90,
      AlarmEmail: 'ops@example.org',
      AlarmTopicArn: topic,
      ClientCredentials: 'SecretsManager',
      KmsKeyArn: key.Arn,
      PermissionsBoundary: boundary.Arn,
      Dashboard: 'false',
    };
    const FilterPattern = parameters.FilterPattern.slice(1, -1);
    const second = async () => {
      await deploy('--stack-name other --s3-prefix other', parameters);
      const other = await readStack(aws, 'other');
      const declared = { ...expected('other', { ...parameters, FilterPattern }), others: [`key/${key.KeyId}`] };
      await expectStackOf(declared, other, aws);
      const rows = await processRecords(other, await sendSample(other, folder, aws), folder, aws);
      const days = rows.map(({ ExpiresAt }) => Math.round((Number(ExpiresAt) - Date.now() / 1000) / 86_400));
      expect(new Set(days)).to.deep.equal(new Set([30]));
      for (const item of await rollUp(other, rows, folder, aws))
        expect(Number(item.ExpiresAt?.N)).to.equal(
          windowTimes(partOf(item as Item).key.window).end / 1_000 + 90 * 86_400,
        );
    };
    const withoutRollups = async () => {
      await deploy('--stack-name plain --s3-prefix plain', { Rollups: 'false' });
      const plain = await readStack(aws, 'plain');
      const names = [...plain.resources.keys(), ...plain.outputs.keys()];
      expect(names.filter((name) => name.includes('Rollups'))).to.deep.equal([]);
      await expectStackOf(expected('plain', { Rollups: 'false' }), plain, aws);
    };
    await Promise.all([second(), withoutRollups()]);
    await sam(['delete', '--stack-name', 'plain', '--no-prompts']);
    const folders = (await uploadedBySam()).map((path) => path.split('/')[0]);
    expect(new Set(folders), 'the bundles of the other stack').to.deep.equal(new Set(['other']));
    await sam(['delete', '--stack-name', 'other', '--no-prompts']);
    await expectNothingLeft([...before, `topic ${topic}`, `policy ${boundary.PolicyName}`]);
  });
  console.log(
    `not looked at, since moto's CloudFormation does not know it: ${[...aws.passedOver].join(', ') || 'nothing'}`,
  );
  await aws.close();
}, BUILD_STEPS + 10);
