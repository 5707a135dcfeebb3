import type { SourceEvent } from '../../core/source-event.ts';
import type { Lane } from './shard-lane.ts';

/** What becomes one record of the stream. */
interface StreamRecord {
  partitionKey: string;
  data: Uint8Array;
  /** Bytes of data and partition key. */
  bytes: number;
  /** The lane that it left. */
  lane: Lane | undefined;
}

/** An event on its way. It is a record of its own, unless it shares one: most do not, and an object less is worth it. */
export interface Pending extends StreamRecord {
  event: SourceEvent;
  /** MD5 of its partition key, which says on which shard it belongs; made when it is first asked for. */
  hash: string | undefined;
  items: undefined;
}

/** A record that several events share. */
export interface Shared extends StreamRecord {
  items: readonly Pending[];
}

export type Parcel = Pending | Shared;

export const itemsOf = (parcel: Parcel): readonly Pending[] => parcel.items ?? [parcel];

/** How many events it holds. */
export const eventsIn = ({ items }: Parcel): number => items?.length ?? 1;

export const pending = (event: SourceEvent): Pending => {
  const { partitionKey, data } = event;
  const bytes = Buffer.byteLength(partitionKey) + data.length;
  return { partitionKey, data, bytes, lane: undefined, event, hash: undefined, items: undefined };
};
