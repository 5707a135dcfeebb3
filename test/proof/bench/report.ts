import type { ComparedPeers } from '../../../proof/bench/client.ts';
import type { ComparedHandlers } from '../../../proof/bench/handler.ts';
import type { Measurement, Results } from '../../../proof/bench/sections.ts';

const measured = <Result>(result: Result): [Measurement<Result>] => [
  {
    at: '2026-11-21T12:00:00.000Z',
    machine: { node: 'v24.0.0', cpu: 'some', cpus: 2 },
    quick: false,
    seconds: 60,
    result,
    aims: [],
  },
];

const handler = (name: string, cpuPerEvent: number, eventsPerSecond: number): ComparedHandlers['ours'] => ({
  name,
  cpuPerEvent,
  eventsPerSecond,
  seconds: 1,
});

const handlers = {
  batch: handler('one batch after another', 80, 2_000),
  powertools: handler('a request for each record', 500, 1_500),
  floor: handler('the floor & nothing <else>', 30, 20_000),
  ours: handler('ours', 45, 12_000),
};

const peer = (name: string, cpuPerEvent: number, eventsPerSecond: number): ComparedPeers['ours'] => ({
  ...handler(name, cpuPerEvent, eventsPerSecond),
  serverBusy: 0.1,
});

const peers = {
  single: peer('one at a time', 600, 100),
  batch: peer('500 at a time', 40, 10_000),
  floor: peer('the floor', 8, 90_000),
  ours: peer('ours', 10, 30_000),
};

const counter = (name: string, requestsPerThousand: number, changesPerSecond: number, off: number) => ({
  name,
  requestsPerThousand,
  cpu: requestsPerThousand,
  changesPerSecond,
  off,
});

const commands = {
  loop: { cpuPerEvent: 40, eventsPerSecond: 9_000, seconds: 1 },
  command: { cpuPerEvent: 50, eventsPerSecond: 50_000, seconds: 1 },
  failing: { cpuPerEvent: 60, eventsPerSecond: 30_000, seconds: 1 },
};

const MEGABYTE = 1_000_000;

const memory = {
  events: 1_000,
  seconds: 30,
  atStart: 90 * MEGABYTE,
  after: [100, 105, 108, 110].map((megabytes) => megabytes * MEGABYTE),
  max: 150 * MEGABYTE,
};

/** What a run of the benchmark might have found, in round figures. */
export const report: { [Name in keyof Results]: [Measurement<Results[Name]>] } = {
  handler: measured({
    events: 5_000,
    rounds: 9,
    batchSize: 500,
    latencyMs: 5,
    atOnce: handlers,
    withLatency: handlers,
    memory: { invocations: 100, after: { heap: 100, rss: 1_000 }, afterTenTimes: { heap: 105, rss: 1_200 } },
  }),
  processors: measured({
    events: 10_000,
    rounds: 9,
    byDefault: { tweets: { base: 20, cpu: 20.4, ratio: 1.02 } },
    uses: { clickstream: { base: 5, cpu: 6, ratio: 1.2 } },
    envelopes: { gzip: { base: 4, cpu: 10, ratio: 2.5 } },
  }),
  rollups: measured({
    rounds: 5,
    groups: 10,
    batchSize: 1_000,
    latencyMs: 5,
    lostAnswers: 0.05,
    peers: {
      add: counter('a request for each change', 1_000, 150, 0.05),
      atOnce: counter('all at once', 1_001, 1_000, -0.015),
      idempotent: counter('idempotent', 3_000, 400, 0.04),
      ours: counter('ours', 12.5, 15_000, 0),
    },
    manyGroups: { groups: 200, requestsPerThousand: 202, cpu: 90, changesPerSecond: 9_000 },
    start: { events: 10_000, starts: 3, with: 1_500, without: 2_000 },
  }),
  hostile: measured({
    records: 1_000,
    bytes: 1_000_000,
    ordinary: 20_000,
    worst: { lines: 2, 'empty objects': 5.5, noise: 1 },
  }),
  client: measured({
    events: { tweet: 20_000, small: 60_000 },
    rounds: 7,
    commandTimes: 3,
    shardSeconds: 5,
    memoryEvents: 1_000,
    latencyMs: 10,
    commands: { tweet: commands, small: commands },
    peers: { tweet: peers, small: peers },
    serverMaxima: { tweet: 200_000, small: 500_000 },
    shard: {
      plain: { events: 1, eventsPerSecond: 1_000, used: 0.97, refused: 0, records: 1 },
      aggregated: { events: 1, eventsPerSecond: 5_000, used: 0.96, refused: 0, records: 1 },
    },
    memory: memory,
  }),
  pipeline: measured({
    events: 10_000,
    rounds: 5,
    bytes: 2_000,
    ways: { bare: 4_000, sameWork: 3_000, pipeline: 2_000 },
  }),
  'cold-start': measured({
    rounds: 21,
    alone: { bytes: 290 * 1024, init: 40, first: 25, second: 3 },
    ours: { bytes: 300 * 1024, init: 44, first: 26, second: 3 },
    rollups: { bytes: 310 * 1024, init: 46, first: 30, second: 4 },
  }),
  growth: measured({
    curves: {
      batch: [
        { at: 25, cpuPerEvent: 80, eventsPerSecond: 2_500 },
        { at: 1_000, cpuPerEvent: 40, eventsPerSecond: 15_000 },
      ],
      size: [{ at: 200, cpuPerEvent: 20, eventsPerSecond: 30_000 }],
      rows: [{ at: 21, cpuPerEvent: 400, eventsPerSecond: 2_000 }],
      'in-flight': [{ at: 8, cpuPerEvent: 30, eventsPerSecond: 20_000 }],
      groups: [{ at: 100_000, cpuPerEvent: 300, eventsPerSecond: 1_234 }],
      shards: [{ at: 16, eventsPerSecond: 3_210 }],
      cores: [],
      backlog: [{ at: 100_000, eventsPerSecond: 3_456 }],
    },
    clientMemory: memory,
    handlerMemory: { invocations: 1_000, after: { heap: 100, rss: 1_000 }, afterTenTimes: { heap: 105, rss: 1_200 } },
  }),
};

/** The only run of each section. */
export const results = Object.fromEntries(
  Object.entries(report).map(([name, [{ result }]]) => [name, result]),
) as unknown as Results;
