import dynaliteDb, { type Database, type DynaliteItem, type DynaliteStore, type DynaliteTable } from 'dynalite/db';
import createTable from 'dynalite/validations/createTable';
import type { PutRecordsEntry } from 'kinesalite/actions/putRecords';
import type { Clock } from '../../core/clock.ts';
import { type ChangeOrigin, changeRecord, isChange, STREAM_VIEW_TYPES, type Write } from './change-record.ts';
import { CHANGE_STREAM_LABEL, changeStreamArn, changeStreamName } from './change-stream.ts';
import type { ChangeStreams } from './streams-port.ts';

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html */
const MAX_STREAM_NAME = 128;

/**
 * The first hundred numbers have 21 digits and all others 22, as they grow on AWS. A function that compares them as texts of
 * one length fails on this machine too.
 */
const FIRST_SEQUENCE = 10n ** 21n - 100n;

export interface ChangeOptions {
  dynamoDb: DynaliteStore;
  streams: ChangeStreams;
  /** Shards of each change stream. */
  shards: number;
  /** Milliseconds since 1970. */
  clock: Pick<Clock, 'now'>;
}

/**
 * Gives dynalite what it lacks: CreateTable takes a StreamSpecification, and each write of such a table puts its change on a
 * stream of kinesalite. It works at dynalite's own store: an item is written while its key is locked, so the old image and the
 * new one belong together, and the changes of a key are in the order of its writes. The writer hears of its write when the
 * change is on the stream. A client that goes away does not matter: what is written has its change.
 */
export const recordChanges = ({ dynamoDb, streams, shards, clock }: ChangeOptions): void => {
  takeStreamSpecification();
  const changeStreams = new Map<string, ChangeStream>();
  const { tableDb, getItemDb } = dynamoDb;
  const { put, del } = tableDb;

  tableDb.put = withCallback(async (name: string, table: DynaliteTable) => {
    if (table.StreamSpecification?.StreamEnabled && !changeStreams.has(name)) {
      const stream = new ChangeStream({ name, table, awsRegion: tableDb.awsRegion, streams, clock });
      await streams.create(stream.name, shards);
      changeStreams.set(name, stream);
      table.LatestStreamArn = changeStreamArn(table.TableArn);
      table.LatestStreamLabel = CHANGE_STREAM_LABEL;
    }
    await called((callback) => put(name, table, callback));
  });
  // On AWS the changes of a deleted table can be read for another day. Here its name is free again.
  tableDb.del = withCallback(async (name: string) => {
    const stream = changeStreams.get(name);
    changeStreams.delete(name);
    if (stream) await streams.remove(stream.name);
    await called((callback) => del(name, callback));
  });
  dynamoDb.getItemDb = (name) => {
    const items = getItemDb(name);
    const stream = changeStreams.get(name);
    return stream ? withChanges(items, stream) : items;
  };
};

/** The same items, of which each write makes a change. The caller has locked the key. */
const withChanges = (items: Database<DynaliteItem>, stream: ChangeStream): Database<DynaliteItem> => {
  const write = async (key: string, after: DynaliteItem | undefined): Promise<void> => {
    const before = await called<DynaliteItem>((callback) => items.get(key, callback)).catch((error: Error) => {
      if (error.name !== 'NotFoundError') throw error;
      return undefined;
    });
    await called((callback) => (after ? items.put(key, after, callback) : items.del(key, callback)));
    await stream.append({ before, after });
  };
  return Object.assign(Object.create(items), {
    put: withCallback(write),
    del: withCallback((key: string) => write(key, undefined)),
  });
};

/** The stream that holds the changes of one table. */
class ChangeStream {
  readonly name: string;
  readonly #origin: ChangeOrigin;
  readonly #streams: ChangeStreams;
  readonly #clock: Pick<Clock, 'now'>;
  #sequence = FIRST_SEQUENCE;
  #waiting: PutRecordsEntry[] = [];
  /** The last request so far. */
  #last: Promise<void> = Promise.resolve();
  /** The one that carries what is waiting. */
  #next: Promise<void> | undefined;

  constructor({ name, table, awsRegion, streams, clock }: ChangeStreamOptions) {
    const { StreamViewType } = table.StreamSpecification ?? {};
    const viewType = STREAM_VIEW_TYPES.find((type) => type === StreamViewType);
    if (!viewType)
      throw dynaliteDb.validationError(
        `StreamViewType is ${StreamViewType}; expected one of ${STREAM_VIEW_TYPES.join(', ')}`,
      );
    this.name = changeStreamName(name);
    if (this.name.length > MAX_STREAM_NAME)
      throw dynaliteDb.validationError(
        `the change stream ${this.name} has ${this.name.length} characters; Kinesis, which carries it here, takes ${MAX_STREAM_NAME}`,
      );
    this.#streams = streams;
    this.#clock = clock;
    this.#origin = {
      awsRegion,
      eventSourceARN: changeStreamArn(table.TableArn),
      keyNames: table.KeySchema.toSorted((a, b) => (a.KeyType < b.KeyType ? -1 : 1)).map((key) => key.AttributeName),
      viewType,
    };
  }

  /** Resolves when the change is on the stream. A write that changes nothing leaves nothing there. */
  async append(write: Write): Promise<void> {
    if (!isChange(write)) return;
    const position = { sequence: this.#sequence++, now: this.#clock.now() };
    const record = changeRecord(write, this.#origin, position);
    this.#waiting.push({
      // As in DynamoDB the items of a partition key share a shard.
      PartitionKey: JSON.stringify(record.dynamodb.Keys[this.#origin.keyNames[0]!]),
      Data: Buffer.from(JSON.stringify(record)).toString('base64'),
    });
    this.#next ??= this.#last.catch(() => {}).then(() => this.#put());
    this.#last = this.#next;
    await this.#next;
  }

  /** One request at a time, with all that has come meanwhile: so the changes are on the stream in the order of their numbers. */
  async #put(): Promise<void> {
    const batch = this.#waiting;
    [this.#waiting, this.#next] = [[], undefined];
    await this.#streams.put(this.name, batch).catch((cause: Error) => {
      throw unwritten(this.name, cause);
    });
  }
}

interface ChangeStreamOptions extends Pick<ChangeOptions, 'streams' | 'clock'> {
  /** Of the table. */
  name: string;
  table: DynaliteTable;
  awsRegion: string;
}

/** Somebody deleted the stream with Kinesis' own API. The answer must not be that all is well. */
const unwritten = (stream: string, cause: Error): Error => {
  const message = `the item is written, but its change is not on the stream ${stream}: ${cause.message}`;
  return Object.assign(new Error(message, { cause }), {
    statusCode: 500,
    body: { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message },
  });
};

/** What a call with a callback brings. Node's promisify costs more than a write does. */
const called = <Value>(
  call: (callback: (error: Error | null, value?: Value) => void) => void,
): Promise<Value | undefined> =>
  new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value)));
  });

/** The other way round: the emulators hand on callbacks. */
const withCallback =
  <Values extends unknown[]>(action: (...values: Values) => Promise<void>) =>
  (...values: [...Values, (error: Error | null) => void]): void => {
    const callback = values.pop() as (error: Error | null) => void;
    action(...(values as unknown as Values)).then(
      // Outside of the promise: what a callback throws is not a failure of the action.
      () => setImmediate(callback, null),
      (error) => setImmediate(callback, error),
    );
  };

const takeStreamSpecification = (): void => {
  createTable.types.StreamSpecification = {
    type: 'FieldStruct<StreamSpecification>',
    children: { StreamEnabled: { type: 'Boolean', notNull: true }, StreamViewType: { type: 'String' } },
  };
};
