import type { ClientExtent } from './client/run.ts';
import type { ColdStartExtent } from './cold-start/run.ts';
import type { GrowthExtent } from './growth/run.ts';
import type { HandlerExtent } from './handler/run.ts';
import type { PipelineExtent } from './pipeline/run.ts';

/** How much of everything is measured. */
export interface Extents {
  handler: HandlerExtent;
  client: ClientExtent;
  pipeline: PipelineExtent;
  'cold-start': ColdStartExtent;
  growth: GrowthExtent;
}

export const FULL: Extents = {
  handler: { events: 5_000, rounds: 9, invocations: 100 },
  client: { events: { tweet: 20_000, small: 60_000 }, rounds: 7, shardSeconds: 5, memoryEvents: 1_000_000 },
  pipeline: {
    runs: [
      { events: 10_000, rounds: 5 },
      { events: 100_000, rounds: 3 },
    ],
  },
  'cold-start': { rounds: 21 },
  growth: {
    rounds: 5,
    batchSizes: [25, 50, 100, 250, 500, 1_000],
    eventSizes: [200, 1_000, 4_000, 16_000, 64_000],
    inFlight: [1, 2, 4, 8, 16, 20],
    shards: [1, 2, 4, 8, 16],
    backlogs: [1_000, 10_000, 100_000],
  },
};

/** For a look in between: all of it in less than a minute, with less certain figures. */
export const QUICK: Extents = {
  handler: { events: 1_000, rounds: 3, invocations: 5 },
  client: { events: { tweet: 4_000, small: 8_000 }, rounds: 2, shardSeconds: 1.5, memoryEvents: 40_000 },
  pipeline: { runs: [{ events: 10_000, rounds: 1 }] },
  'cold-start': { rounds: 3 },
  growth: {
    rounds: 1,
    batchSizes: [50, 500],
    eventSizes: [200, 4_000],
    inFlight: [1, 8],
    shards: [1, 4],
    backlogs: [1_000],
  },
};
