import type { SourceEvent } from '../../core/source-event.ts';

/** What becomes one record of the stream. */
interface StreamRecord {
  partitionKey: string;
  data: Uint8Array;
  /** Bytes of data and partition key. */
  bytes: number;
}

/** An event on its way. It is its own record unless it shares one: most do not, and this saves an object for each event. */
export interface Pending extends StreamRecord {
  event: SourceEvent;
  /** MD5 of its partition key, which decides its shard; computed when it is first needed. */
  hash: string | undefined;
  items: undefined;
}

/** A record that several events share. */
interface Shared extends StreamRecord {
  items: readonly Pending[];
}

export type Parcel = Pending | Shared;

/** The events of a record: itself, or those that share it. */
export const itemsOf = (parcel: Parcel): readonly Pending[] => parcel.items ?? [parcel];

/** How many events it holds. */
export const eventsIn = ({ items }: Parcel): number => items?.length ?? 1;

/** An event of a source, as its own record. */
export const pending = (event: SourceEvent): Pending => {
  const { partitionKey, data } = event;
  const bytes = Buffer.byteLength(partitionKey) + data.length;
  return { partitionKey, data, bytes, event, hash: undefined, items: undefined };
};
