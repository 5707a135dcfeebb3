import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runScript } from './child-process.ts';
import { eventMaker } from './events.ts';
import { byTurns } from './measure.ts';
import { cell, count, type Section } from './section.ts';

export interface PipelineExtent {
  runs: { events: number; rounds: number }[];
}

export interface PipelineResult {
  /** Of an event. */
  bytes: number;
  /** Events a second, medians of the rounds. */
  runs: { events: number; rounds: number; bare: number; pipeline: number }[];
}

const EVENT_BYTES = 2_000;

/** A file of events, for as long as the work takes. */
export const withEventFile = async <Result>(
  events: number,
  work: (file: string) => Promise<Result>,
): Promise<Result> => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const file = join(folder, 'events.ndjson');
    const make = eventMaker(EVENT_BYTES);
    await writeFile(
      file,
      Array.from({ length: events }, (_, index) => `${make(index).data}\n`),
    );
    return await work(file);
  } finally {
    await rm(folder, { recursive: true });
  }
};

/** What a way through the emulators says at its end. */
export interface Passage {
  rows: number;
  eventsPerSecond: number;
}

/** @throws where not all events were stored */
export const rateOf = (way: string, { rows, eventsPerSecond }: Passage, events: number): number => {
  if (rows !== events) throw new Error(`${way} stored ${rows} rows; expected ${events}`);
  return eventsPerSecond;
};

/**
 * Events a second of `npm start` on a file: client, mapping, functions and audit.
 *
 * @param options with `cores`, on so many processors
 * @throws where not all were stored
 */
export const throughPipeline = async (
  file: string,
  events: number,
  { shards = 1, args = [], cores }: { shards?: number; args?: readonly string[]; cores?: number } = {},
): Promise<number> =>
  rateOf(
    'npm start',
    await runScript('local/start.ts', ['--file', file, '--shards', String(shards), '--json', ...args], cores),
    events,
  );

/** Events a second of the least code that moves a file through the same emulators. @throws where not all were stored */
export const throughBareLoop = async (file: string, events: number): Promise<number> =>
  rateOf('the bare loop', await runScript('proof/bench/bare-loop.ts', [file]), events);

/** How much of the bare loop's throughput the whole pipeline keeps. */
export const pipeline: Section<PipelineExtent, PipelineResult> = {
  title: 'Pipeline: npm start next to a bare loop',
  full: {
    runs: [{ events: 100_000, rounds: 1 }],
  },
  quick: { runs: [{ events: 10_000, rounds: 1 }] },
  measure: async ({ runs }) => {
    const results: PipelineResult['runs'] = [];
    for (const { events, rounds } of runs)
      await withEventFile(events, async (file) => {
        const [bare, pipeline] = await byTurns([throughBareLoop, throughPipeline], { rounds }, async (through) => ({
          rate: await through(file, events),
        }));
        results.push({ events, rounds, bare: bare!.rate, pipeline: pipeline!.rate });
      });
    return { bytes: EVENT_BYTES, runs: results };
  },
  tables: ({ bytes, runs }) => [
    {
      name: 'pipeline',
      title: `Events of ${count(bytes)} bytes on the emulators, events/s, medians`,
      headings: ['', 'rounds', 'bare loop', 'npm start', 'ratio'],
      rows: runs.map(({ events, rounds, bare, pipeline }) => [
        `${count(events)} events`,
        cell(rounds, String),
        cell(bare, count),
        cell(pipeline, count),
        cell(pipeline / bare),
      ]),
    },
  ],
  aims: ({ runs }) =>
    runs.map(({ events, bare, pipeline }) => ({
      name: `pipeline, ${count(events)} events: events/s, npm start to the bare loop`,
      found: pipeline / bare,
      atLeast: 0.9,
    })),
};
