import { GetRecordsCommand, GetShardIteratorCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { openRecord } from '../../core/envelopes/index.ts';
import type { ServiceRetry } from '../service-retry.ts';
import { ReadPace, type ReadPaceOptions } from './read-pace.ts';

/** Where an event lies on a stream. */
interface EventPosition {
  stream: string;
  shardId: string;
  sequenceNumber: string;
  /** Its place among the events of the record, from 0, where the record holds several. */
  userRecord?: number;
}

/** What a record of one event holds. `undefined` where the stream does not hold it any more. Throws what Kinesis said. */
export type ReadPayload = (position: EventPosition, signal: AbortSignal) => Promise<Uint8Array | undefined>;

/** Replies without a record before the position counts as empty. A reply may be empty where the stream is not. */
const MAX_EMPTY_REPLIES = 25;

export interface PayloadReaderOptions extends ReadPaceOptions {
  kinesis: Pick<KinesisClient, 'send'>;
  retry: ServiceRetry;
}

/** Reads single events by their sequence numbers, one after the other. Those of a shard come together, so its pace is that of all. */
export const payloadReader = ({ kinesis, retry, ...options }: PayloadReaderOptions): ReadPayload => {
  const pace = new ReadPace(options);
  const iteratorAt = ({ stream, shardId, sequenceNumber }: EventPosition, signal: AbortSignal) => {
    const command = new GetShardIteratorCommand({
      StreamName: stream,
      ShardId: shardId,
      ShardIteratorType: 'AT_SEQUENCE_NUMBER',
      StartingSequenceNumber: sequenceNumber,
    });
    const ask = async (abortSignal: AbortSignal) => (await kinesis.send(command, { abortSignal })).ShardIterator;
    return retry(ask, signal).catch(unlessUnknown);
  };
  const firstFrom = async (start: string | undefined, signal: AbortSignal) => {
    let iterator = start;
    for (let replies = 0; iterator !== undefined && replies < MAX_EMPTY_REPLIES; replies += 1) {
      await pace.ready(signal);
      const command = new GetRecordsCommand({ ShardIterator: iterator, Limit: 1 });
      const answer = await retry((abortSignal) => kinesis.send(command, { abortSignal }), signal);
      const { Records = [], MillisBehindLatest, NextShardIterator } = answer;
      pace.read(Records);
      const [record] = Records;
      if (record) return record;
      iterator = MillisBehindLatest === 0 ? undefined : NextShardIterator;
    }
    return undefined;
  };
  return async (position, signal) => {
    const record = await firstFrom(await iteratorAt(position, signal), signal);
    // Where the record has expired, the iterator points to the oldest that has not.
    if (record?.SequenceNumber !== position.sequenceNumber) return undefined;
    const { userRecord } = position;
    return userRecord === undefined ? record.Data : openRecord(record.Data!).events[userRecord]?.putBack;
  };
};

/** A sequence number that the shard does not know: the shard, or the stream, is another one of the same name. */
const unlessUnknown = (error: unknown): undefined => {
  if (error instanceof Error && error.name === 'InvalidArgumentException') return undefined;
  throw error;
};
