import { DYNAMODB_LATENCY_MS, measureHandlers, withBundle } from './handler.ts';
import type { HandlerTask } from './handler-process.ts';
import { byTurns } from './measure.ts';
import { throughPipeline, withEventFile } from './pipeline.ts';
import { count, figure, type Section, table } from './section.ts';

export interface GrowthExtent {
  rounds: number;
  batchSizes: number[];
  /** Bytes of an event. */
  eventSizes: number[];
  /** Requests in flight at once. */
  inFlight: number[];
  shards: number[];
  /** Events that wait when the pipeline starts. */
  backlogs: number[];
}

/** A point of a curve: the value of what grows, and the rate at that value. */
export interface RatePoint {
  at: number;
  eventsPerSecond: number;
}

export interface CostPoint extends RatePoint {
  cpuPerEvent: number;
}

export interface GrowthResult {
  rounds: number;
  latencyMs: number;
  /** Of our handler, with DynamoDB a few milliseconds away. */
  batchSize: CostPoint[];
  eventSize: CostPoint[];
  /** Of the floor: its number of requests in flight can be chosen. */
  inFlight: CostPoint[];
  /** Of the pipeline on the emulators. */
  shards: RatePoint[];
  backlog: RatePoint[];
}

/** A round of the handler's curves: enough to be measured, and no more than fits into memory. */
const EVENTS = 3_000;
const BYTES = 16_000_000;
/** Of the curve of the shards. */
const PIPELINE_EVENTS = 10_000;

const measure = ({ rounds, ...extent }: GrowthExtent): Promise<GrowthResult> =>
  withBundle(async (bundle) => {
    const costs = async (values: readonly number[], taskOf: (value: number) => Partial<HandlerTask>) => {
      const base = { peer: 'ours', bundle, size: 'tweet', events: EVENTS, batchSize: 500 } as const;
      const tasks = values.map((value) => ({ ...base, ...taskOf(value) }));
      const medians = await measureHandlers(tasks, rounds, DYNAMODB_LATENCY_MS);
      return medians.map(({ cpuPerEvent, eventsPerSecond }, index) => ({
        at: values[index]!,
        cpuPerEvent,
        eventsPerSecond,
      }));
    };
    const rates = (values: readonly number[], rounds: number, rateAt: (value: number) => Promise<number>) =>
      byTurns(values, { rounds }, async (at) => ({ at, eventsPerSecond: await rateAt(at) }));
    return {
      rounds,
      latencyMs: DYNAMODB_LATENCY_MS,
      batchSize: await costs(extent.batchSizes, (batchSize) => ({ batchSize })),
      eventSize: await costs(extent.eventSizes, (size) => ({
        size,
        events: Math.min(EVENTS, Math.ceil(BYTES / size)),
      })),
      inFlight: await costs(extent.inFlight, (inFlight) => ({ peer: 'floor', inFlight })),
      shards: await withEventFile(PIPELINE_EVENTS, (file) =>
        rates(extent.shards, rounds, (shards) => throughPipeline(file, PIPELINE_EVENTS, shards)),
      ),
      backlog: await rates(extent.backlogs, 1, (events) =>
        withEventFile(events, (file) => throughPipeline(file, events)),
      ),
    };
  });

const show = ({ rounds, latencyMs, batchSize, eventSize, inFlight, shards, backlog }: GrowthResult): string[] => {
  const costs = (heading: string, points: readonly CostPoint[]): string[] =>
    table(
      [heading, 'µs CPU/event', 'events/s'],
      points.map(({ at, cpuPerEvent, eventsPerSecond }) => [count(at), figure(cpuPerEvent), count(eventsPerSecond)]),
    );
  const rates = (heading: string, points: readonly RatePoint[]): string[] =>
    table(
      [heading, 'events/s'],
      points.map(({ at, eventsPerSecond }) => [count(at), count(eventsPerSecond)]),
    );
  return [
    `The handler, DynamoDB ${latencyMs} ms away, medians of ${rounds} rounds`,
    ...costs('batch size', batchSize),
    '',
    ...costs('bytes of an event', eventSize),
    '',
    'The floor of the handler, batches of 500',
    ...costs('requests in flight', inFlight),
    '',
    'npm start on the emulators',
    ...rates('shards', shards),
    '',
    ...rates('events that wait', backlog),
  ];
};

/** How cost and throughput change with the settings of the template: the reasons for its defaults. */
export const growth: Section<GrowthExtent, GrowthResult> = {
  title: 'Growth: what the defaults of the template stand on',
  full: {
    rounds: 5,
    batchSizes: [25, 50, 100, 250, 500, 1_000],
    eventSizes: [200, 1_000, 4_000, 16_000, 64_000],
    inFlight: [1, 2, 4, 8, 16, 20],
    shards: [1, 2, 4, 8, 16],
    backlogs: [1_000, 10_000, 100_000],
  },
  quick: {
    rounds: 1,
    batchSizes: [50, 500],
    eventSizes: [200, 4_000],
    inFlight: [1, 8],
    shards: [1, 4],
    backlogs: [1_000],
  },
  measure,
  show,
  aims: () => [],
};
