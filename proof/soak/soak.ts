import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kinesisClient, putRecordsTo } from '../../aws/kinesis.ts';
import { localCredentials } from '../../aws/local-stack.ts';
import { monotonicClock, systemClock } from '../../aws/system-clock.ts';
import { type Delivered, deliver } from '../../client/delivery.ts';
import type { Clock } from '../../core/clock.ts';
import type { EventData } from '../../core/event-data.ts';
import { seeded } from '../../core/random.ts';
import { changeStreamName } from '../../local/emulators/change-stream.ts';
import { type FaultPlan, startFaultProxy } from '../../local/emulators/fault-proxy.ts';
import { bundleInTemporaryFolder } from '../../local/lambda/bundle.ts';
import { checkpointFileOf } from '../../local/runner.ts';
import { startServices } from '../../local/services.ts';
import { EVENT_PROCESSOR, localStack, ROLLUPS } from '../../local/stack.ts';
import { processorNamed } from '../../processors/index.ts';
import { ChangeStream } from './change-stream.ts';
import { Edits } from './edits.ts';
import { type FaultName, SERVER_ERRORS, seededPlan, withoutThoseOfClient, withTableOutages } from './faults.ts';
import { findEvents } from './find.ts';
import { Incidents } from './incidents.ts';
import { eventsFor, expectedFor } from './processor-events.ts';
import { LateWrites, withRollupFaults } from './rollup-faults.ts';
import { judgeRollups } from './rollup-verdict.ts';
import { SHORT_TIMEOUT_SECONDS, SoakRunner } from './runner.ts';
import { SentRecords } from './sent-records.ts';
import { judge, type Verdict } from './verdict.ts';

export interface Soak {
  events: number;
  seed: number;
  /** The name of the one that the function runs. @default default */
  processor?: string;
  faults: ReadonlySet<FaultName>;
  /** Paths of the functions that can be made to fail, as `bundleFaultyFunctions` gives them. */
  bundles: Readonly<Record<string, string>>;
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
  /** Of rollups, each in a window, that were compared with the rows. */
  groups: number;
  /** How often each fault came. */
  faults: Record<string, number>;
}

/** After this long without progress, events that are not settled count as lost. Milliseconds. */
const STALL_MS = 120_000;

/** Longer than an invocation may take, so that the one that meets the outage cannot outlast it. Milliseconds. */
const TABLE_OUTAGE_MS = SHORT_TIMEOUT_SECONDS * 1_000 + 500;

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/**
 * Bundles the functions of a soak, once for any number of soaks.
 *
 * @param entryPoints the files of the functions, by their logical names
 * @returns their paths, and what removes them
 */
export const bundleFaultyFunctions = async (
  entryPoints: Readonly<Record<string, string>> = {},
): Promise<{ bundles: Record<string, string>; remove: () => Promise<void> }> => {
  const files = {
    [EVENT_PROCESSOR.function]: fileOf('./faulty-handler.ts'),
    [ROLLUPS.function]: fileOf('./faulty-rollups.ts'),
    ...entryPoints,
  };
  const bundled = await Promise.all(
    Object.entries(files).map(async ([name, file]) => ({
      name,
      ...(await bundleInTemporaryFolder(localStack(), file, name)),
    })),
  );
  return {
    bundles: Object.fromEntries(bundled.map(({ name, path }) => [name, path])),
    remove: async () => {
      for (const { remove } of bundled) await remove();
    },
  };
};

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
  { events: count, seed, faults, processor: name = 'default', bundles, say, onProgress, signal, clock }: Soak,
  ending: (() => unknown)[],
): Promise<SoakResult> => {
  const started = clock.now();
  const folder = await mkdtemp(join(tmpdir(), 'soak-'));
  ending.push(() => rm(folder, { recursive: true }));
  const file = join(folder, 'events.ndjson');
  const processor = processorNamed(name);
  const events = eventsFor(name, count, seed, faults);
  await writeFile(file, Buffer.concat(events.flatMap(({ data }) => [data, LINE_END])));

  const services = await startServices(
    { kinesis: 0, dynamoDb: 0, changeStreamShards: 2 },
    localStack({ ShardCount: 2, Processor: name }),
  );
  ending.push(services.close);
  const { endpoints, names } = services;
  const tally: Record<string, number> = {};
  const note = (name: string): void => {
    tally[name] = (tally[name] ?? 0) + 1;
  };
  const late = new LateWrites(clock);
  const between = async (target: string, who: string, number: number): Promise<string> => {
    const its = who === 'client' ? faults : withoutThoseOfClient(faults);
    const planned = noting(seededPlan(seed * 10 + number, its), (kind) => note(`${who}: ${kind}`));
    const outage = { error: SERVER_ERRORS[seed % 2]!, lastsMs: TABLE_OUTAGE_MS };
    const withOutages = faults.has('tables')
      ? withTableOutages(planned, outage, clock, (table) => note(`${table} away`))
      : planned;
    const plan =
      who === 'function'
        ? withRollupFaults(withOutages, {
            seed: seed * 10 + 4,
            faults,
            table: names.rollupsTable!,
            writes: late,
            note: (kind) => note(`rollups: ${kind}`),
          })
        : withOutages;
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
      bundles,
      failedBatches: places.failedBatches,
      checkpoints,
      parallelizationFactor: 1 + (seed % 3),
    },
    note,
  );
  ending.push(() => runner.kill());
  await runner.start();

  const sent = new SentRecords();
  const changes = new ChangeStream(services.kinesis, changeStreamName(names.eventDataTable));
  const models = events.slice(0, MODELS).flatMap(({ data }) => rowsOf(expectedFor(data, processor)));
  const edits = new Edits(
    { client: services.dynamoDb, table: names.eventDataTable, models },
    { count: Math.ceil(count / EDITS_EVERY), seed: seed * 10 + 5 },
  );
  const random = seeded(seed * 10 + 6);
  const incidents = new Incidents({ count, faults, services, runner, changes, edits, random, say });
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
      incidents.sent(sent.size);
      onProgress({ sent: sent.size, settled: 0 });
    },
  });
  await incidents.over();
  if (delivered.error) say(`the client gave up: ${delivered.error.message}`);
  const waiting = { clock, signal, stallMs: STALL_MS };
  const unsettled = await sent.waitUntilSettled(checkpoints, {
    ...waiting,
    onProgress: (settled) => {
      incidents.settled(settled);
      onProgress({ sent: sent.size, settled });
    },
  });
  const edited = await incidents.finish();
  if (edited > 0) tally['rows edited'] = edited;
  const ofRollups = checkpointFileOf(checkpoints, ROLLUPS.function);
  const unsettledChanges = await changes.waitUntilSettled(ofRollups, waiting);
  await late.landed();
  if (runner.failure) throw new Error(runner.failure);
  await runner.end();

  const found = await findEvents({ ...places, dynamoDb: services.dynamoDb, names });
  const verdict = judge(events, found, processor);
  const rollups = await judgeRollups({ services, processor, keptChanges: found.keptChanges });
  verdict.problems.push(...rollups.problems);
  if (unsettled > 0) verdict.problems.push(`${unsettled} of ${sent.size} records were not settled`);
  if (unsettledChanges > 0) verdict.problems.push(`${unsettledChanges} changes of EventData were not settled`);
  return { ...verdict, groups: rollups.groups, seconds: (clock.now() - started) / 1000, faults: tally };
};

/** Events whose rows are copied by edits, and how many events there are for each edit. */
const MODELS = 200;
const EDITS_EVERY = 8;

const rowsOf = (expected: ReturnType<typeof expectedFor>): readonly EventData[] =>
  expected === 'rejected' ? [] : expected.rows;

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
