import { bundleInTemporaryFolder } from '../../../local/lambda/bundle.ts';
import { localStack } from '../../../local/stack.ts';
import { medians, roundOf, startHandler } from '../handler/compare.ts';
import type { HandlerTask } from '../handler/process.ts';
import type { Measured } from '../measure.ts';
import { medianOf } from '../median.ts';
import { startNullServer } from '../null-server/start.ts';
import { throughPipeline, withEventFile } from '../pipeline/through-pipeline.ts';

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

/** What was measured where something grows: the something, and what it costs or brings then. */
export interface Point {
  at: number;
  cpuPerEvent: number;
  eventsPerSecond: number;
}

export interface GrowthResult {
  rounds: number;
  latencyMs: number;
  /** Of our handler, with DynamoDB a few milliseconds away. */
  batchSize: Point[];
  eventSize: Point[];
  /** Of the floor, whose requests in flight are ours to choose. */
  inFlight: Point[];
  /** Of the pipeline on the emulators. */
  shards: Omit<Point, 'cpuPerEvent'>[];
  backlog: Omit<Point, 'cpuPerEvent'>[];
}

const LATENCY_MS = 5;
const BATCH_SIZE = 500;
/** A round of the handler's curves: enough to be measured, and not more than a machine holds in memory. */
const EVENTS = 3_000;
const BYTES = 16_000_000;
/** Of the curve of the shards. */
const PIPELINE_EVENTS = 10_000;

/** How cost and throughput go with the knobs of the template: what its defaults stand on. */
export const runGrowth = async (extent: GrowthExtent): Promise<GrowthResult> => {
  const { rounds } = extent;
  const { path: bundle, remove } = await bundleInTemporaryFolder(localStack());
  try {
    const base: Omit<HandlerTask, 'endpoint'> = {
      peer: 'ours',
      bundle,
      size: 'tweet',
      events: EVENTS,
      batchSize: BATCH_SIZE,
    };
    const batchSize = await curve(extent.batchSizes, rounds, (batchSize) => ({ ...base, batchSize }));
    const eventSize = await curve(extent.eventSizes, rounds, (size) => ({
      ...base,
      size,
      events: Math.min(EVENTS, Math.ceil(BYTES / size)),
    }));
    const inFlight = await curve(extent.inFlight, rounds, (inFlight) => ({ ...base, peer: 'floor', inFlight }));
    const shards = await withEventFile(PIPELINE_EVENTS, (file) =>
      pipelineCurve(extent.shards, rounds, (shards) => throughPipeline(file, PIPELINE_EVENTS, shards)),
    );
    const backlog = await pipelineCurve(extent.backlogs, 1, (events) =>
      withEventFile(events, (file) => throughPipeline(file, events)),
    );
    return { rounds, latencyMs: LATENCY_MS, batchSize, eventSize, inFlight, shards, backlog };
  } finally {
    await remove();
  }
};

/** One process for each point, by turns in each round. The first two rounds warm them up. */
const curve = async (
  values: readonly number[],
  rounds: number,
  taskOf: (value: number) => Omit<HandlerTask, 'endpoint'>,
): Promise<Point[]> => {
  const server = await startNullServer({ latencyMs: LATENCY_MS });
  const points = values.map((at) => ({
    at,
    handler: startHandler({ ...taskOf(at), endpoint: server.endpoint }),
    results: [] as Measured[],
  }));
  try {
    for (let round = -2; round < rounds; round += 1)
      for (const { handler, results } of points) {
        const result = await roundOf(handler, server);
        if (round >= 0) results.push(result);
      }
    return points.map(({ at, results }) => {
      const { cpuPerEvent, eventsPerSecond } = medians(results);
      return { at, cpuPerEvent, eventsPerSecond };
    });
  } finally {
    await Promise.all(points.map(({ handler }) => handler.stop()));
    await server.stop();
  }
};

const pipelineCurve = async (
  values: readonly number[],
  rounds: number,
  rateAt: (value: number) => Promise<number>,
): Promise<Omit<Point, 'cpuPerEvent'>[]> => {
  const points = values.map((at) => ({ at, rates: [] as number[] }));
  for (let round = 0; round < rounds; round += 1) for (const { at, rates } of points) rates.push(await rateAt(at));
  return points.map(({ at, rates }) => ({ at, eventsPerSecond: medianOf(rates) }));
};
