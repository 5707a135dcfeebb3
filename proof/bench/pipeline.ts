import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runScript } from './child-process.ts';
import { eventMaker } from './events.ts';
import { byTurns } from './measure.ts';
import { cell, count, type Section } from './section.ts';
import { withFolder } from './with-folder.ts';

export interface PipelineExtent {
  events: number;
  rounds: number;
}

/** Ways of the same file through the emulators, in the order in which they are shown. */
export type Way = 'bare' | 'sameWork' | 'pipeline';

export interface PipelineResult extends PipelineExtent {
  /** Of an event. */
  bytes: number;
  /** Events a second, medians of the rounds. */
  ways: Record<Way, number>;
}

const EVENT_BYTES = 2_000;

/** A file of events, for as long as the work takes. */
export const withEventFile = <Result>(events: number, work: (file: string) => Promise<Result>): Promise<Result> =>
  withFolder(async (folder) => {
    const file = join(folder, 'events.ndjson');
    const make = eventMaker(EVENT_BYTES);
    await writeFile(
      file,
      Array.from({ length: events }, (_, index) => `${make(index).data}\n`),
    );
    return work(file);
  });

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
 * @param options with `cores`, on so many CPUs
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

/** `npm start` without them does what the bare loop does: it puts, polls and writes. */
export const WITHOUT_ROLLUPS = ['--parameter', 'Rollups=false'];

export const WAYS: Record<Way, string> = {
  bare: 'a bare loop: put, poll, write',
  sameWork: 'npm start without rollups',
  pipeline: 'npm start',
};

const PASSAGES: Record<Way, (file: string, events: number) => Promise<number>> = {
  bare: throughBareLoop,
  sameWork: (file, events) => throughPipeline(file, events, { args: WITHOUT_ROLLUPS }),
  pipeline: throughPipeline,
};

const NAMES = Object.keys(WAYS) as Way[];

/** How much of the bare loop's throughput the pipeline keeps: where it does the same work, and with its rollups. */
export const pipeline: Section<PipelineExtent, PipelineResult> = {
  title: 'Pipeline: npm start next to a bare loop',
  full: { events: 100_000, rounds: 1 },
  quick: { events: 10_000, rounds: 1 },
  measure: async ({ events, rounds }) => {
    const found = await withEventFile(events, (file) =>
      byTurns(NAMES, { rounds }, async (way) => ({ rate: await PASSAGES[way](file, events) })),
    );
    const [bare, sameWork, all] = found.map(({ rate }) => rate);
    return { events, rounds, bytes: EVENT_BYTES, ways: { bare: bare!, sameWork: sameWork!, pipeline: all! } };
  },
  tables: ({ events, bytes, ways }) => [
    {
      name: 'pipeline',
      title: `${count(events)} events of ${count(bytes)} bytes through the emulators`,
      headings: ['', 'events/s', 'to the bare loop'],
      rows: NAMES.map((way) => [WAYS[way], cell(ways[way], count), cell(ways[way] / ways.bare)]),
    },
  ],
  aims: ({ events, ways: { bare, sameWork } }) => [
    {
      name: `pipeline, ${count(events)} events: npm start without rollups to the bare loop`,
      found: sameWork / bare,
      atLeast: 0.97,
    },
  ],
};
