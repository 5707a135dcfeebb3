import {
  KinesisClient,
  ListShardsCommand,
  type ListShardsCommandOutput,
  PutRecordsCommand,
  type PutRecordsOutput,
  type Shard,
} from '@aws-sdk/client-kinesis';
import { defined } from '../core/defined.ts';
import { isText } from '../core/json.ts';
import type { SourceEvent } from '../core/source-event.ts';
import { awsClient, type ClientOptions } from './client.ts';
import { ForeignAnswerError } from './foreign-answer.ts';
import { preparedCalls } from './prepared-calls.ts';
import { putRecordsBody } from './put-records-body.ts';

/** Everything the producer needs of Kinesis: an answer for each record, in their order. Throws if the whole call failed. */
export type PutRecords = (
  records: readonly Pick<SourceEvent, 'partitionKey' | 'data'>[],
  signal: AbortSignal,
) => Promise<(Taken | { refused: string })[]>;

/** Where a record is. */
export interface Taken {
  shardId: string;
  sequenceNumber: string;
}

/** A client of Kinesis that makes each call once: the producer retries. */
export const kinesisClient = ({ region, endpoint, credentials }: Omit<ClientOptions, 'maxAttempts'>): KinesisClient =>
  awsClient(KinesisClient, { maxAttempts: 1, ...defined({ region, endpoint, credentials }) });

/** PutRecords on one stream. Kinesis answers for each record, in the order of the request. */
export const putRecordsTo = (client: Pick<KinesisClient, 'send'>, stream: string): PutRecords => {
  const put = preparedCalls(client, new PutRecordsCommand({ StreamName: stream, Records: [] }));
  return async (records, signal) => {
    const answer = (await put(putRecordsBody(stream, records), signal)) as Partial<PutRecordsOutput> | null;
    const Records = answer?.Records;
    if (!Array.isArray(Records)) throw new ForeignAnswerError('the endpoint', 'Kinesis', 200);
    return records.map((_, index) => {
      const { ShardId, SequenceNumber, ErrorCode, ErrorMessage } = Records[index] ?? {};
      // The fields of the other kind are absent; kinesis-mock has null there.
      return isText(ShardId) && isText(SequenceNumber)
        ? { shardId: ShardId, sequenceNumber: SequenceNumber }
        : { refused: `${ErrorCode ?? 'no answer'}: ${ErrorMessage ?? 'Kinesis did not say why'}` };
    });
  };
};

/**
 * All shards of a stream. https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListShards.html
 *
 * @param send makes one call
 */
export const listShards = async (
  stream: string,
  send: (page: ListShardsCommand) => Promise<ListShardsCommandOutput>,
): Promise<Shard[]> => {
  const shards: Shard[] = [];
  let next: string | undefined;
  do {
    // A token stands for the stream too, which must not be named again.
    const page = await send(new ListShardsCommand(next === undefined ? { StreamName: stream } : { NextToken: next }));
    shards.push(...(page.Shards ?? []));
    next = page.NextToken;
  } while (next !== undefined);
  return shards;
};
