/**
 * Runs only the function, with `sam local invoke`, as CONTRIBUTING.md says, and looks for the sample in the DynamoDB of
 * `npm run local`.
 *
 *     node cli/run.cjs test/deploy/local-invoke.ts FOLDER    # a copy of the project where `sam build` has run
 *
 * Without a folder it builds a copy of the tree itself. Prints one line for each step; fails with what is wrong otherwise. Where
 * SAM cannot be had, or no Docker daemon runs or can be started, it says so and ends with exit code 77, which is neither passed
 * nor failed.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { KinesisStreamEvent } from 'aws-lambda';
import { expect } from 'chai';
import { runCheck } from './check.ts';
import { type Docker, startDocker } from './docker.ts';
import { expectedRows } from './expected-rows.ts';
import { withoutAws } from './fake-aws.ts';
import { buildImage } from './lambda-image/build.ts';
import { runProcess, startProcess } from './processes.ts';
import { python } from './python.ts';
import { BUILD_STEPS, builtProject, ROOT } from './tree.ts';
import { Unavailable } from './unavailable.ts';

/** It says how to find the address that containers reach. */
const PAGE = join(ROOT, 'CONTRIBUTING.md');
const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'x86_64';
const IMAGES = 'public.ecr.aws/lambda/nodejs';
/** SAM looks for the first, and starts the second, which is the first with the emulator in it. */
const TAGS = [`24-${ARCHITECTURE}`, `24-rapid-${ARCHITECTURE}`];
const VARIABLES = [
  'PATH=/var/lang/bin',
  'LAMBDA_TASK_ROOT=/var/task',
  'LAMBDA_RUNTIME_DIR=/var/runtime',
  'LANG=C.UTF-8',
];

/** Lambda's own image, where the daemon has or gets it; a stand-in, where the daemon is our own. */
const provideImage = async ({ docker, isOwn }: Docker, folder: string, sam: string): Promise<void> => {
  const image = `${IMAGES}:${TAGS[0]}`;
  if (isOwn) {
    await mkdir(folder);
    const archive = buildImage({ folder, sam: dirname(dirname(sam)), architecture: ARCHITECTURE });
    const changes = [...VARIABLES.map((variable) => `ENV ${variable}`), 'WORKDIR /var/task'];
    for (const tag of TAGS)
      await docker('import', ...changes.flatMap((change) => ['--change', change]), archive, `${IMAGES}:${tag}`);
    return;
  }
  const has = await docker('image', 'inspect', image).catch(() => '');
  if (has === '')
    await docker('pull', image).catch(() => {
      throw new Unavailable(`the Docker daemon has no ${image}, and cannot pull it`);
    });
};

/** `npm run local` on an address that containers reach, on ports that are free. Gives the URL of its DynamoDB. */
const startLocal = async (host: string, folder: string, env: NodeJS.ProcessEnv): Promise<string> => {
  const ports = ['--kinesis-port', '0', '--dynamodb-port', '0', '--watch-port', '0'];
  const local = [join(ROOT, 'cli', 'run.cjs'), 'local/local.ts', '--host', host, ...ports];
  const child = startProcess([process.execPath, ...local, '--failed-batches', folder], { env });
  return new Promise((found, reject) => {
    let output = '';
    const onText = (text: string): void => {
      output += text;
      const url = /^ *DynamoDB +(http:\S+)/m.exec(output)?.[1];
      if (url !== undefined && output.includes('Ctrl-C ends the stack.')) found(url);
    };
    child.stdout?.setEncoding('utf8').on('data', onText);
    child.stderr?.setEncoding('utf8').on('data', onText);
    child.once('close', () => reject(new Error(`npm run local ended: ${output}`)));
  });
};

await runCheck(async (folder, step) => {
  // The client of DynamoDB runs in this process.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const sam = await python('sam', 'sam');
  // Without credentials SAM does not ask STS whose they are.
  const env = {
    ...withoutAws(process.env),
    AWS_REGION: 'us-east-1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
  const docker = await startDocker(join(folder, 'docker'), env);
  const { project, home } = await builtProject(folder, sam, step);
  await step("an image for Lambda's Node", () => provideImage(docker, join(folder, 'image'), sam));

  const dynamoDbUrl = await step("npm run local on Docker's bridge", async () => {
    const [, command] = /npm run local -- --host "\$\((.+)\)"/.exec(await readFile(PAGE, 'utf8')) ?? [];
    if (command === undefined) throw new Error(`${PAGE} does not say on which address npm run local listens`);
    const bridge = await runProcess(['sh', '-c', command], { env: docker.env, limit: 10 });
    return startLocal(bridge.trim(), join(folder, 'failed-batches'), env);
  });
  const variables = join(folder, 'local-env.json');
  const { port } = new URL(dynamoDbUrl);
  const byDefault = await readFile(join(project, 'events', 'local-env.json'), 'utf8');
  await writeFile(variables, byDefault.replace(/(host\.docker\.internal):\d+/, `$1:${port}`));

  const event = join(project, 'events', 'kinesis.json');
  const { Records }: KinesisStreamEvent = JSON.parse(await readFile(event, 'utf8'));
  const expected = expectedRows(Records);
  expect(expected.rejected, 'malformed records in the sample').to.not.have.lengthOf(0);

  await step('sam local invoke with the sample', async () => {
    const command = ['local', 'invoke', 'DDBEventProcessor', '--event', event, '--env-vars', variables];
    const options = ['--skip-pull-image', '--parameter-overrides', `Architecture=${ARCHITECTURE}`];
    const stdout = await runProcess([sam, ...command, ...options], {
      cwd: project,
      env: { ...docker.env, HOME: home },
      limit: 120,
    });
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).to.deep.equal({ batchItemFailures: [] });
  });

  const counts = `${expected.events.length} rows, ${expected.rejected.length} rejected, of ${Records.length} records`;
  await step(`DynamoDB has them: ${counts}`, async () => {
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const dynamoDb = new DynamoDBClient({ region: 'us-east-1', endpoint: dynamoDbUrl, credentials });
    const rowsOf = async (TableName: string) =>
      ((await dynamoDb.send(new ScanCommand({ TableName }))).Items ?? []).map((item) => unmarshall(item));
    expect(await rowsOf('local-EventData')).to.have.deep.members(expected.events);
    expect((await rowsOf('local-RejectedEvents')).map(({ Id }) => Id)).to.have.members(expected.rejected);
    dynamoDb.destroy();
  });
  await docker.close();
}, BUILD_STEPS + 4);
