// Neither package has types of its own.
declare module 'kinesalite' {
  import type { Server } from 'node:http';
  /** Milliseconds that the named states of a stream last. */
  export default function kinesalite(options: {
    createStreamMs: number;
    deleteStreamMs: number;
    updateStreamMs: number;
    shardLimit: number;
    /** A folder. @default in memory */
    path?: string;
  }): Server;
}

declare module 'kinesalite/db' {
  import type { Readable } from 'node:stream';
  import type { Lock } from 'dynalite/db';
  export interface KinesaliteStore {
    /** The descriptions of all streams. */
    metaDb: { lock: Lock };
    getStream(name: string, callback: (error: Error | null, stream?: { StreamStatus: string }) => void): void;
    /** The records of a stream. */
    getStreamDb: (name: string) => {
      put(key: string, record: object, callback: (error: Error | null) => void): void;
      batch(operations: { type: string }[], options: object, callback: (error: Error | null) => void): void;
      createReadStream: (range: { gt?: string; gte?: string; lt: string }) => Readable;
    };
  }
  /** Its key is the number of its shard and its sequence number, with a slash between them. */
  export interface StoredRecord {
    key: string;
    /** Seconds since 1970. */
    value: { ApproximateArrivalTimestamp: number };
  }
  /** What a sequence number holds. Times are milliseconds since 1970. */
  export interface Sequence {
    shardCreateTime: number;
    seqIx?: number | string;
    seqTime?: number;
    shardIx?: number;
    byte1?: string;
    version?: number;
  }
  /** What is asked of the place of a partition key: how it compares with the decimal digits of another, as -1, 0 or 1. */
  export interface HashKey {
    comparedTo: (other: string) => number;
  }
  const db: {
    create: (options: object) => KinesaliteStore;
    partitionKeyToHashKey: (partitionKey: string) => HashKey;
    parseSequence: (number: string) => Sequence;
    stringifySequence: (sequence: Sequence) => string;
    /** The number behind another one. */
    incrementSequence: (number: string) => string;
  };
  export default db;
}

declare module 'kinesalite/actions/createStream' {
  import type { KinesaliteStore } from 'kinesalite/db';
  export default function createStream(
    store: KinesaliteStore,
    input: { StreamName: string; ShardCount: number },
    callback: (error: Error | null) => void,
  ): void;
}

declare module 'kinesalite/actions/deleteStream' {
  import type { KinesaliteStore } from 'kinesalite/db';
  export default function deleteStream(
    store: KinesaliteStore,
    input: { StreamName: string },
    callback: (error: Error | null) => void,
  ): void;
}

declare module 'kinesalite/actions/putRecords' {
  import type { KinesaliteStore } from 'kinesalite/db';
  export interface PutRecordsEntry {
    PartitionKey: string;
    /** In base64. */
    Data: string;
  }
  export default function putRecords(
    store: KinesaliteStore,
    input: { StreamName: string; Records: readonly PutRecordsEntry[] },
    callback: (error: Error | null) => void,
  ): void;
}

declare module 'dynalite' {
  import type { Server } from 'node:http';
  /** Milliseconds that the named states of a table last. */
  export default function dynalite(options: {
    createTableMs: number;
    deleteTableMs: number;
    updateTableMs: number;
    /** A folder. @default in memory */
    path?: string;
  }): Server;
}

declare module 'dynalite/db' {
  /** Calls the section when nobody else has the key, with what makes a callback that lets go of it first. */
  export type Lock = (key: string, section: (release: Release) => void) => void;
  export type Release = (callback: Callback) => Callback;
  type Callback = (...values: unknown[]) => void;

  type Done = (error: Error | null) => void;
  /** The items of one table, or the descriptions of all tables. */
  export interface Database<Value> {
    lock: Lock;
    get(key: string, callback: (error: Error | null, value?: Value) => void): void;
    put(key: string, value: Value, callback: Done): void;
    del(key: string, callback: Done): void;
  }
  export type DynaliteItem = Record<string, Record<string, unknown>>;
  export interface DynaliteTable {
    TableArn: string;
    KeySchema: { AttributeName: string; KeyType: 'HASH' | 'RANGE' }[];
    StreamSpecification?: { StreamEnabled: boolean; StreamViewType?: string };
    LatestStreamArn?: string;
    LatestStreamLabel?: string;
  }
  export interface DynaliteStore {
    tableDb: Database<DynaliteTable> & { awsRegion: string };
    /** Items are locked by their key from before they are read until after they are written. */
    getItemDb: (table: string) => Database<DynaliteItem>;
  }
  const db: {
    create: (options: object) => DynaliteStore;
    /** An error that the API answers with. */
    validationError: (message: string) => Error;
  };
  export default db;
}

declare module 'dynalite/validations/createTable' {
  /** The fields that the API knows. Others are dropped. */
  const validation: { types: Record<string, object> };
  export default validation;
}
