import { eventsOf } from '../events.ts';
import { measure } from '../measure.ts';
import { KINESIS_SHARD } from '../null-server/shard-limit.ts';
import { startNullServer } from '../null-server/start.ts';
import { clientAt, produceEvents } from './produce-events.ts';

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

/**
 * Small events through a shard that holds to the limits of Kinesis: 1,000 records and 1 MiB a second.
 *
 * @param aggregate whether events share records
 * @param seconds about how long it may take
 */
export const throughOneShard = async (aggregate: boolean, seconds: number): Promise<OneShard> => {
  const perSecond = aggregate ? KINESIS_SHARD.bytesPerSecond / BYTES_AGGREGATED : KINESIS_SHARD.recordsPerSecond;
  const count = Math.round((seconds + BURST_SECONDS) * perSecond);
  const events = eventsOf('small', count);
  const server = await startNullServer({ latencyMs: LATENCY_MS, shardRate: KINESIS_SHARD });
  const client = clientAt(server.endpoint);
  try {
    const { seconds: took } = await measure(count, () => produceEvents(events, client, { aggregate }));
    const { records, recordBytes, refused } = await server.counters();
    const { recordsPerSecond, bytesPerSecond } = KINESIS_SHARD;
    const shardSeconds = Math.max(records / recordsPerSecond, recordBytes / bytesPerSecond);
    const afterBurst = 1 - BURST_SECONDS / shardSeconds;
    const eventsPerSecond = (count * afterBurst) / took;
    const used = (shardSeconds - BURST_SECONDS) / took;
    return { events: count, eventsPerSecond, used, refused, records };
  } finally {
    client.destroy();
    await server.stop();
  }
};

const LATENCY_MS = 10;
/** What a shard that has rested takes at once, in seconds of its rate. */
const BURST_SECONDS = 1;
/** Of an event of 200 bytes and its key, about, in a record that it shares. */
const BYTES_AGGREGATED = 220;
