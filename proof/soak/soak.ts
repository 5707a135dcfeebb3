import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SplitShardCommand } from '@aws-sdk/client-kinesis';
import { kinesisClient, putRecordsTo } from '../../aws/kinesis.ts';
import { localCredentials } from '../../aws/local-stack.ts';
import { monotonicClock, systemClock } from '../../aws/system-clock.ts';
import { type Delivered, deliver } from '../../client/delivery.ts';
import type { Clock } from '../../core/clock.ts';
import { type FaultPlan, startFaultProxy } from '../../local/emulators/fault-proxy.ts';
import { bundleInTemporaryFolder } from '../../local/lambda/bundle.ts';
import { type Services, startServices } from '../../local/services.ts';
import { localStack } from '../../local/stack.ts';
import { processorNamed } from '../../processors/index.ts';
import { type FaultName, SERVER_ERRORS, seededPlan, withoutThoseOfClient, withTableOutages } from './faults.ts';
import { findEvents } from './find.ts';
import { eventsFor } from './processor-events.ts';
import { FUNCTION_TIMEOUT_SECONDS, SoakRunner } from './runner.ts';
import { SentRecords } from './sent-records.ts';
import { judge, type Verdict } from './verdict.ts';

export interface Soak {
  events: number;
  seed: number;
  /** The name of the one that the function runs. @default default */
  processor?: string;
  faults: ReadonlySet<FaultName>;
  /** Path of the function that can be made to fail, as `bundleFaultyFunction` gives it. */
  bundle: string;
  /** Shows a sentence about what happens. */
  say: (line: string) => void;
  onProgress: (progress: { sent: number; settled: number }) => void;
  /** Ends the soak. */
  signal: AbortSignal;
  /** It must not go back. */
  clock: Clock;
}

export interface SoakResult extends Verdict {
  seconds: number;
  /** How often each fault came. */
  faults: Record<string, number>;
}

/** After this long without progress, events that are not settled count as lost. Milliseconds. */
const STALL_MS = 60_000;

/** Longer than an invocation may take, so that the one that meets the outage cannot outlast it. Milliseconds. */
const TABLE_OUTAGE_MS = FUNCTION_TIMEOUT_SECONDS * 1_000 + 500;

/** Bundles the function of a soak, once for any number of soaks. @returns its path, and what removes it */
export const bundleFaultyFunction = (
  entryPoint = fileURLToPath(new URL('./faulty-handler.ts', import.meta.url)),
): ReturnType<typeof bundleInTemporaryFolder> => bundleInTemporaryFolder(localStack(), entryPoint);

/**
 * Sends seeded events through client, stream, function and table while everything fails, and finds out where each of them
 * is. The runner of the function is a process of its own, so that it can be killed. Stream and tables outlive it, as on AWS.
 */
export const runSoak = async (soak: Soak): Promise<SoakResult> => {
  const ending: (() => unknown)[] = [];
  try {
    return await run(soak, ending);
  } finally {
    for (let end = ending.pop(); end; end = ending.pop()) await end();
  }
};

/** Adds to `ending` what ends each part; the last one started is ended first. */
const run = async (
  { events: count, seed, faults, processor: name = 'default', bundle, say, onProgress, signal, clock }: Soak,
  ending: (() => unknown)[],
): Promise<SoakResult> => {
  const started = clock.now();
  const folder = await mkdtemp(join(tmpdir(), 'soak-'));
  ending.push(() => rm(folder, { recursive: true }));
  const file = join(folder, 'events.ndjson');
  const processor = processorNamed(name);
  const events = eventsFor(name, count, seed, faults);
  await writeFile(file, Buffer.concat(events.flatMap(({ data }) => [data, LINE_END])));

  const services = await startServices({ kinesis: 0, dynamoDb: 0 }, localStack({ ShardCount: 2, Processor: name }));
  ending.push(services.close);
  const { endpoints, names } = services;
  const tally: Record<string, number> = {};
  const note = (name: string): void => {
    tally[name] = (tally[name] ?? 0) + 1;
  };
  const between = async (target: string, who: string, number: number): Promise<string> => {
    const its = who === 'client' ? faults : withoutThoseOfClient(faults);
    const planned = noting(seededPlan(seed * 10 + number, its), (kind) => note(`${who}: ${kind}`));
    const outage = { error: SERVER_ERRORS[seed % 2]!, lastsMs: TABLE_OUTAGE_MS };
    const plan = faults.has('tables')
      ? withTableOutages(planned, outage, clock, (table) => note(`${table} away`))
      : planned;
    const proxy = await startFaultProxy(target, plan);
    ending.push(proxy.close);
    return proxy.endpoint;
  };

  const places = { failedBatches: join(folder, 'failed-batches'), spool: join(folder, 'spool.ndjson') };
  const checkpoints = join(folder, 'checkpoints.json');
  const runner = new SoakRunner(
    {
      seed,
      processor: name,
      faults: [...faults],
      endpoints: {
        kinesis: await between(endpoints.kinesis, 'mapping', 2),
        dynamoDb: await between(endpoints.dynamoDb, 'function', 3),
      },
      bundle,
      failedBatches: places.failedBatches,
      checkpoints,
      parallelizationFactor: 1 + (seed % 3),
    },
    note,
  );
  ending.push(() => runner.kill());
  await runner.start();

  const sent = new SentRecords();
  const incidents = new Incidents(count, faults, services, runner, say);
  const endpoint = await between(endpoints.kinesis, 'client', 1);
  const kinesis = kinesisClient({ region: names.region, credentials: localCredentials(), endpoint });
  ending.push(() => kinesis.destroy());
  const delivered: Delivered = await deliver({
    settings: {
      source: 'file',
      file,
      track: [],
      ordered: true,
      aggregate: seed % 2 === 0,
      patienceMs: STALL_MS,
      spool: places.spool,
    },
    putRecords: putRecordsTo(kinesis, names.stream),
    clock: monotonicClock,
    wallClock: systemClock,
    shapes: processor.shapes,
    drain: signal,
    stop: signal,
    onOutcome: (outcome) => {
      if (outcome.status === 'sent') sent.add(outcome.shardId, outcome.sequenceNumber);
      incidents.after(sent.size);
      onProgress({ sent: sent.size, settled: 0 });
    },
  });
  await incidents.over();
  if (delivered.error) say(`the client gave up: ${delivered.error.message}`);
  const unsettled = await sent.waitUntilSettled(checkpoints, {
    clock,
    signal,
    stallMs: STALL_MS,
    onProgress: (settled) => onProgress({ sent: sent.size, settled }),
  });
  if (runner.failure) throw new Error(runner.failure);
  await runner.end();

  const verdict = judge(events, await findEvents({ ...places, dynamoDb: services.dynamoDb, names }), processor);
  if (unsettled > 0) verdict.problems.push(`${unsettled} of ${sent.size} records were not settled`);
  return { ...verdict, seconds: (clock.now() - started) / 1000, faults: tally };
};

const LINE_END = Buffer.from('\n');

const noting =
  (plan: FaultPlan, note: (kind: string) => void): FaultPlan =>
  (call, index) => {
    const fault = plan(call, index);
    if (fault?.kind === 'reset') note(`connection broken ${fault.when}`);
    else if (fault?.kind === 'error') note(`${fault.status} ${fault.type}`);
    else if (fault) note(fault.kind);
    return fault;
  };

/** What happens once while the client works: the split of a shard, and the end of the runner. */
class Incidents {
  readonly #waiting: { after: number; happen: () => Promise<unknown> }[] = [];
  readonly #happening: Promise<unknown>[] = [];

  constructor(
    count: number,
    faults: ReadonlySet<FaultName>,
    { kinesis, names }: Services,
    runner: SoakRunner,
    say: Soak['say'],
  ) {
    const split = async (): Promise<void> => {
      say('A shard is split.');
      const middle = String(2n ** 126n);
      const [StreamName, ShardToSplit] = [names.stream, 'shardId-000000000000'];
      await kinesis.send(new SplitShardCommand({ StreamName, ShardToSplit, NewStartingHashKey: middle }));
    };
    const kill = async (): Promise<void> => {
      say('The runner is killed, and started again.');
      await runner.kill();
      await runner.start();
    };
    if (faults.has('split')) this.#waiting.push({ after: count * 0.3, happen: split });
    if (faults.has('kill')) this.#waiting.push({ after: count * 0.5, happen: kill });
  }

  /** Starts what is due. @param sent how many events Kinesis took */
  after(sent: number): void {
    while (this.#waiting[0] && sent >= this.#waiting[0].after) this.#happening.push(this.#waiting.shift()!.happen());
  }

  /** Resolves when everything that was started is over. */
  async over(): Promise<void> {
    await Promise.all(this.#happening);
  }
}
