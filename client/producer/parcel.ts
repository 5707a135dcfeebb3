import type { SourceEvent } from '../../core/source-event.ts';

/** An event on its way. */
export interface Pending {
  event: SourceEvent;
  /** Bytes of it and its partition key. */
  bytes: number;
  /** MD5 of its partition key, which says on which shard it belongs; made when it is first asked for. */
  hash: string | undefined;
}

/** What becomes one record of the stream: an event, or several that share it. */
export interface Parcel {
  partitionKey: string;
  data: Uint8Array;
  items: readonly Pending[];
  /** Bytes of data and partition key. */
  bytes: number;
}
