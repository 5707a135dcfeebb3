import { KB, ON_DEMAND_STREAM, PUT_PAYLOAD_UNIT_BYTES, SHARD } from '../../core/limits.ts';
import { AGGREGATE } from './assumptions.ts';

/** Events, as they come from the source. */
export interface Flow {
  /** Events a second, on average. */
  rate: number;
  /** Events a second, at most. */
  peak: number;
  /** Bytes of an event, its partition key included. */
  size: number;
  /** Processes that send at once, each of them to all shards. Events of two of them never share a record. */
  clients: number;
}

/** One way to carry a flow: how the stream is billed, and whether events share records. */
export interface Way {
  mode: 'provisioned' | 'on-demand';
  aggregate: boolean;
}

/** Records a second that a client makes of the events of one shard: one each time that it does not wait any longer. */
const SHARED_PER_SHARD = 1_000 / AGGREGATE.lingerMs;

/** Whether two events fit into one record; otherwise `--aggregate` changes nothing. */
export const canShare = (size: number): boolean =>
  2 * (size + AGGREGATE.bytesPerEvent) + AGGREGATE.bytesPerRecord <= AGGREGATE.maxBytes;

/** What a flow is on the stream, carried in this way. */
export const carry = ({ rate, peak, size, clients }: Flow, { mode, aggregate }: Way) => {
  const shares = aggregate && canShare(size);
  const eventBytes = shares ? size + AGGREGATE.bytesPerEvent : size;
  const shardsByBytes = Math.ceil((peak * eventBytes) / SHARD.bytes);
  const sharedPerShard = SHARED_PER_SHARD * clients;
  // As long as a shard takes all that the clients make of its events, one is enough.
  const shardsByRecords = shares && sharedPerShard <= SHARD.records ? 1 : Math.ceil(peak / SHARD.records);
  const needed = Math.max(1, shardsByRecords, shardsByBytes);
  const shards =
    mode === 'provisioned' ? needed : Math.max(ON_DEMAND_STREAM.leastShards, ON_DEMAND_STREAM.headroom * needed);
  const recordsPerSecond = shares ? Math.min(rate, shards * sharedPerShard) : rate;
  // Exactly one event where none share: a hair above a whole unit would be billed as another.
  const recordBytes = (rate / recordsPerSecond) * eventBytes + (shares ? AGGREGATE.bytesPerRecord : 0);
  const bytesPerSecond = recordsPerSecond * recordBytes;
  const unitsPerSecond = recordsPerSecond * Math.ceil(recordBytes / PUT_PAYLOAD_UNIT_BYTES);
  return {
    mode,
    aggregate,
    /** Shards that the peak needs, by each of a shard's two limits. */
    shardsByRecords,
    shardsByBytes,
    /** Shards that there are: as many as are needed, or what on-demand mode keeps ready. */
    shards,
    recordsPerSecond,
    bytesPerSecond,
    /** Bytes of a record, on average. */
    recordBytes,
    /** PUT payload units of 25 KB. */
    unitsPerSecond,
    /** Bytes that on-demand mode bills for a record: whole KB, so half a KB too many where the sizes differ. */
    billedBytes: shares ? recordBytes + KB / 2 : Math.ceil(recordBytes / KB) * KB,
  };
};

export type Carried = ReturnType<typeof carry>;
