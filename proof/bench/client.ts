import { aimsOfCommand, type ComparedCommands, compareCommands, tableOfCommands } from './client-command.ts';
import { aimsOfMemory, memoryOf, tableOfMemory } from './client-memory.ts';
import type { ClientMemory } from './client-memory-process.ts';
import { clientAt, floorAt, type PeerName, peersAt, produceEvents } from './client-peers.ts';
import { eventsOf } from './events.ts';
import { byTurns, expectArrived, type Measured, measure } from './measure.ts';
import { KINESIS_SHARD } from './null-server/shard.ts';
import { withNullServer } from './null-server/start.ts';
import { type Aim, cell, count, percent, type Row, type Section, type Table } from './section.ts';

/** The events that clients are measured with. */
export const SIZES = [
  { size: 'tweet', name: 'tweets of 2 to 4 KB' },
  { size: 'small', name: 'events of 200 bytes' },
] as const;

type ClientSize = (typeof SIZES)[number]['size'];

export interface ClientExtent {
  events: Record<ClientSize, number>;
  /** A command gets so many times as many: its figures are those of a whole process, and its start shall not decide them. */
  commandTimes: number;
  rounds: number;
  /** About how long the one shard is under load. */
  shardSeconds: number;
  memoryEvents: number;
}

/** `serverBusy`: for which share of the time the null server's process was busy. Near 1 the server was measured. */
export type ComparedPeers = Record<PeerName, Measured & { name: string; serverBusy: number }>;

export interface OneShard {
  events: number;
  /** Without those of the burst that a shard takes at first. */
  eventsPerSecond: number;
  /** Which share of what the shard could take in that time it took; 1 is all. */
  used: number;
  /** Records that the shard refused, and those that it took. */
  refused: number;
  records: number;
}

export interface ClientResult extends ClientExtent {
  latencyMs: number;
  peers: Record<ClientSize, ComparedPeers>;
  commands: Record<ClientSize, ComparedCommands>;
  /** Events a second that the null server could take if its clients cost nothing. */
  serverMaxima: Record<ClientSize, number>;
  shard: Record<'plain' | 'aggregated', OneShard>;
  memory: ClientMemory;
}

const LATENCY_MS = 10;

/** One after the other. */
const ofEachSize = async <T>(of: (size: ClientSize) => Promise<T>): Promise<Record<ClientSize, T>> => ({
  tweet: await of('tweet'),
  small: await of('small'),
});

/** The peers by turns, with the same events. @throws where not every event arrived */
const compare = (size: ClientSize, events: number, rounds: number): Promise<ComparedPeers> =>
  withNullServer({ latencyMs: LATENCY_MS }, async ({ endpoint, counters }) => {
    const all = eventsOf(size, events);
    const peers = peersAt(endpoint);
    try {
      const medians = await byTurns(Object.values(peers), { rounds, warmUp: 1 }, async ({ name, put, share }) => {
        const some = all.slice(0, Math.ceil(events * share));
        const before = await counters();
        const measured = await measure(some.length, () => put(some));
        const { records, cpuMicros } = await counters();
        expectArrived(records - before.records, some.length, `records of "${name}"`);
        return { ...measured, serverBusy: (cpuMicros - before.cpuMicros) / 1e6 / measured.seconds };
      });
      return Object.fromEntries(
        Object.entries(peers).map(([peer, { name }], index) => [peer, { name, ...medians[index] }]),
      ) as ComparedPeers;
    } finally {
      for (const { close } of Object.values(peers)) close();
    }
  });

/**
 * How many records a second the null server could take if its clients cost nothing, by its CPU time for each of them. A
 * peer that comes near it is not what was measured.
 */
const serverMaximum = (size: ClientSize, count: number): Promise<number> =>
  withNullServer({}, async ({ endpoint, counters }) => {
    const { put, close } = floorAt(endpoint);
    try {
      const events = eventsOf(size, count);
      await put(events);
      const before = await counters();
      await put(events);
      return count / (((await counters()).cpuMicros - before.cpuMicros) / 1e6);
    } finally {
      close();
    }
  });

/** What a shard that has rested takes at once, in seconds of its rate. */
const BURST_SECONDS = 1;
/** Of an event of 200 bytes and its key, about, in a record that it shares. */
const BYTES_AGGREGATED = 220;

/**
 * Small events through a shard with the limits of Kinesis: 1,000 records and 1 MiB a second.
 *
 * @param aggregate whether events share records
 * @param seconds about how long it may take
 */
const throughOneShard = (aggregate: boolean, seconds: number): Promise<OneShard> =>
  withNullServer({ latencyMs: LATENCY_MS, shardRate: KINESIS_SHARD }, async ({ endpoint, counters }) => {
    const { recordsPerSecond, bytesPerSecond } = KINESIS_SHARD;
    const perSecond = aggregate ? bytesPerSecond / BYTES_AGGREGATED : recordsPerSecond;
    const events = Math.round((seconds + BURST_SECONDS) * perSecond);
    const client = clientAt(endpoint);
    try {
      const { seconds: took } = await measure(events, () =>
        produceEvents(eventsOf('small', events), client, { aggregate }),
      );
      const { records, recordBytes, refused } = await counters();
      const shardSeconds = Math.max(records / recordsPerSecond, recordBytes / bytesPerSecond);
      const afterBurst = 1 - BURST_SECONDS / shardSeconds;
      const eventsPerSecond = (events * afterBurst) / took;
      return { events, eventsPerSecond, used: (shardSeconds - BURST_SECONDS) / took, refused, records };
    } finally {
      client.destroy();
    }
  });

const tables = ({
  events,
  commandTimes,
  rounds,
  latencyMs,
  peers,
  commands,
  serverMaxima,
  shard,
  memory,
}: ClientResult): Table[] => [
  ...SIZES.flatMap(({ size, name }) => [
    {
      name: `client-${size}`,
      title: `${name}, ${latencyMs} ms away, median of ${rounds} rounds of ${count(events[size])}; the null server could take ${count(serverMaxima[size])} a second`,
      headings: ['', 'µs CPU/event', 'events/s', 'server busy'],
      rows: Object.values(peers[size]).map(
        (peer): Row => [
          peer.name,
          cell(peer.cpuPerEvent),
          cell(peer.eventsPerSecond, count),
          cell(peer.serverBusy, percent),
        ],
      ),
    },
    tableOfCommands(`command-${size}`, `${count(events[size] * commandTimes)} ${name}`, commands[size]),
  ]),
  {
    name: 'client-shard',
    title: 'One shard, which takes 1,000 records and 1 MiB a second, events of 200 bytes',
    headings: ['', 'events/s', 'of the shard', 'records', 'refused'],
    rows: Object.entries(shard).map(([name, { eventsPerSecond, used, records, refused }]) => [
      name,
      cell(eventsPerSecond, count),
      cell(used, percent),
      cell(records, count),
      cell(refused, count),
    ]),
  },
  tableOfMemory('client-memory', memory),
];

/** The ratios of one size of events. */
const aimsOfPeers = (size: string, { single, batch, floor, ours }: ComparedPeers): Aim[] => [
  {
    name: `client, ${size}: events/s, ours to one at a time`,
    found: ours.eventsPerSecond / single.eventsPerSecond,
    atLeast: 200,
  },
  {
    name: `client, ${size}: events/s, ours to 500 at a time`,
    found: ours.eventsPerSecond / batch.eventsPerSecond,
    atLeast: 2,
  },
  { name: `client, ${size}: CPU, ours to the floor`, found: ours.cpuPerEvent / floor.cpuPerEvent, atMost: 1.5 },
];

/** The client next to its peers, how much of a shard it uses, and its memory. */
export const client: Section<ClientExtent, ClientResult> = {
  title: 'Client: onto a stream',
  full: {
    events: { tweet: 20_000, small: 60_000 },
    commandTimes: 3,
    rounds: 3,
    shardSeconds: 4,
    memoryEvents: 500_000,
  },
  quick: {
    events: { tweet: 4_000, small: 8_000 },
    commandTimes: 2,
    rounds: 2,
    shardSeconds: 1.5,
    memoryEvents: 40_000,
  },
  measure: async (extent) => {
    const { events, commandTimes, rounds, shardSeconds, memoryEvents } = extent;
    const serverMaxima = await ofEachSize((size) => serverMaximum(size, events[size]));
    const peers = await ofEachSize((size) => compare(size, events[size], rounds));
    const extents = { rounds, latencyMs: LATENCY_MS };
    const commands = await ofEachSize((size) => compareCommands(size, events[size] * commandTimes, extents));
    const shard = {
      plain: await throughOneShard(false, shardSeconds),
      aggregated: await throughOneShard(true, shardSeconds),
    };
    const memory = await memoryOf(memoryEvents);
    return { ...extent, latencyMs: LATENCY_MS, peers, commands, serverMaxima, shard, memory };
  },
  tables,
  // Small events fill a shard by their number, and by their bytes where they share records.
  aims: ({ peers, commands, shard: { plain, aggregated }, memory }) => [
    ...SIZES.flatMap(({ size, name }) => [
      ...aimsOfPeers(name, peers[size]),
      ...aimsOfCommand(name, commands[size], peers[size].single),
    ]),
    { name: 'client, one shard: how much of it is used', found: plain.used, atLeast: 0.9 },
    { name: 'client, one shard, aggregated: how much of it is used', found: aggregated.used, atLeast: 0.9 },
    {
      name: 'client, one shard: events/s, aggregated to not',
      found: aggregated.eventsPerSecond / plain.eventsPerSecond,
      atLeast: 4,
    },
    ...aimsOfMemory('client', memory),
  ],
};
