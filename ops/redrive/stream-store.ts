import type { PutRecords } from '../../aws/kinesis.ts';
import { partitionKeyOf } from '../../core/source-event.ts';
import type { SetAsideEntry, SetAsideStore } from './set-aside.ts';
import { arrivalOf, type ReadOptions, readStreamRange, type ShardPage, type StreamRange } from './stream-records.ts';

export interface StreamStoreOptions extends Pick<ReadOptions, 'range' | 'kinesis' | 'isLocal' | 'retry' | 'clock'> {
  where: string;
}

/** The records that a stream still holds, to put them on it once more. */
export interface StreamStore extends SetAsideStore {
  range: StreamRange;
  /** Puts records, and notes where they lie: what this run has put is not read again. */
  watch: (put: PutRecords) => PutRecords;
  /**
   * From when on a next run has to read, milliseconds since 1970: everything that arrived before is on the stream again. Nothing
   * where the whole range is.
   */
  resumeSince: () => number | undefined;
}

/** How far one shard is. */
interface ShardProgress {
  /** Read and not put back, with the time of arrival of each, the first one first. */
  unsettled: Map<string, number>;
  /** When the last record that was read arrived. */
  lastRead: number | undefined;
  isRead: boolean;
}

/**
 * Records of which Lambda lost the failed batch are on the stream until they expire there, and no mapping goes back for them:
 * Lambda allows one mapping for a stream and a function. So they are read, and put on the stream once more, as they are:
 * an aggregated record stays one. A hash key that overrode the partition key is not known to a reader, so such a record may
 * come to another shard. The table's key removes the repeats.
 */
export const streamStore = (options: StreamStoreOptions): StreamStore => {
  const { range, where } = options;
  const shards = new Map<string, ShardProgress>();
  /** The first record that this run put on each shard. */
  const firstOwn = new Map<string, bigint>();
  const isOwn = (shardId: string, sequenceNumber: string): boolean => {
    const first = firstOwn.get(shardId);
    return first !== undefined && BigInt(sequenceNumber) >= first;
  };
  return {
    range,
    name: `the stream "${range.stream}"`,
    unit: 'record',
    permissions: 'kinesis:ListShards, kinesis:GetShardIterator and kinesis:GetRecords',
    where,
    entries: async function* (signal) {
      const onShards = (shardIds: readonly string[]): void => {
        for (const id of shardIds) shards.set(id, { unsettled: new Map(), lastRead: undefined, isRead: false });
      };
      const onEnd = (shardId: string): void => {
        shards.get(shardId)!.isRead = true;
      };
      for await (const page of readStreamRange({ ...options, isOwn, onShards, onEnd }, signal))
        for (const entry of entriesOf(page)) {
          const progress = shards.get(page.shardId)!;
          progress.lastRead = entry.setAsideAt;
          progress.unsettled.set(entry.name, entry.setAsideAt);
          yield entry;
        }
    },
    // Nothing is removed from a stream. What Kinesis took is settled.
    maxRemovals: 500,
    remove: async (names) => {
      for (const name of names) shards.get(shardOf(name))!.unsettled.delete(name);
    },
    watch: (put) => async (records, signal) => {
      const answers = await put(records, signal);
      for (const answer of answers) {
        if ('refused' in answer) continue;
        const sequenceNumber = BigInt(answer.sequenceNumber);
        const first = firstOwn.get(answer.shardId);
        if (first === undefined || sequenceNumber < first) firstOwn.set(answer.shardId, sequenceNumber);
      }
      return answers;
    },
    resumeSince: () => {
      const times = [...shards.values()].flatMap(({ unsettled, lastRead, isRead }) => {
        const [first] = unsettled.values();
        if (first !== undefined) return [first];
        return isRead ? [] : [lastRead ?? range.since];
      });
      if (times.length > 0) return Math.min(...times);
      return shards.size === 0 ? range.since : undefined;
    },
  };
};

const shardOf = (name: string): string => name.slice(0, name.indexOf(':'));

const entriesOf = ({ shardId, records }: ShardPage): SetAsideEntry[] =>
  records.map((record) => {
    const data = record.Data!;
    return {
      name: `${shardId}:${record.SequenceNumber}`,
      reason: shardId,
      detail: `${data.length} bytes`,
      setAsideAt: arrivalOf(record),
      size: 1,
      events: async () => [{ partitionKey: partitionKeyOf(record.PartitionKey, data), data }],
    };
  });
