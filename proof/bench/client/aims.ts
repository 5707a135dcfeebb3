import type { Aim } from '../aims.ts';
import type { Compared } from './compare.ts';
import type { Memory } from './memory.ts';
import type { OneShard } from './one-shard.ts';
import type { ClientResult } from './run.ts';
import { SIZES } from './sizes.ts';

const MEGABYTE = 1_000_000;

/** The ratios of one size of events. */
export const aimsOfPeers = (size: string, { single, batch, floor, ours }: Compared): Aim[] => [
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

/** Small events fill a shard by their number alone, and by their bytes where they share records. */
export const aimsOfShard = ({ plain, aggregated }: Record<'plain' | 'aggregated', OneShard>): Aim[] => [
  { name: 'client, one shard: how much of it is used', found: plain.used, atLeast: 0.9 },
  { name: 'client, one shard, aggregated: how much of it is used', found: aggregated.used, atLeast: 0.9 },
  {
    name: 'client, one shard: events/s, aggregated to not',
    found: aggregated.eventsPerSecond / plain.eventsPerSecond,
    atLeast: 4,
  },
];

export const aimsOfMemory = ({ max, after }: Memory): Aim[] => [
  { name: 'client, memory: largest RSS, MB', found: max / MEGABYTE, atMost: 200 },
  { name: 'client, memory: after 100 % to after 25 %', found: after.at(-1)! / after[0]!, atMost: 1.25 },
];

export const aimsOfClient = ({ peers, shard, memory }: ClientResult): Aim[] => [
  ...SIZES.flatMap(({ size, name }) => aimsOfPeers(name, peers[size])),
  ...aimsOfShard(shard),
  ...aimsOfMemory(memory),
];
