import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { seeded } from '../../core/random.ts';
import type { Endpoints } from '../../local/emulators/ports.ts';
import { processorNamed } from '../../processors/index.ts';
import { killsOf, SoakClient } from './client.ts';
import { type FaultName, SERVER_ERRORS } from './faults.ts';
import { findEvents, findKept } from './find.ts';
import { Incidents } from './incidents.ts';
import { SoakInput } from './input.ts';
import { LiveSource, liveSpoolIn } from './live-source.ts';
import { SoakProxies } from './proxies.ts';
import { SoakRedrive } from './redrive.ts';
import { judgeRollups } from './rollup-verdict.ts';
import { batchSizeOf, SoakRunner } from './runner.ts';
import { SentRecords } from './sent-records.ts';
import { SoakRollups } from './soak-rollups.ts';
import { stackOf, startSoakServices } from './soak-services.ts';
import { outagesOf, TableOutages } from './table-outages.ts';
import { judge, type Verdict } from './verdict.ts';

export interface Soak {
  events: number;
  seed: number;
  /** The name of the one that the function runs. @default default */
  processor?: string;
  faults: ReadonlySet<FaultName>;
  /** Other emulators, which run already; then there are no rollups. @default those of this project */
  emulators?: Endpoints | undefined;
  /** Paths of the functions that can be made to fail, as `bundleFaultyFunctions` gives them. */
  bundles: Readonly<Record<string, string>>;
  /** Shows a sentence about what happens. */
  say: (line: string) => void;
  onProgress: (progress: { sent: number; settled: number }) => void;
  /** Ends the soak without a verdict: it throws the reason. */
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

/**
 * Sends seeded events through client, stream, function and table while everything fails, and finds out where each of them
 * is. Client, runner and redrive are processes of their own, so that they can be killed. Stream and tables outlive them, as on AWS.
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
  {
    events: count,
    seed,
    faults,
    processor: name = 'default',
    emulators,
    bundles,
    say,
    onProgress,
    signal,
    clock,
  }: Soak,
  ending: (() => unknown)[],
): Promise<SoakResult> => {
  const started = clock.now();
  const folder = await mkdtemp(join(tmpdir(), 'soak-'));
  ending.push(() => rm(folder, { recursive: true }));
  const processor = processorNamed(name);
  const input = new SoakInput({ count, seed, faults, processor: { name, definition: processor } });
  const file = await input.writeTo(folder);

  const stack = stackOf(seed, name, emulators);
  const services = await startSoakServices(stack, { count, folder, emulators });
  ending.push(services.close);
  const { endpoints, names } = services;
  const tally: Record<string, number> = {};
  const note = (name: string): void => {
    tally[name] = (tally[name] ?? 0) + 1;
  };
  const rollups = emulators ? undefined : new SoakRollups({ count, seed, faults, services, note, clock });
  const proxies = new SoakProxies({ seed, faults, note });
  ending.push(() => proxies.close());

  const places = {
    dynamoDb: services.dynamoDb,
    names,
    failedBatches: join(folder, 'failed-batches'),
    spools: [join(folder, 'spool.ndjson'), liveSpoolIn(folder)] as const,
  };
  const checkpoints = join(folder, 'checkpoints.json');
  const outages = new TableOutages({
    tables: faults.has('tables') ? outagesOf(names, faults) : {},
    error: SERVER_ERRORS[seed % 2]!,
    onOutage: (table) => note(`${table} away`),
    onOver: (functionName) => runner.takeTime(functionName),
  });
  const runner: SoakRunner = new SoakRunner(
    {
      seed,
      stack,
      faults: [...faults],
      endpoints: {
        kinesis: await proxies.before(endpoints.kinesis, { who: 'mapping', number: 2 }),
        dynamoDb: await proxies.before(endpoints.dynamoDb, {
          who: 'function',
          number: 3,
          around: (plan) => outages.around(rollups?.around(plan) ?? plan),
        }),
      },
      bundles,
      failedBatches: places.failedBatches,
      checkpoints,
      parallelizationFactor: 1 + (seed % 3),
      batchSize: batchSizeOf(count),
    },
    folder,
    outages.functions,
    { onFault: note, onUnfinished: (functionName) => outages.unfinished(functionName) },
  );
  ending.push(() => runner.kill());
  await runner.start();

  const sent = new SentRecords();
  const live = { folder, from: input.ofFile, to: count, refuses: faults.has('live-refused'), note };
  const liveSource = input.live > 0 ? await LiveSource.start(live) : undefined;
  ending.push(() => liveSource?.close());
  const edits = rollups?.edits(input);
  const incidents = new Incidents({ count, faults, services, runner, rollups, edits, say });
  ending.push(() => incidents.over().catch(() => {})); // A runner may be starting.
  const ended = new AbortController();
  ending.push(() => ended.abort());
  const waiting = { clock, signal: AbortSignal.any([signal, ended.signal]), stallMs: STALL_MS };
  let isSent = false;
  const settling = (): Promise<number> =>
    sent.waitUntilSettled(checkpoints, {
      ...waiting,
      isComplete: () => isSent,
      onProgress: (records) => {
        // What was sent twice is no progress.
        const taken = Math.min(sent.events, count);
        const settled = sent.size === 0 ? 0 : Math.floor((taken * records) / sent.size);
        incidents.settled(settled);
        onProgress({ sent: taken, settled });
      },
    });
  const client = new SoakClient({
    settings: {
      processor: name,
      file,
      checkpoint: join(folder, 'client-checkpoint.json'),
      spool: places.spools[0],
      aggregate: seed % 2 === 0,
      patienceMs: STALL_MS,
      region: names.region,
      stream: names.stream,
      ...(liveSource && { live: liveSource.settings }),
    },
    folder,
    kills: faults.has('client-kill') || (liveSource && faults.has('live-kill')) ? killsOf(count) : [],
    onKill: async () => {
      note('client killed');
      await liveSource?.clientEnded();
    },
    clock,
    signal,
  });
  ending.push(() => client.kill());
  const whileSent = settling();
  whileSent.catch(() => {}); // Where sending fails, that is what is told.
  const givenUp = await client.deliver(
    await proxies.before(endpoints.kinesis, {
      who: 'client',
      number: 1,
      around: (plan) => client.around(plan),
      onEffect: sent.onEffect(() => {
        client.sent(sent.events);
        incidents.sent(sent.events);
        liveSource?.release(sent.events / input.ofFile);
      }),
    }),
  );
  await incidents.over();
  if (givenUp !== undefined) say(`the client gave up: ${givenUp}`);
  isSent = true;
  let unsettled = await whileSent;
  const edited = await incidents.finish();
  if (edited > 0) tally['rows edited'] = edited;

  const putBack = new Set<number>();
  const problems: string[] = [];
  if (faults.has('redrive-kill') && unsettled === 0) {
    say('What was set aside is redriven, and redrive is killed.');
    const redrive = new SoakRedrive({
      names,
      folder,
      failedBatches: places.failedBatches,
      patienceMs: STALL_MS,
      clock,
      signal,
      random: seeded(seed),
      onKill: () => note('redrive killed'),
    });
    ending.push(() => redrive.kill());
    for (const event of (await findKept(places.failedBatches)).kept) putBack.add(event);
    const problem = await redrive.putBack({
      kinesis: await proxies.before(endpoints.kinesis, {
        who: 'redrive',
        number: 7,
        around: (plan) => redrive.around(plan),
        onEffect: sent.onEffect(() => redrive.taken()),
      }),
      dynamoDb: await proxies.before(endpoints.dynamoDb, {
        who: 'redrive',
        number: 8,
        around: (plan) => (faults.has('tables') ? outages.aroundRedrive(plan) : plan),
      }),
    });
    if (problem !== undefined) problems.push(problem);
    unsettled = await settling();
  }
  const unsettledChanges = (await rollups?.waitUntilSettled(checkpoints, waiting)) ?? 0;
  if (runner.failure) throw new Error(runner.failure);
  await runner.end();

  const verdict = await judge(input.all(), await findEvents(places), processor, putBack);
  const compared = rollups && (await judgeRollups({ services, processor, ...(await findKept(places.failedBatches)) }));
  if (unsettled > 0) problems.push(`${unsettled} of ${sent.size} records were not settled`);
  if (unsettledChanges > 0) problems.push(`${unsettledChanges} changes of EventData were not settled`);
  verdict.problems.push(...(compared?.problems ?? []), ...problems);
  return { ...verdict, groups: compared?.groups ?? 0, seconds: (clock.now() - started) / 1000, faults: tally };
};
