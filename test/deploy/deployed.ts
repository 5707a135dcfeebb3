/**
 * Deploys the template with SAM as its users do, to an AWS on 127.0.0.1, sends the sample through it and removes it again.
 *
 *     npm run test:deploy
 *     node --import tsx test/deploy/deployed.ts FOLDER    # a copy of the project where `sam build` has run
 *
 * Prints one line for each step; fails with what is wrong otherwise. Where SAM or moto cannot be had it says so and ends with
 * exit code 77, which is neither passed nor failed. No call leaves this machine, save npm's while SAM builds.
 */
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { expect } from 'chai';
import { parse } from 'yaml';
import { kinesisClient } from '../../aws/kinesis.ts';
import { CLOUDFORMATION_TAGS } from '../../local/template/cloudformation-tags.ts';
import { readTemplate, type Stack } from '../../local/template/template.ts';
import { readRecords, type StreamRecord } from '../support/shards.ts';
import { runCheck } from './check.ts';
import { asLambdaHasThem, runDeployed } from './deployed-function.ts';
import { type DeployedStack, type Expectation, expectStackOf, readStack } from './deployed-stack.ts';
import { expectedRows } from './expected-rows.ts';
import { ACCOUNT_ID, type FakeAws, REGION, startFakeAws } from './fake-aws.ts';
import { inventoryOf } from './inventory.ts';
import { runProcess } from './processes.ts';
import { python } from './python.ts';
import { samBuild, samWith } from './sam.ts';
import { copyBuild, copyTree, ROOT } from './tree.ts';

const SAMPLE = join(ROOT, 'events', 'tweets.ndjson');
/** As samconfig.toml has it. */
const STACK = 'stream-processor';
/** SAM's own stack, of the bucket for bundles. */
const SAMS_OWN = 'aws-sam-cli-managed-default';
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

interface TemplateFile {
  Parameters: Record<string, object>;
  Outputs: Record<string, { Condition?: string }>;
}

/** Sends the sample with the client's own command, which asks the stack for everything else. Gives what the stream has then. */
const sendSample = async ({ name, outputs }: DeployedStack, folder: string, aws: FakeAws): Promise<StreamRecord[]> => {
  const client = ['--import', import.meta.resolve('tsx'), join(ROOT, 'client', 'twitter2kinesis.ts')];
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

/** Runs the deployed code on records, and looks for each of them in the deployed tables. */
const processRecords = async (
  { outputs, resources }: DeployedStack,
  records: readonly StreamRecord[],
  folder: string,
  aws: FakeAws,
): Promise<void> => {
  const streamArn = `arn:aws:kinesis:${REGION}:${ACCOUNT_ID}:stream/${outputs.get('KinesisStream')}`;
  const delivered = asLambdaHasThem(records, streamArn);
  const { outputs: sams } = await readStack(aws, SAMS_OWN);
  const options = { bundles: sams.get('SourceBucket')!, folder, aws };
  const { answers, log } = await runDeployed(resources.get('DDBEventProcessor')!.id, delivered, options);
  for (const answer of answers) expect(answer, log.join('\n')).to.deep.equal({ payload: '{"batchItemFailures":[]}' });

  const client = new DynamoDBClient({ region: REGION, endpoint: aws.url, credentials: CREDENTIALS });
  const rowsOf = async (output: string) => {
    const rows: Record<string, unknown>[] = [];
    for await (const { Items = [] } of paginateScan({ client }, { TableName: outputs.get(output) }))
      rows.push(...Items.map((item) => unmarshall(item)));
    return rows;
  };
  const expected = expectedRows(delivered);
  const keyed = (rows: readonly object[]): string[] =>
    rows.map((row) => JSON.stringify(row, Object.keys(row).sort())).sort();
  expect(keyed(await rowsOf('EventDataTable'))).to.deep.equal(keyed(expected.events));
  expect((await rowsOf('RejectedEventsTable')).map(({ Id }) => Id)).to.have.members(expected.rejected);
  client.destroy();
};

await runCheck(async (folder, step) => {
  const project = join(folder, 'project');
  const home = join(folder, 'home');
  await Promise.all([mkdir(project), mkdir(home)]);
  // The clients of AWS below are ones of this process.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const program = await python('sam', 'sam');
  const aws = await startFakeAws(home);
  const built = process.argv[2];
  if (built === undefined)
    await step('sam build in a copy of the tree', async () => {
      copyTree(project);
      await samBuild(program, project);
    });
  else copyBuild(resolve(built), project);
  const settings = join(project, 'samconfig.toml');
  await copyFile(settings, join(folder, 'samconfig.toml'));
  const sam = samWith(program, project, home, aws);
  const template = pathToFileURL(join(project, '.aws-sam', 'build', 'template.yaml'));
  const file: TemplateFile = parse(await readFile(template, 'utf8'), { customTags: CLOUDFORMATION_TAGS });
  const expected = (name: string, parameters: Stack['parameters'] = {}): Expectation => ({
    template: readTemplate(template, { name, region: REGION, accountId: ACCOUNT_ID, parameters }),
    outputs: Object.keys(file.Outputs).filter((output) => file.Outputs[output]?.Condition === undefined),
  });
  const expectNothingLeft = async (before: readonly string[]): Promise<void> => {
    const { outputs } = await readStack(aws, SAMS_OWN);
    const bucket = outputs.get('SourceBucket');
    expect(await inventoryOf(aws)).to.have.members([...before, `stack ${SAMS_OWN}`, `bucket ${bucket}`]);
    const [{ Contents = [] }] = await aws.ask(['s3', 'list_objects_v2', { Bucket: bucket }]);
    expect(Contents, 'bundles that SAM uploaded').to.deep.equal([]);
  };

  const before = await inventoryOf(aws);
  await step('sam deploy --guided, with Enter all the way', async () => {
    const output = await sam('deploy --guided', '\n'.repeat(100));
    expect(output).to.contain(`Successfully created/updated stack - ${STACK}`);
  });
  const stack = await step('the stack is what the template says', async () => {
    const made = await readStack(aws, STACK);
    await expectStackOf(expected(STACK), made, aws);
    return made;
  });
  const records = await step('the client finds the stack and sends it the sample', () =>
    sendSample(stack, folder, aws),
  );
  await step('the deployed code brings the sample into the deployed tables', () =>
    processRecords(stack, records, folder, aws),
  );

  await step('sam deploy again finds nothing to change', async () => {
    expect(await sam('deploy')).to.contain('No changes to deploy');
    expect(await readStack(aws, STACK)).to.deep.equal(stack);
  });
  await step('a second shard is an update that replaces nothing', async () => {
    const output = await sam('deploy --parameter-overrides ShardCount=2');
    expect(output).to.match(/^\* Modify +EventStream /m);
    const updated = await readStack(aws, STACK);
    expect(updated).to.deep.equal(stack);
    await expectStackOf(expected(STACK, { ShardCount: 2 }), updated, aws);
  });
  await step('sam delete leaves nothing, not even failed batches', async () => {
    await aws.ask([
      's3',
      'put_object',
      { Bucket: stack.outputs.get('FailedBatches'), Key: 'aws/lambda/batch', Body: '{}' },
    ]);
    await sam('delete --no-prompts');
    await expectNothingLeft(before);
  });

  await copyFile(join(folder, 'samconfig.toml'), settings);
  await step('a second pipeline, on demand, with a secret and an address for alarms, comes and goes', async () => {
    const parameters = { ShardCount: 0, AlarmEmail: 'ops@example.org', ClientCredentials: 'SecretsManager' };
    const overrides = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
    await sam(`deploy --stack-name other --no-confirm-changeset --parameter-overrides ${overrides.join(' ')}`);
    const other = await readStack(aws, 'other');
    await expectStackOf(expected('other', parameters), other, aws);
    await sendSample(other, folder, aws);
    await sam('delete --stack-name other --no-prompts');
    await expectNothingLeft(before);
  });
  console.log(
    `not looked at, since moto's CloudFormation does not know it: ${[...aws.passedOver].join(', ') || 'nothing'}`,
  );
  await aws.close();
});
