import type { Random } from '../../../core/random.ts';
import { exception, type Operation, THROTTLED } from './answer.ts';
import type { Counters } from './null-server-options.ts';
import { type ScannedRecord, scanRecords } from './scan-records.ts';
import { ShardLimit, type ShardRate } from './shard-limit.ts';
import { shardIdOf, shardOf } from './shard-of.ts';

export interface NullKinesisOptions {
  shards: number;
  refusedShare: number;
  shardRate?: ShardRate;
  random: Random;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
  counters: Pick<Counters, 'records' | 'recordBytes' | 'refused'>;
}

/** A sequence number has 56 digits; those at its end rise. */
const SEQUENCE_START = '4966';
const SEQUENCE_DIGITS = 56;
const COUNTED_DIGITS = 12;
const SEQUENCE_PREFIX = SEQUENCE_START.padEnd(SEQUENCE_DIGITS - COUNTED_DIGITS, '0');

const ACCOUNT = '000000000000';

/**
 * The operations of a Kinesis that keeps nothing: every stream is there, and has the same shards.
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
 */
export const nullKinesis = (options: NullKinesisOptions): Record<'PutRecord' | 'PutRecords', Operation> => {
  const { shards, refusedShare, shardRate, random, now, counters } = options;
  const limits = shardRate ? Array.from({ length: shards }, () => new ShardLimit(shardRate, now())) : undefined;
  const shardIds = Array.from({ length: shards }, (_, shard) => shardIdOf(shard));
  let sequence = 0;

  /** The two fields of a record that was taken, as JSON; `refused` is the shard of one that was not. */
  const put = ({ partitionKey, explicitHashKey, bytes }: ScannedRecord, at: number): string | { refused: string } => {
    const shard = shardOf(partitionKey, shards, explicitHashKey);
    const isRefused = (refusedShare > 0 && random() < refusedShare) || limits?.[shard]?.take(bytes, at) === false;
    counters[isRefused ? 'refused' : 'records'] += 1;
    if (isRefused) return { refused: shardIds[shard]! };
    counters.recordBytes += bytes;
    sequence += 1;
    const digits = SEQUENCE_PREFIX + String(sequence).padStart(COUNTED_DIGITS, '0');
    return `{"SequenceNumber":"${digits}","ShardId":"${shardIds[shard]}"}`;
  };

  return {
    PutRecord: (body) => {
      const { stream, records } = scanRecords(body);
      const reply = put(records[0]!, now());
      return typeof reply === 'string'
        ? { status: 200, body: reply }
        : exception(THROTTLED, rateExceeded(reply.refused, stream));
    },
    PutRecords: (body) => {
      const { stream, records } = scanRecords(body);
      const at = now();
      let failed = 0;
      const replies = records.map((record) => {
        const reply = put(record, at);
        if (typeof reply === 'string') return reply;
        failed += 1;
        return JSON.stringify({ ErrorCode: THROTTLED, ErrorMessage: rateExceeded(reply.refused, stream) });
      });
      return { status: 200, body: `{"FailedRecordCount":${failed},"Records":[${replies.join(',')}]}` };
    },
  };
};

const rateExceeded = (shardId: string, stream: string): string =>
  `Rate exceeded for shard ${shardId} in stream ${stream} under account ${ACCOUNT}.`;
