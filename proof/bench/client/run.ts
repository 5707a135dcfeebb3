import { type Compared, comparePeers } from './compare.ts';
import { type Memory, memoryOf } from './memory.ts';
import { type OneShard, throughOneShard } from './one-shard.ts';
import { serverMaximum } from './server-maximum.ts';
import type { ClientSize } from './sizes.ts';

export interface ClientExtent {
  events: Record<ClientSize, number>;
  rounds: number;
  /** About how long the one shard is under load. */
  shardSeconds: number;
  memoryEvents: number;
}

export interface ClientResult extends ClientExtent {
  latencyMs: number;
  peers: Record<ClientSize, Compared>;
  /** Events a second that the null server could take if its clients cost nothing. */
  serverMaxima: Record<ClientSize, number>;
  shard: Record<'plain' | 'aggregated', OneShard>;
  memory: Memory;
}

const LATENCY_MS = 10;

/** The client beside its peers: events a second, processor time, how much of a shard it uses, and its memory. */
export const runClient = async (extent: ClientExtent): Promise<ClientResult> => {
  const { events, rounds, shardSeconds, memoryEvents } = extent;
  const compare = (size: ClientSize): Promise<Compared> =>
    comparePeers({ size, events: events[size], rounds, latencyMs: LATENCY_MS });
  const serverMaxima = {
    tweet: await serverMaximum('tweet', events.tweet),
    small: await serverMaximum('small', events.small),
  };
  const peers = { tweet: await compare('tweet'), small: await compare('small') };
  const shard = {
    plain: await throughOneShard(false, shardSeconds),
    aggregated: await throughOneShard(true, shardSeconds),
  };
  return { ...extent, latencyMs: LATENCY_MS, peers, serverMaxima, shard, memory: await memoryOf(memoryEvents) };
};
