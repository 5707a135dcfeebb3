import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seeded } from '../../core/random.ts';
import { processorNamed } from '../../processors/index.ts';
import { findEvents, findKept } from './find.ts';
import { SoakInput } from './input.ts';
import { liveSpoolIn } from './live-source.ts';
import { SoakRedrive } from './redrive.ts';
import { judgeRollups } from './rollup-verdict.ts';
import { Sending } from './sending.ts';
import { type SoakPipeline, startSoakPipeline } from './soak-pipeline.ts';
import { type Soak, type SoakParts, STALL_MS } from './soak-settings.ts';
import { judge, type Verdict } from './verdict.ts';

export interface SoakResult extends Verdict {
  seconds: number;
  /** Of rollups, each in a window, that were compared with the rows. */
  groups: number;
  /** How often each fault came. */
  faults: Record<string, number>;
}

/**
 * Sends seeded events through client, stream, function and table while everything fails, and finds out where each of them
 * is. Client, runner and redrive are processes of their own, so that they can be killed. Stream and tables outlive them, as on AWS.
 */
export const runSoak = async (soak: Soak): Promise<SoakResult> => {
  const ending: SoakParts['ending'] = [];
  try {
    return await run(soak, ending);
  } finally {
    for (let end = ending.pop(); end; end = ending.pop()) await end();
  }
};

const run = async (soak: Soak, ending: SoakParts['ending']): Promise<SoakResult> => {
  const { events: count, seed, faults, processor: name = 'default', clock } = soak;
  const started = clock.now();
  const folder = await mkdtemp(join(tmpdir(), 'soak-'));
  ending.push(() => rm(folder, { recursive: true }));
  const processor = processorNamed(name);
  const input = new SoakInput({ count, seed, faults, processor: { name, definition: processor } });
  const file = await input.writeTo(folder);
  const tally: Record<string, number> = {};
  const note = (name: string): void => {
    tally[name] = (tally[name] ?? 0) + 1;
  };
  const parts = { folder, note, ending };
  const pipeline = await startSoakPipeline(soak, parts);
  const { services, rollups, runner, failedBatches, checkpoints } = pipeline;
  const spool = join(folder, 'spool.ndjson');
  const sending = new Sending({ soak, input, pipeline, spool, ...parts });
  let unsettled = await sending.send(file);
  const edited = await sending.finish();
  if (edited > 0) tally['rows edited'] = edited;

  const putBack = new Set<number>();
  const problems: string[] = [];
  if (faults.has('redrive-kill') && unsettled === 0) {
    soak.say('What was set aside is redriven, and redrive is killed.');
    for (const event of (await findKept(failedBatches)).kept) putBack.add(event);
    const problem = await redrive(soak, pipeline, sending, parts);
    if (problem !== undefined) problems.push(problem);
    unsettled = await sending.settled();
  }
  const unsettledChanges = (await rollups?.waitUntilSettled(checkpoints, sending.waiting)) ?? 0;
  if (runner.failure) throw new Error(runner.failure);
  await runner.end();

  const { dynamoDb, names } = services;
  const found = await findEvents({ dynamoDb, names, failedBatches, spools: [spool, liveSpoolIn(folder)] });
  const verdict = await judge(input.all(), found, processor, putBack);
  const compared = rollups && (await judgeRollups({ services, processor, ...(await findKept(failedBatches)) }));
  if (unsettled > 0) problems.push(`${unsettled} of ${sending.sent.size} records were not settled`);
  if (unsettledChanges > 0) problems.push(`${unsettledChanges} changes of EventData were not settled`);
  verdict.problems.push(...(compared?.problems ?? []), ...problems);
  return { ...verdict, groups: compared?.groups ?? 0, seconds: (clock.now() - started) / 1000, faults: tally };
};

/** Puts back what was set aside. @returns why it could not */
const redrive = async (
  { seed, faults, clock, signal }: Soak,
  { services: { endpoints, names }, proxies, outages, failedBatches }: SoakPipeline,
  { sent }: Sending,
  { folder, note, ending }: SoakParts,
): Promise<string | undefined> => {
  const redrive = new SoakRedrive({
    names,
    folder,
    failedBatches,
    patienceMs: STALL_MS,
    clock,
    signal,
    random: seeded(seed),
    onKill: () => note('redrive killed'),
  });
  ending.push(() => redrive.kill());
  return redrive.putBack({
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
};
