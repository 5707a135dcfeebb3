import { BatchGetItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { preparedCalls } from '../../aws/prepared-calls.ts';
import { isRetryable } from '../../aws/service-error.ts';
import type { Item } from '../../aws/wire-value.ts';
import { fullJitter, retry } from '../../core/retry.ts';
import type { PartKey } from '../../core/rollups/keys.ts';
import type { Part } from '../../core/rollups/part.ts';
import { windowTimes } from '../../core/rollups/window.ts';
import type { RetryPolicy } from '../retry-policy.ts';
import { keyItem, partItem, partOf } from './part-item.ts';

/** All that is needed of the table of rollups. A call is made again until it succeeds, is refused for good, or the time is over. */
export interface PartStore {
  /**
   * Reads parts as the last write left them.
   *
   * @param keys 1 to {@link BATCH_GET_ITEM_KEYS}, each of them once
   * @returns a part for each key, or nothing where there is none
   */
  read: (keys: readonly PartKey[]) => Promise<(Part | undefined)[]>;
  /**
   * Writes a part in place of the one that was read.
   *
   * @param seen `through` of the part that was read. Absent where there was none
   * @returns false where the part is another by now: nothing was written
   */
  write: (key: PartKey, part: Part, seen: string | undefined) => Promise<boolean>;
  /** How often a call was made again so far. */
  retries: () => number;
}

export interface PartTable {
  name: string;
  /** Days after the end of its window after which DynamoDB deletes a part. Without it parts are kept. */
  retentionDays?: number;
}

/** Opens the table of rollups for one invocation. @param signal ends all calls */
export const partStore = (
  client: Pick<DynamoDBClient, 'send'>,
  { name, retentionDays }: PartTable,
  { backoff, clock }: RetryPolicy,
  signal: AbortSignal,
): PartStore => {
  let retries = 0;
  const batchGetItem = preparedCalls(client, new BatchGetItemCommand({ RequestItems: {} }), signal);
  const putItem = preparedCalls(client, new PutItemCommand({ TableName: name, Item: {} }), signal);
  const retried = <T>(call: () => Promise<T>): Promise<T> => {
    const waitAfter = (error: unknown, failures: number): number => {
      if (!(error instanceof UnprocessedKeysError) && !isRetryable(error)) throw error;
      retries += 1;
      return fullJitter(backoff, failures, clock.random());
    };
    const callUnlessOver = (): Promise<T> => {
      signal.throwIfAborted();
      return call();
    };
    return retry(callUnlessOver, { clock, signal, waitAfter });
  };

  return {
    read: async (keys) => {
      const found = new Map<string, Part>();
      let left = keys.map(keyItem);
      await retried(async () => {
        // A part that was written just now must be seen, or its next write would fail again.
        const request = { RequestItems: { [name]: { Keys: left, ConsistentRead: true } } };
        const { Responses, UnprocessedKeys } = (await batchGetItem(JSON.stringify(request))) as Reply;
        for (const item of Responses?.[name] ?? []) found.set(idOf(item), partOf(item).part);
        left = UnprocessedKeys?.[name]?.Keys ?? [];
        if (left.length > 0) throw new UnprocessedKeysError(`${left.length} keys left unprocessed`);
      });
      return keys.map((key) => found.get(idOf(keyItem(key))));
    },
    write: async (key, part, seen) => {
      const body = JSON.stringify({
        TableName: name,
        Item: partItem(key, part, retentionDays && expiresAt(key, retentionDays)),
        ExpressionAttributeNames: { '#through': 'Through' },
        ...conditionOf(seen),
      });
      try {
        await retried(() => putItem(body));
        return true;
      } catch (error) {
        if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
        throw error;
      }
    },
    retries: () => retries,
  };
};

/** A write that comes late, or twice, finds another `Through` and changes nothing. */
const conditionOf = (seen: string | undefined): object =>
  seen === undefined
    ? { ConditionExpression: 'attribute_not_exists(#through)' }
    : { ConditionExpression: '#through = :seen', ExpressionAttributeValues: { ':seen': { S: seen } } };

/** Seconds since 1970, the same for all parts of a window, so that a reader sees the whole of it or nothing. */
const expiresAt = ({ window }: PartKey, days: number): number | undefined => {
  const { end } = windowTimes(window);
  return Number.isFinite(end) ? end / 1_000 + days * 86_400 : undefined;
};

const idOf = ({ Rollup, Part }: Item): string => JSON.stringify([Rollup?.S, Part?.S]);

/** A successful reply names keys that the table did not read yet. */
class UnprocessedKeysError extends Error {
  override readonly name = 'UnprocessedKeysError';
}

/** The part of the answer that is read here. */
interface Reply {
  Responses?: Record<string, Item[]>;
  UnprocessedKeys?: Record<string, { Keys: Item[] }>;
}
