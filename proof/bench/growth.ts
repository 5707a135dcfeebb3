import { availableParallelism } from 'node:os';
import { aimsOfMemory, memoryOf, tableOfMemory } from './client-memory.ts';
import type { ClientMemory } from './client-memory-process.ts';
import {
  aimsOfHeld,
  bundleOf,
  DYNAMODB_LATENCY_MS,
  type HandlerMemory,
  measureHandlers,
  memoryOfHandler,
  tableOfHeld,
} from './handler.ts';
import type { HandlerTask } from './handler-process.ts';
import { byTurns } from './measure.ts';
import { throughPipeline, withEventFile } from './pipeline.ts';
import { measureGroups } from './rollups.ts';
import { cell, count, figure, type Row, type Section, type Table } from './section.ts';

/** A point of a curve. */
export interface Point {
  /** The value of what grows. */
  at: number;
  eventsPerSecond: number;
  /** Microseconds of CPU time, where one process is measured. */
  cpuPerEvent?: number;
}

interface Measuring {
  /** Path of the bundle of the function. */
  bundle: string;
  rounds: number;
}

/** What grows, and how far: to where its curve bends. */
interface Axis {
  title: string;
  /** What is measured along it. */
  of: string;
  full: readonly number[];
  quick: readonly number[];
  measure: (values: readonly number[], measuring: Measuring) => Promise<Point[]>;
}

/** A round of a curve of the function: enough to be measured, and no more than fits into memory. */
const EVENTS = 3_000;
const BYTES = 16_000_000;
/** Rounds of the function that are not counted. */
const WARM_UP = 8;
/** Of a round of `npm start`. */
const PIPELINE_EVENTS = 10_000;

const functions =
  (taskOf: (value: number) => Partial<HandlerTask>): Axis['measure'] =>
  async (values, { bundle, rounds }) => {
    const base = { peer: 'ours', bundle, size: 'tweet', events: EVENTS, batchSize: 500 } as const;
    const tasks = values.map((value) => ({ ...base, ...taskOf(value) }));
    const medians = await measureHandlers(tasks, { rounds, warmUp: WARM_UP }, DYNAMODB_LATENCY_MS);
    return medians.map(({ cpuPerEvent, eventsPerSecond }, index) => ({
      at: values[index]!,
      cpuPerEvent,
      eventsPerSecond,
    }));
  };

const pipelines =
  (rateAt: (file: string, value: number) => Promise<number>): Axis['measure'] =>
  (values) =>
    withEventFile(PIPELINE_EVENTS, (file) =>
      byTurns(values, { rounds: 1 }, async (at) => ({ at, eventsPerSecond: await rateAt(file, at) })),
    );

const AWAY = `DynamoDB ${DYNAMODB_LATENCY_MS} ms away`;
const START = `npm start, ${count(PIPELINE_EVENTS)} events`;

export const AXES = {
  batch: {
    title: 'Events in a batch',
    of: `the function, events of 200 bytes, ${AWAY}`,
    full: [25, 100, 500, 2_500, 10_000],
    quick: [50, 500],
    measure: functions((batchSize) => ({ size: 'small', batchSize, events: Math.max(EVENTS, batchSize) })),
  },
  size: {
    title: 'Bytes of an event',
    of: `the function, ${AWAY}`,
    full: [200, 1_000, 4_000, 16_000, 64_000, 256_000],
    quick: [200, 4_000],
    measure: functions((size) => ({ size, events: Math.min(EVENTS, Math.ceil(BYTES / size)) })),
  },
  rows: {
    title: 'Rows of an event',
    of: `the function, processor indexing, ${AWAY}`,
    full: [1, 2, 5, 11, 21],
    quick: [1, 5],
    measure: functions((rows) => ({ rows, events: 1_500 })),
  },
  'in-flight': {
    title: 'Requests in flight',
    of: `the floor, batches of 500, ${AWAY}`,
    full: [1, 2, 4, 8, 16, 20],
    quick: [1, 8],
    measure: functions((inFlight) => ({ peer: 'floor', inFlight })),
  },
  groups: {
    title: 'Groups of a rollup',
    of: `rollups, batches of 1,000 changes, ${AWAY}`,
    full: [1, 10, 100, 1_000, 10_000, 100_000],
    quick: [1, 100],
    measure: (values, { rounds }) => measureGroups(values, rounds),
  },
  shards: {
    title: 'Shards',
    of: START,
    full: [1, 2, 4, 16, 64],
    quick: [1, 4],
    measure: pipelines((file, shards) => throughPipeline(file, PIPELINE_EVENTS, { shards })),
  },
  cores: {
    title: 'CPUs',
    of: START,
    full: [1, 2, 4, 8],
    quick: [1, 2],
    // Only Linux lets a command choose its CPUs.
    measure: (values, measuring) =>
      pipelines((file, cores) => throughPipeline(file, PIPELINE_EVENTS, { cores }))(
        values.filter((cores) => process.platform === 'linux' && cores <= availableParallelism()),
        measuring,
      ),
  },
  backlog: {
    title: 'Events that wait',
    of: 'npm start',
    full: [1_000, 10_000, 100_000],
    quick: [1_000],
    measure: (values) =>
      byTurns(values, { rounds: 1 }, async (at) => ({
        at,
        eventsPerSecond: await withEventFile(at, (file) => throughPipeline(file, at)),
      })),
  },
} satisfies Record<string, Axis>;

export type AxisName = keyof typeof AXES;

export interface GrowthExtent {
  /** Of the functions. `npm start` runs once at each value. */
  rounds: number;
  /** Which values of each axis. */
  values: 'full' | 'quick';
  /** Events in a row through the client, and invocations of the function, after which memory is looked at. */
  memoryEvents: number;
  invocations: number;
}

export interface GrowthResult {
  curves: Record<AxisName, Point[]>;
  clientMemory: ClientMemory;
  handlerMemory: HandlerMemory;
}

const measure = async ({ rounds, values, memoryEvents, invocations }: GrowthExtent): Promise<GrowthResult> => {
  const bundle = await bundleOf();
  const curves: Partial<GrowthResult['curves']> = {};
  for (const [name, axis] of Object.entries(AXES) as [AxisName, Axis][])
    curves[name] = await axis.measure(axis[values], { bundle, rounds });
  return {
    curves: curves as GrowthResult['curves'],
    clientMemory: await memoryOf(memoryEvents),
    handlerMemory: await memoryOfHandler(bundle, invocations / 10),
  };
};

/** A curve as a table that lies: a column for each value. */
const tableOf = (name: AxisName, points: readonly Point[]): Table => {
  const { title, of } = AXES[name];
  const rowOf = (row: string, of: (point: Point) => number | undefined, shown = figure): Row[] => {
    const values = points.map(of).filter((value) => value !== undefined);
    return values.length === 0 ? [] : [[row, ...values.map((value) => cell(value, shown))]];
  };
  return {
    name: `growth-${name}`,
    title: `${title}: ${of}`,
    headings: [title, ...points.map(({ at }) => count(at))],
    rows: [
      ...rowOf('µs CPU/event', ({ cpuPerEvent }) => cpuPerEvent),
      ...rowOf('events/s', ({ eventsPerSecond }) => eventsPerSecond, count),
    ],
  };
};

/** How cost and throughput change with what grows, and whether memory does not. */
export const growth: Section<GrowthExtent, GrowthResult> = {
  title: 'Growth: each curve to where it bends',
  once: true,
  full: { rounds: 2, values: 'full', memoryEvents: 5_000_000, invocations: 10_000 },
  quick: { rounds: 1, values: 'quick', memoryEvents: 40_000, invocations: 50 },
  measure,
  tables: ({ curves, clientMemory, handlerMemory }) => [
    ...(Object.entries(curves) as [AxisName, Point[]][]).map(([name, points]) => tableOf(name, points)),
    tableOfMemory('growth-client-memory', clientMemory),
    tableOfHeld('growth-handler-memory', handlerMemory),
  ],
  aims: ({ clientMemory, handlerMemory }) => [
    ...aimsOfMemory(`client, ${count(clientMemory.events)} events`, clientMemory),
    ...aimsOfHeld(`handler, ${count(handlerMemory.invocations * 10)} invocations`, handlerMemory),
  ],
};
