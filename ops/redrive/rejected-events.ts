import { type AttributeValue, BatchWriteItemCommand, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { defined } from '../../core/defined.ts';
import { describeError } from '../../core/describe-error.ts';
import { isText, shown } from '../../core/json.ts';
import { BATCH_WRITE_ITEM } from '../../core/limits.ts';
import { partitionKeyOf } from '../../core/source-event.ts';
import { payloadIn } from '../../functions/ddb-event-processor/rejected-payload.ts';
import type { ServiceRetry } from '../service-retry.ts';
import { EntryError, orEntryError, type SetAsideEntry, type SetAsideStore } from './set-aside.ts';
import type { ReadPayload } from './stream-payload.ts';

export interface RejectedEventsOptions {
  client: Pick<DynamoDBClient, 'send'>;
  table: string;
  where: string;
  /** For payloads that fit no item. */
  readPayload: ReadPayload;
  retry: ServiceRetry;
}

/** An Id is a shard, a sequence number, and the place among several events of a record: numbers, of which some are longer than others. */
const { compare } = new Intl.Collator('en', { numeric: true });

/** The table RejectedEvents, read a page at a time. It has no order; the events of a page come in that of their shards. */
export const rejectedEvents = ({ client, table, where, readPayload, retry }: RejectedEventsOptions): SetAsideStore => ({
  name: `the table "${table}"`,
  unit: 'rejected event',
  permissions: 'dynamodb:Scan and dynamodb:BatchWriteItem',
  where,
  option: '--dynamodb-endpoint',
  entries: async function* (signal) {
    let start: Pick<ScanCommand['input'], 'ExclusiveStartKey'> | undefined = {};
    while (start) {
      // What a run before this one removed must not be seen again.
      const command: ScanCommand = new ScanCommand({ TableName: table, ConsistentRead: true, ...start });
      const { Items = [], LastEvaluatedKey } = await retry(
        (abortSignal) => client.send(command, { abortSignal }),
        signal,
      );
      const inOrder = Items.sort((one, other) => compare(one.Id?.S ?? '', other.Id?.S ?? ''));
      for (const item of inOrder) yield await orEntryError(() => toRejectedEvent(valuesOf(item), readPayload));
      start = LastEvaluatedKey && { ExclusiveStartKey: LastEvaluatedKey };
    }
  },
  maxRemovals: BATCH_WRITE_ITEM.maxItems,
  // The Id is enough: it names one record of one shard for ever. An event that is rejected again is another record then, with
  // another Id.
  remove: async (names, signal) => {
    let left = names.map((Id) => ({ DeleteRequest: { Key: { Id: { S: Id } } } }));
    await retry(async (abortSignal) => {
      const command = new BatchWriteItemCommand({ RequestItems: { [table]: left } });
      const { UnprocessedItems } = await client.send(command, { abortSignal });
      left = (UnprocessedItems?.[table] ?? []) as typeof left;
      if (left.length > 0) throw new UnprocessedError(`unprocessed deletes: ${left.length}`);
    }, signal);
  },
});

/** Another program may have written a number that JavaScript does not hold exactly. None of ours is one, so it may be rounded. */
const valuesOf = (item: Record<string, AttributeValue>) => unmarshall(item, { wrapNumbers: Number });

/** UnprocessedItems stand in a successful reply, and the SDK does not send them again. */
class UnprocessedError extends Error {
  override readonly name = 'UnprocessedError';
}

/**
 * An item of RejectedEvents as an entry. Its payload is inflated, or read from the stream, only when it is asked for.
 *
 * @param item the attributes as plain values
 * @throws {EntryError} where the item is not a rejected event
 */
const toRejectedEvent = (item: Readonly<Record<string, unknown>>, readPayload: ReadPayload): SetAsideEntry => {
  const { Reason, Detail, ArrivedAt, RejectedAt, PartitionKey } = item;
  const name = String(item.Id);
  const setAsideAt = isText(RejectedAt) ? Date.parse(RejectedAt) : Number.NaN;
  const problems = [
    ...(typeof Reason === 'string' ? [] : ['no Reason']),
    ...(Number.isNaN(setAsideAt) ? ['no RejectedAt in ISO 8601'] : []),
  ];
  if (problems.length > 0)
    throw new EntryError(name, `it has ${problems.join(' and ')}; expected an item as the function writes it`);
  return {
    name,
    reason: String(Reason),
    detail: isText(Detail) ? Detail : '',
    ...defined({ arrivedAt: typeof ArrivedAt === 'string' ? ArrivedAt : undefined }),
    setAsideAt,
    size: 1,
    events: async (signal) => {
      const data = await payloadOf(name, item, readPayload, signal);
      const { Bytes } = item;
      if (data.length !== Bytes) {
        const expected = typeof Bytes === 'number' ? Bytes : shown(Bytes);
        throw new EntryError(name, `its payload has ${data.length} bytes; expected ${expected}, as Bytes says`);
      }
      return [{ partitionKey: partitionKeyOf(PartitionKey, data), data }];
    },
  };
};

const GONE = 'if the stream is there, this shard of it has expired, and the payload too: then remove the entry by hand';

const payloadOf = async (
  name: string,
  item: Readonly<Record<string, unknown>>,
  readPayload: ReadPayload,
  signal: AbortSignal,
): Promise<Uint8Array> => {
  const kept = await payloadIn(item).catch((cause: Error) => {
    throw new EntryError(name, cause.message, { cause });
  });
  if (kept) return kept;
  const { StreamArn, SequenceNumber, UserRecord } = item;
  const stream = /:stream\/([\w.-]+)$/.exec(isText(StreamArn) ? StreamArn : '')?.[1];
  if (stream === undefined)
    throw new EntryError(name, `its StreamArn is ${shown(StreamArn)}; expected the ARN of the stream that holds it`);
  const position = {
    stream,
    shardId: name.slice(0, name.indexOf(':')),
    sequenceNumber: isText(SequenceNumber) ? SequenceNumber : '',
    ...defined({ userRecord: typeof UserRecord === 'number' ? UserRecord : undefined }),
  };
  const data = await readPayload(position, signal).catch((cause: Error) => {
    // Kinesis has one answer for a stream that is not there and for a shard that a reshard closed and that has expired since.
    // https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-after-resharding.html
    const advice = cause.name === 'ResourceNotFoundException' ? `; ${GONE}` : '';
    const what = `its payload cannot be read from the stream "${stream}": ${describeError(cause)}${advice}`;
    throw new EntryError(name, what, { cause });
  });
  if (data) return data;
  throw new EntryError(
    name,
    `its payload was only on the stream "${stream}" and has expired there; remove the entry by hand`,
  );
};
