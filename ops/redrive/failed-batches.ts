import { setMaxListeners } from 'node:events';
import { defined } from '../../core/defined.ts';
import { fieldOf, isText, type JsonValue, parsedJson, scalarText } from '../../core/json.ts';
import { severalAtOnce } from '../../core/several-at-once.ts';
import { partitionKeyOf, type SourceEvent } from '../../core/source-event.ts';
import type { Store } from '../explain-store.ts';
import { EntryError, orEntryError, type SetAsideEntry, type SetAsideStore } from './set-aside.ts';

/** All that redrive needs of a bucket or a folder. */
export interface ObjectStore extends Store {
  /** Every key with its size in bytes, in the order of the keys. */
  list: (signal: AbortSignal) => AsyncIterable<ListedObject>;
  /** The bytes of an object; `undefined` where it is gone. */
  read: (key: string, signal: AbortSignal) => Promise<Uint8Array | undefined>;
  /** One that is gone already is fine. */
  remove: (key: string, signal: AbortSignal) => Promise<void>;
}

interface ListedObject {
  key: string;
  bytes: number;
}

/** A failed batch is never larger: an invocation carries at most 6 MB, and JSON within a text of JSON may double it. */
const MAX_BYTES = 32 * 1024 * 1024;

/** What is under way at once: S3 takes a while for each object, and an outage may leave thousands of a few records each. */
const AHEAD = { objects: 16, bytes: 8 * 1024 * 1024 };

/**
 * The failed batches of a store, those of each shard in its order, few in memory at a time. Their keys begin with the shard and end with
 * the second and something random.
 */
export const failedBatches = (store: ObjectStore): SetAsideStore => ({
  name: store.name,
  unit: 'failed batch',
  permissions: store.permissions,
  where: store.where,
  ...defined({ option: store.option }),
  entries: async function* (signal) {
    // Each object that is under way listens to it.
    setMaxListeners(0, signal);
    const read = async (object: ListedObject): Promise<Read> => ({
      second: secondOf(object),
      entry: await orEntryError(() => entryOf(store, object, signal)),
    });
    yield* inOrder(severalAtOnce(store.list(signal), read, isFull));
  },
  maxRemovals: 1,
  remove: async (names, signal) => {
    for (const name of names) await store.remove(name, signal);
  },
});

const isFull = (underWay: readonly ListedObject[]): boolean =>
  underWay.length >= AHEAD.objects || underWay.reduce((sum, { bytes }) => sum + bytes, 0) > AHEAD.bytes;

/** A failed batch, and where it begins on its shard. */
interface FailedBatch extends SetAsideEntry {
  sequenceNumber: string;
}

interface Read {
  second: string;
  entry: FailedBatch | EntryError | undefined;
}

/** The key up to its second: Lambda may give up several batches of a shard in one, such as those that grew too old. */
const secondOf = ({ key }: ListedObject): string => /^.*T\d\d\.\d\d\.\d\d(?=-)/.exec(key)?.[0] ?? key;

async function* inOrder(all: AsyncIterable<Read>): AsyncGenerator<FailedBatch | EntryError> {
  let second: string | undefined;
  let batches: FailedBatch[] = [];
  for await (const { second: its, entry } of all) {
    if (its !== second) {
      yield* batches.sort(bySequence);
      [second, batches] = [its, []];
    }
    if (entry instanceof EntryError) yield entry;
    else if (entry) batches.push(entry);
  }
  yield* batches.sort(bySequence);
}

/** Those of an emulator have as few digits as they need. */
const bySequence = ({ sequenceNumber: one }: FailedBatch, { sequenceNumber: other }: FailedBatch): number =>
  one.length - other.length || (one < other ? -1 : 1);

/** @returns nothing where the object was removed after it was listed. @throws {EntryError} */
const entryOf = async (
  store: ObjectStore,
  { key, bytes }: ListedObject,
  signal: AbortSignal,
): Promise<FailedBatch | undefined> => {
  if (bytes > MAX_BYTES)
    throw new EntryError(
      key,
      `it is not a failed batch: ${bytes} bytes; expected at most ${MAX_BYTES}; move it elsewhere`,
    );
  const body = await store.read(key, signal);
  return body && toFailedBatch(key, body);
};

/**
 * The object that Lambda leaves for a batch given up, with its records whole.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 *
 * @param key the key of the object
 * @param body its bytes
 * @throws {EntryError} where it is not a failed batch
 */
const toFailedBatch = (key: string, body: Uint8Array): FailedBatch => {
  const object = parsedJson(Buffer.from(body).toString());
  if (object === undefined)
    throw new EntryError(key, 'it is not a failed batch: it is not JSON, or was cut off; move it elsewhere');
  const condition = fieldOf(fieldOf(object, 'requestContext'), 'condition');
  // https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
  if (fieldOf(object, 'DDBStreamBatchInfo') !== undefined)
    throw new EntryError(
      key,
      'it holds changes of EventData, which the rollups lack; run npm run rollups -- --rebuild, which does not need it, and delete it',
    );
  // Lambda was seen to write the payload as an object, and as a text that holds the object.
  const payload = fieldOf(object, 'payload');
  const records = fieldOf(isText(payload) ? parsedJson(payload) : payload, 'Records');
  const setAsideAt = Date.parse(scalarText(fieldOf(object, 'timestamp')) ?? '');
  const problems = [
    ...(typeof condition === 'string' ? [] : ['it has no requestContext.condition']),
    ...(Number.isNaN(setAsideAt) ? ['it has no timestamp in ISO 8601'] : []),
    ...(Array.isArray(records) && records.length > 0 ? [] : ['it has no records in payload.Records']),
  ];
  if (problems.length > 0 || !Array.isArray(records))
    throw new EntryError(key, `it is not a failed batch: ${problems.join(', ')}; move it elsewhere`);
  const events = records.map((record, index) => toEvent(key, record, index));
  const arrivedAt = fieldOf(fieldOf(object, 'KinesisBatchInfo'), 'approximateArrivalOfFirstRecord');
  return {
    name: key,
    reason: String(condition),
    detail: detailOf(object),
    ...defined({ arrivedAt: typeof arrivedAt === 'string' ? arrivedAt : undefined }),
    setAsideAt,
    size: events.length,
    events: async () => events,
    sequenceNumber: scalarText(fieldOf(fieldOf(records[0], 'kinesis'), 'sequenceNumber')) ?? '',
  };
};

const toEvent = (key: string, record: JsonValue, index: number): SourceEvent => {
  const kinesis = fieldOf(record, 'kinesis');
  const base64 = fieldOf(kinesis, 'data');
  const data = Buffer.from(typeof base64 === 'string' ? base64 : '', 'base64');
  // Node skips what is not base64, but a payload that lost bytes on the way must not count as whole.
  if (data.toString('base64') !== base64)
    throw new EntryError(
      key,
      `record ${index} has no kinesis.data in base64; expected records as Lambda delivers them`,
    );
  return { partitionKey: partitionKeyOf(fieldOf(kinesis, 'partitionKey'), data), data };
};

const detailOf = (object: JsonValue | undefined): string => {
  const attempts = fieldOf(fieldOf(object, 'requestContext'), 'approximateInvokeCount');
  const functionError = fieldOf(fieldOf(object, 'responseContext'), 'functionError');
  const calls =
    typeof attempts === 'number' ? `given up after ${attempts} ${attempts === 1 ? 'call' : 'calls'}` : 'given up';
  return typeof functionError === 'string' ? `${calls}, function error ${functionError}` : calls;
};
