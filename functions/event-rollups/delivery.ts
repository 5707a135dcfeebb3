import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { isObject, isText, shown } from '../../core/json.ts';

/**
 * What the function is invoked with. Lambda names the shard of a change stream only where its mapping has a tumbling window.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
 */
export interface ChangesEvent extends DynamoDBStreamEvent {
  shardId: string;
  isFinalInvokeForWindow?: boolean;
}

/** With a tumbling window an answer without a `state` is a failed invocation. The function keeps its state in its table. */
export interface Answer extends DynamoDBBatchResponse {
  state: Record<string, never>;
}

export interface Delivery {
  /** Of one shard of the change stream, in its order. */
  records: readonly DynamoDBRecord[];
  shard: string;
}

/**
 * Reads an invocation. The last one of a tumbling window brings no changes; AWS does not say whether its `Records` are an empty list or
 * absent, so it may be either.
 *
 * @throws {TypeError} where it is not an invocation for a shard of a change stream with both images
 */
export const readDelivery = (event: ChangesEvent): Delivery => {
  const { Records, shardId, isFinalInvokeForWindow }: Partial<ChangesEvent> = isObject(event) ? event : {};
  if (Records === undefined && isFinalInvokeForWindow) return { records: [], shard: shardOf(shardId) };
  if (!Array.isArray(Records))
    throw new TypeError('the event has no Records; expected an event of the change stream of a DynamoDB table');
  return { records: Records, shard: shardOf(shardId) };
};

const shardOf = (shardId: unknown): string => {
  if (isText(shardId) && !shardId.includes('#')) return shardId;
  throw new TypeError(
    `the shardId of the event is ${shown(shardId)}; expected the id of a shard. A mapping names it where its TumblingWindowInSeconds is not 0`,
  );
};

/**
 * Lambda delivers everything from the named change on again.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 *
 * @param unfinished the sequence number of the first change that must come again
 */
export const answer = (unfinished: string | undefined): Answer => ({
  state: {},
  batchItemFailures: unfinished === undefined ? [] : [{ itemIdentifier: unfinished }],
});
