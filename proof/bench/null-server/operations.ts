import { type ScannedRecord, scanRecords } from './scan-records.ts';
import { ShardLimit, type ShardRate } from './shard.ts';

/** How the null server answers. */
export interface NullServerOptions {
  /** How long each answer takes. Milliseconds; 0 is at once. @default 0 */
  latencyMs?: number;
  /** The key of items that DynamoDB keeps, so that BatchGetItem finds them. @default none are kept */
  keeps?: readonly string[];
  /** Which share of the records of PutRecords fails inside of Kinesis, evenly spread, from 0 up to 1. @default 0 */
  failing?: number;
  /** What the only shard of every stream takes. @default everything */
  shardRate?: ShardRate;
}

/** What the operations have done so far. */
export interface Counters {
  requests: number;
  /** Bytes of the requests' bodies. */
  bytes: number;
  /** Kinesis: records taken, the bytes of those with their partition keys, and records refused. */
  records: number;
  recordBytes: number;
  refused: number;
  /** DynamoDB: items taken. */
  items: number;
}

/** One reply of an AWS service that speaks JSON. */
export interface Answer {
  status: number;
  body: string;
}

type Operation = (body: Buffer) => Answer;

interface Context {
  options: NullServerOptions;
  counters: Counters;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
}

/**
 * Answers each call of Kinesis and DynamoDB that writes, and counts. It keeps nothing unless it is told to: what is read is not there.
 * No condition is looked at.
 *
 * @returns what answers a target's body
 */
export const operationsOf = (context: Context): ((target: string, body: Buffer) => Answer) => {
  const operations = new Map(Object.entries({ ...nullKinesis(context), ...nullDynamoDb(context) }));
  return (target, body) => {
    context.counters.requests += 1;
    context.counters.bytes += body.length;
    const known = [...operations.keys()].join(', ');
    return (
      operations.get(target)?.(body) ??
      exception('UnknownOperationException', `x-amz-target is "${target}"; expected one of ${known}`)
    );
  };
};

/** An exception, as the SDK reads it. */
const exception = (type: string, message: string): Answer => ({
  status: 400,
  body: JSON.stringify({ __type: type, message }),
});

const ok = (body: string): Answer => ({ status: 200, body });

const THROTTLED = 'ProvisionedThroughputExceededException';

/** In JSON text no value looks like this: the quote inside one is escaped. */
const WRITE_REQUESTS = ['"PutRequest":', '"DeleteRequest":'];

/** Every table is there. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const nullDynamoDb = ({ options: { keeps = [] }, counters }: Context): Record<string, Operation> => {
  const kept = new KeptItems(keeps);
  return {
    'DynamoDB_20120810.PutItem': (body) => {
      counters.items += 1;
      kept.put(body);
      return ok('{}');
    },
    'DynamoDB_20120810.UpdateItem': () => {
      counters.items += 1;
      return ok('{}');
    },
    'DynamoDB_20120810.BatchGetItem': (body) => ok(kept.batchGet(body)),
    'DynamoDB_20120810.BatchWriteItem': (body) => {
      for (const name of WRITE_REQUESTS) counters.items += occurrencesOf(name, body);
      return ok('{"UnprocessedItems":{}}');
    },
  };
};

type KeyedItem = Record<string, unknown>;

/** The items that have all attributes of a key. */
class KeptItems {
  readonly #key: readonly string[];
  readonly #items = new Map<string, KeyedItem>();

  constructor(key: readonly string[]) {
    this.#key = key;
  }

  put(body: Buffer): void {
    if (this.#key.length === 0) return;
    const { Item } = JSON.parse(body.toString()) as { Item: KeyedItem };
    if (this.#key.every((name) => name in Item)) this.#items.set(this.#idOf(Item), Item);
  }

  /** The answer to BatchGetItem. */
  batchGet(body: Buffer): string {
    if (this.#items.size === 0) return '{"Responses":{},"UnprocessedKeys":{}}';
    const { RequestItems } = JSON.parse(body.toString()) as { RequestItems: Record<string, { Keys: KeyedItem[] }> };
    const found = Object.entries(RequestItems).map(([table, { Keys }]) => [
      table,
      Keys.flatMap((key) => this.#items.get(this.#idOf(key)) ?? []),
    ]);
    return JSON.stringify({ Responses: Object.fromEntries(found), UnprocessedKeys: {} });
  }

  #idOf(item: KeyedItem): string {
    return JSON.stringify(this.#key.map((name) => item[name]));
  }
}

const occurrencesOf = (text: string, body: Buffer): number => {
  let occurrences = 0;
  for (let at = body.indexOf(text); at >= 0; at = body.indexOf(text, at + text.length)) occurrences += 1;
  return occurrences;
};

/** A sequence number has 56 digits, and those at its end rise. */
const COUNTED_DIGITS = 12;
const SEQUENCE_PREFIX = '4966'.padEnd(56 - COUNTED_DIGITS, '0');
const SHARD_ID = 'shardId-000000000000';

/** Every stream is there, with one shard. https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html */
const nullKinesis = ({ options: { failing = 0, shardRate }, counters, now }: Context): Record<string, Operation> => {
  const limit = shardRate && new ShardLimit(shardRate, now());
  let sequence = 0;
  let due = 0;

  /** @returns the fields of a record that was taken, as JSON, or nothing where it was refused */
  const put = ({ bytes }: ScannedRecord, at: number): string | undefined => {
    const isRefused = limit?.take(bytes, at) === false;
    counters[isRefused ? 'refused' : 'records'] += 1;
    if (isRefused) return undefined;
    counters.recordBytes += bytes;
    sequence += 1;
    const digits = SEQUENCE_PREFIX + String(sequence).padStart(COUNTED_DIGITS, '0');
    return `{"SequenceNumber":"${digits}","ShardId":"${SHARD_ID}"}`;
  };

  return {
    'Kinesis_20131202.PutRecord': (body) => {
      const { stream, records } = scanRecords(body);
      const reply = put(records[0]!, now());
      return reply === undefined ? exception(THROTTLED, rateExceeded(stream)) : ok(reply);
    },
    'Kinesis_20131202.PutRecords': (body) => {
      const { stream, records } = scanRecords(body);
      const at = now();
      let failed = 0;
      const replies = records.map((record) => {
        due += failing;
        if (due >= 1) {
          due -= 1;
          failed += 1;
          counters.refused += 1;
          return INTERNAL_FAILURE;
        }
        const reply = put(record, at);
        if (reply !== undefined) return reply;
        failed += 1;
        return JSON.stringify({ ErrorCode: THROTTLED, ErrorMessage: rateExceeded(stream) });
      });
      return ok(`{"FailedRecordCount":${failed},"Records":[${replies.join(',')}]}`);
    },
  };
};

const INTERNAL_FAILURE = JSON.stringify({ ErrorCode: 'InternalFailure', ErrorMessage: 'Internal service failure.' });

const rateExceeded = (stream: string): string =>
  `Rate exceeded for shard ${SHARD_ID} in stream ${stream} under account 000000000000.`;
