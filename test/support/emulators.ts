import {
  type CreateTableCommandInput,
  DynamoDBClient,
  type KeySchemaElement,
  paginateScan,
  type StreamViewType,
} from '@aws-sdk/client-dynamodb';
import { type KinesisClient, SplitShardCommand } from '@aws-sdk/client-kinesis';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { kinesisClient } from '../../aws/kinesis.ts';
import { LOCAL_REGION as region } from '../../aws/local-stack.ts';
import { defined } from '../../core/defined.ts';
import { type Emulators, startEmulators } from '../../local/emulators/emulators.ts';
import type { Ports } from '../../local/emulators/ports.ts';
import { createStream, createTable } from '../../local/emulators/provision.ts';

export const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

export const localKinesis = (endpoint: string): KinesisClient =>
  kinesisClient({ region, endpoint, credentials: CREDENTIALS });

export const localDynamoDb = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({ region, endpoint, credentials: CREDENTIALS, maxAttempts: 1 });

/** One pair of emulators for all files of tests of a process, since a pair takes long to start. */
let shared: Promise<Emulators> | undefined;
/** How many names were given in this process. */
let names = 0;

const sharedEmulators = async (): Promise<Emulators> => {
  shared ??= startEmulators({ kinesis: 0, dynamoDb: 0 });
  const emulators = await shared;
  emulators.unref();
  // A file of tests stops its services, and the next one goes on with the same.
  return { ...emulators, close: async () => {} };
};

const keySchemaOf = (key: readonly string[]): KeySchemaElement[] =>
  key.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' }));

/** Emulators for a file of tests, and names that no other test uses. */
export class TestServices {
  #emulators: Emulators | undefined;
  #kinesis: KinesisClient | undefined;
  #dynamoDb: DynamoDBClient | undefined;

  /** @param options where they are given, the emulators are the file's own */
  async start(options?: Partial<Ports>): Promise<void> {
    this.#emulators = await (options ? startEmulators({ kinesis: 0, dynamoDb: 0, ...options }) : sharedEmulators());
    this.#kinesis = localKinesis(this.endpoints.kinesis);
    this.#dynamoDb = localDynamoDb(this.endpoints.dynamoDb);
  }

  async stop(): Promise<void> {
    this.#kinesis?.destroy();
    this.#dynamoDb?.destroy();
    await this.#emulators?.close();
  }

  get endpoints() {
    return this.#emulators!.endpoints;
  }

  get kinesis(): KinesisClient {
    return this.#kinesis!;
  }

  get dynamoDb(): DynamoDBClient {
    return this.#dynamoDb!;
  }

  /** A name that nothing else in these emulators has. */
  nameOf(kind: 'table' | 'stream'): string {
    names += 1;
    return `${kind}-${names}`;
  }

  /** An empty table with these attributes as its key. */
  createTable(key: readonly string[], StreamViewType?: StreamViewType): Promise<string> {
    return this.#createTable(
      key,
      defined({ StreamSpecification: StreamViewType && { StreamEnabled: true, StreamViewType } }),
    );
  }

  /** An empty EventData with the index of the parameter TypeIndex. */
  createIndexedTable(): Promise<string> {
    const KeySchema = keySchemaOf(['Type', 'Timestamp']);
    const index = { IndexName: 'ByType', KeySchema, Projection: { ProjectionType: 'ALL' as const } };
    return this.#createTable(['Username', 'Id'], { GlobalSecondaryIndexes: [index] });
  }

  async #createTable(key: readonly string[], options: Partial<CreateTableCommandInput>): Promise<string> {
    const TableName = this.nameOf('table');
    const KeySchema = keySchemaOf(key);
    const keys = [{ KeySchema }, ...(options.GlobalSecondaryIndexes ?? [])];
    const AttributeDefinitions = keys.flatMap(({ KeySchema: schema = [] }) =>
      schema.map(({ AttributeName }) => ({ AttributeName, AttributeType: 'S' as const })),
    );
    const table = { TableName, BillingMode: 'PAY_PER_REQUEST' as const, KeySchema, AttributeDefinitions };
    await createTable(this.dynamoDb, { ...table, ...options });
    return TableName;
  }

  async createStream(shards = 1): Promise<string> {
    const StreamName = this.nameOf('stream');
    await createStream(this.kinesis, StreamName, shards);
    return StreamName;
  }

  /** Splits a shard. Kinesis answers before the new ones are there. */
  splitShard(StreamName: string, shard = 0, at = 2n ** 127n): Promise<unknown> {
    const ShardToSplit = `shardId-${String(shard).padStart(12, '0')}`;
    return this.kinesis.send(new SplitShardCommand({ StreamName, ShardToSplit, NewStartingHashKey: String(at) }));
  }

  async rows(TableName: string): Promise<Record<string, unknown>[]> {
    const rows: Record<string, unknown>[] = [];
    for await (const { Items = [] } of paginateScan({ client: this.dynamoDb }, { TableName }))
      rows.push(...Items.map((item) => unmarshall(item)));
    return rows;
  }
}
