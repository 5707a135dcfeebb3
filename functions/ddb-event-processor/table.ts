import { isFaultOfTheKey } from '../../aws/service-error.ts';
import type { Item } from '../../aws/wire-value.ts';
import type { Deadline } from '../deadline.ts';

/** What became of the rows that were not stored. */
export interface PutResult<Row> {
  /** Not yet: the table did not take them in time, or at all. */
  unwritten: Row[];
  /** No more: the table holds a newer row of the same key. Only where the newest is asked for. */
  stale: Row[];
  /** Never: the table says that these rows cannot be stored. */
  refused: { row: Row; detail: string }[];
  /** Requests made again after throttling, unprocessed items or a failure of the service. */
  retries: number;
  /** Items that a successful reply left unprocessed. An item counts each time that it is left. */
  unprocessed: number;
  /** The last failure of a request, which may have succeeded when it was made again. Present where rows are unwritten. */
  error?: string;
}

/** All that the function needs of a table: store what you can, return what you could not. It throws nothing. */
export type PutRows<Row> = (rows: readonly Row[], deadline: Deadline) => Promise<PutResult<Row>>;

export interface Table<Row> {
  name: string;
  /** The attributes of the key, all of them strings. */
  key: readonly string[];
  /** Throws where the row cannot be written as attribute values: the row is refused then. */
  toItem: (row: Row) => Item;
}

/** Before anything is written. */
export const emptyResult = <Row>(): PutResult<Row> => ({
  unwritten: [],
  stale: [],
  refused: [],
  retries: 0,
  unprocessed: 0,
});

/**
 * Whether DynamoDB can never store an item of the request. A ValidationException may also say that the key of the table is disabled, or
 * is going to be deleted: that holds for every item, until somebody enables the key.
 */
export const isFaultOfAnItem = (error: unknown): boolean =>
  error instanceof Error &&
  ((error.name === 'ValidationException' && !isFaultOfTheKey(error)) ||
    error.name === 'SerializationException' ||
    ('$metadata' in error && (error.$metadata as { httpStatusCode?: number }).httpStatusCode === 413));
