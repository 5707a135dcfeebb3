import { BatchGetItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { preparedCalls } from '../../aws/prepared-calls.ts';
import { isRetryable } from '../../aws/service-error.ts';
import type { Item } from '../../aws/wire-value.ts';
import { fullJitter, retry } from '../../core/retry.ts';
import type { RetryPolicy } from '../retry-policy.ts';

/** When a write takes effect. */
export interface Condition {
  ConditionExpression: string;
  ExpressionAttributeNames: Readonly<Record<string, string>>;
  ExpressionAttributeValues?: Readonly<Item>;
}

/** Where the table has no row of the key. */
export const UNLESS_THERE: Condition = {
  ConditionExpression: 'attribute_not_exists(#key)',
  ExpressionAttributeNames: { '#key': 'Rollup' },
};

/** The rows of the table of rollups. A call is made again until it succeeds, is refused for good, or the time is over. */
export interface RollupsTable {
  /**
   * Reads rows as the last write left them.
   *
   * @param keys 1 to {@link BATCH_GET_ITEM_KEYS}, each of them once
   * @returns a row for each key, or nothing where there is none
   */
  read: (keys: readonly Item[]) => Promise<(Item | undefined)[]>;
  /** @returns false where the condition did not hold: nothing was written */
  write: (item: Item, condition: Condition) => Promise<boolean>;
  /** How often a call was made again so far. */
  retries: () => number;
}

/** @returns opens the table for one invocation, whose signal ends all calls */
export const rollupsTable = (
  client: Pick<DynamoDBClient, 'send'>,
  name: string,
  { backoff, clock }: RetryPolicy,
): ((signal: AbortSignal) => RollupsTable) => {
  const batchGetItem = preparedCalls(client, new BatchGetItemCommand({ RequestItems: {} }));
  const putItem = preparedCalls(client, new PutItemCommand({ TableName: name, Item: {} }));
  return (signal) => {
    let retries = 0;
    const retried = <T>(call: () => Promise<T>): Promise<T> => {
      const waitAfter = (error: unknown, failures: number): number => {
        if (!isRetryable(error)) throw error;
        retries += 1;
        return fullJitter(backoff, failures, clock.random());
      };
      return retry(call, { clock, signal, waitAfter });
    };

    return {
      read: async (keys) => {
        const found = new Map<string, Item>();
        let left = [...keys];
        await retried(async () => {
          // A row that was written just now must be seen, or its next write would fail again.
          const request = { RequestItems: { [name]: { Keys: left, ConsistentRead: true } } };
          const { Responses, UnprocessedKeys } = (await batchGetItem(JSON.stringify(request), signal)) as Reply;
          for (const item of Responses?.[name] ?? []) found.set(idOf(item), item);
          left = UnprocessedKeys?.[name]?.Keys ?? [];
          if (left.length > 0) throw new Error(`unprocessed keys: ${left.length}`);
        });
        return keys.map((key) => found.get(idOf(key)));
      },
      write: async (item, condition) => {
        const body = JSON.stringify({ TableName: name, Item: item, ...condition });
        try {
          await retried(() => putItem(body, signal));
          return true;
        } catch (error) {
          if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
          throw error;
        }
      },
      retries: () => retries,
    };
  };
};

const idOf = ({ Rollup, Part }: Item): string => JSON.stringify([Rollup?.S, Part?.S]);

/** The part of the answer that is read here. */
interface Reply {
  Responses?: Record<string, Item[]>;
  UnprocessedKeys?: Record<string, { Keys: Item[] }>;
}
