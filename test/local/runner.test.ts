import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import { systemClock } from '../../aws/system-clock.ts';
import { chunks } from '../../core/batch.ts';
import { bundleFunctions } from '../../local/lambda/bundle.ts';
import { failedBatchesIn, keptRecords } from '../../local/mapping/failed-batch-folder.ts';
import { type FunctionRun, type RunnerOptions, startRunner } from '../../local/runner.ts';
import { provisionServices, type Services } from '../../local/services.ts';
import { EVENT_PROCESSOR, type LocalStack, localStack } from '../../local/stack.ts';
import { rowsOfEventData } from '../../local/tables.ts';
import { emptyFolder } from '../support/empty-folder.ts';
import { TestServices } from '../support/emulators.ts';
import { cloudEvent } from '../support/events.ts';
import { type Command, killAll, start } from '../support/run.ts';
import { Changes, until, untilEqual } from '../support/until.ts';
import type { ChildOptions } from './runner-child.ts';

const STORING = fileURLToPath(new URL('./storing-handler.ts', import.meta.url));
/** Only the function that stores events: a thread of the other one takes long to start. */
const ALONE = { Rollups: 'false' };

describe('the runner', () => {
  const emulators = new TestServices();
  let stacks = 0;
  let stack: LocalStack;
  let bundles: Record<string, string>;
  const folder = emptyFolder();
  let services: Services;
  let running: { close: () => Promise<void> }[];
  let settled: string[];
  let problems: string[];
  let changes: Changes;

  before(async () => {
    await emulators.start();
    bundles = await bundleFunctions(localStack(ALONE));
  });
  after(() => emulators.stop());
  beforeEach(async () => {
    stacks += 1;
    stack = localStack(ALONE, `stack-${stacks}`);
    services = await provisionServices(emulators.endpoints, stack);
    changes = new Changes();
    running = [];
    settled = [];
    problems = [];
  });
  afterEach(async () => {
    await killAll();
    for (const { close } of running) await close();
    await services.close();
  });

  const put = async (ids: readonly string[]): Promise<void> => {
    for (const batch of chunks(ids, 500))
      await services.kinesis.send(
        new PutRecordsCommand({
          StreamName: services.names.stream,
          Records: batch.map((id) => ({ PartitionKey: id, Data: Buffer.from(JSON.stringify(cloudEvent({ id }))) })),
        }),
      );
  };
  const ids = (count: number) => Array.from({ length: count }, (_, index) => `event-${index}`);
  const rows = async (): Promise<Set<string>> => {
    const found = await rowsOfEventData(services.dynamoDb, services.names);
    return new Set([...found.keys()].map((key) => JSON.parse(key)[1]));
  };
  /** @param run of the function that stores events @param bundle in place of its own */
  const run = async (run: FunctionRun, options: Partial<RunnerOptions> = {}, bundle?: string): Promise<void> => {
    const runner = await startRunner({
      stack,
      bundles: { ...bundles, ...(bundle !== undefined && { [EVENT_PROCESSOR.function]: bundle }) },
      endpoints: services.endpoints,
      functions: {
        [EVENT_PROCESSOR.function]: {
          ...run,
          onSettled: (records) => {
            settled.push(...records.map(({ id }) => id));
            changes.changed();
          },
        },
      },
      onLog: () => {},
      onProblem: (message) => {
        problems.push(message);
        changes.changed();
      },
      clock: systemClock,
      ...options,
    });
    running.push(runner);
  };
  const keeping = (): Partial<RunnerOptions> => ({ failedBatches: join(folder, 'failed') });
  const startChild = (
    options: Omit<ChildOptions, 'bundles' | 'endpoints' | 'stackName'>,
  ): { child: Command; settled: () => number } => {
    const { endpoints } = services;
    const argument = JSON.stringify({ ...options, bundles, endpoints, stackName: stack.name });
    // A process that is killed cannot remove its temporary files.
    const child = start('test/local/runner-child.ts', [argument], { env: { TMPDIR: folder } });
    let output = '';
    child.child.stdout?.on('data', (text) => {
      output += text;
      changes.changed();
    });
    return {
      child,
      settled: () => [...output.matchAll(/^settled (\d+)\n/gm)].reduce((sum, [, count]) => sum + Number(count), 0),
    };
  };

  it('that is killed in the middle loses nothing, and goes on where it stood', async () => {
    const count = 120;
    const checkpointFile = join(folder, 'checkpoints.json');
    const settings = { batchSize: 10, parallelizationFactor: 1 };
    await put(ids(count));
    const first = startChild({ checkpointFile, settings });
    await until(async () => /"settled":/.test(await readFile(checkpointFile, 'utf8').catch(() => '')));
    first.child.child.kill('SIGKILL');
    await first.child.finished;

    await run({ settings }, { checkpointFile });
    await changes.until(() => settled.length + first.settled() >= count);
    await untilEqual(async () => [...(await rows())].toSorted(), ids(count).toSorted());
    expect(settled.length).to.be.below(count);
    expect(problems).to.deep.equal([]);
  });

  it('keeps the event that ends the process of the function, whole, and stores all others', async () => {
    await put([...ids(2), 'fatal', ...ids(3).slice(2)]);
    const bundles = await bundleFunctions(stack, { [EVENT_PROCESSOR.function]: STORING });
    await run({ timeout: 900, settings: { maximumRetryAttempts: 0 } }, { ...keeping(), bundles });
    await changes.until(() => settled.length === 4);
    expect([...(await rows())]).to.have.members(ids(3));
    const [path, ...others] = await failedBatchesIn(join(folder, 'failed'));
    expect(others).to.deep.equal([]);
    const { requestContext, responseContext, payload } = JSON.parse(await readFile(path!, 'utf8'));
    expect(requestContext).to.include({
      condition: 'RetryAttemptsExhausted',
      functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${stack.name}-DDBEventProcessor`,
    });
    expect(responseContext.functionError).to.equal('Unhandled');
    expect(payload.Records).to.have.length(1);
    expect(JSON.parse(Buffer.from(payload.Records[0].kinesis.data, 'base64').toString()).id).to.equal('fatal');
    expect(problems).to.include('the function failed: Runtime.ExitError: Runtime exited with status 3');
    expect(problems.at(-1)).to.equal('1 record was given up (RetryAttemptsExhausted) and kept');
  });

  const failing = async (): Promise<string> => {
    const bundle = join(folder, 'failing.cjs');
    await writeFile(bundle, 'exports.handler = async () => { throw new Error("no"); };');
    return bundle;
  };

  it('settles nothing while what it gives up cannot be kept, and keeps it as soon as it can', async () => {
    await writeFile(join(folder, 'failed'), 'in the way');
    await put(ids(3));
    const settings = { maximumRetryAttempts: 0, bisectBatchOnFunctionError: false };
    await run({ settings }, keeping(), await failing());
    await changes.until(() => problems.filter((problem) => problem.includes('cannot be kept yet')).length >= 2);
    expect(settled).to.deep.equal([]);
    await rm(join(folder, 'failed'));
    await changes.until(() => settled.length === 3);
    expect([...(await keptRecords(join(folder, 'failed')))]).to.have.members(settled);
  });

  it('ends at once in the middle of an endless invocation, which is not a failure: its batch stays on the stream', async () => {
    const [endless, sound] = ['endless', 'sound'].map((name) => join(folder, `${name}.cjs`)) as [string, string];
    await writeFile(
      endless,
      `exports.handler = async () => {
        await new Promise((resolve) => process.stdout.write("begun\\n", resolve));
        for (;;) {}
      };`,
    );
    await writeFile(sound, 'exports.handler = async () => null;');
    await put(ids(3));
    const logs: string[] = [];
    const settings = { maximumRetryAttempts: 0, bisectBatchOnFunctionError: false };
    const options: Partial<RunnerOptions> = {
      ...keeping(),
      checkpointFile: join(folder, 'checkpoints.json'),
      onLog: (line) => {
        logs.push(line);
        changes.changed();
      },
    };
    await run({ settings, timeout: 900 }, options, endless);
    await changes.until(() => logs.length > 0);
    await running.pop()!.close();
    expect({ logs, settled, problems }).to.deep.equal({ logs: ['begun'], settled: [], problems: [] });
    expect(await failedBatchesIn(join(folder, 'failed'))).to.deep.equal([]);
    await run({ settings }, options, sound);
    await changes.until(() => settled.length === 3);
  });

  it('drops what it gives up where it has no folder to keep it in, and says so', async () => {
    await put(ids(2));
    const settings = { maximumRetryAttempts: 0, bisectBatchOnFunctionError: false };
    await run({ settings }, {}, await failing());
    await changes.until(() => settled.length === 2);
    expect(problems.at(-1)).to.equal(
      '2 records were given up (RetryAttemptsExhausted) and dropped: no folder was given',
    );
  });

  it('refuses the checkpoints of another stream, and leaves nothing running', async () => {
    const checkpointFile = join(folder, 'checkpoints.json');
    await writeFile(checkpointFile, JSON.stringify({ streamArn: 'arn:of:another', shards: {} }));
    const message = await run({}, { checkpointFile }).then(String, (error: Error) => error.message);
    expect(message).to.contain('holds the checkpoints of arn:of:another');
  });
});
