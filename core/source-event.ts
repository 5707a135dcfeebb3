import { hashOf } from './decode.ts';
import { EventBytes } from './event-bytes.ts';
import type { JsonObject } from './json.ts';
import { PARTITION_KEY_CHARACTERS } from './limits.ts';
import { SHAPES } from './shapes/index.ts';

/** What a source yields: the bytes as they came, and the key that keeps the events of one author in order. */
export interface SourceEvent {
  partitionKey: string;
  data: Uint8Array;
  /** When it happened, where a live source says so. Milliseconds since 1970. */
  time?: number;
}

/**
 * What to send for one event of a source, its bytes unchanged. Bytes that are not an event are sent as well: the function is the
 * one place that rejects.
 *
 * @param json what `data` holds, where the caller has parsed it already
 * @returns the event, by the key that its shape gives it, or else by the hash of its bytes
 */
export const toSourceEvent = (data: Uint8Array, json = objectIn(data)): SourceEvent => {
  const key =
    json &&
    SHAPES.find(({ matches }) => matches(json))
      ?.partitionKey(json)
      ?.toWellFormed();
  return { partitionKey: isPartitionKey(key) ? key : hashOf(data), data };
};

/** The JSON object in `data`; undefined where there is none. */
export const objectIn = (data: Uint8Array): JsonObject | undefined => new EventBytes(data).object;

/** No character has less than one UTF-16 code unit or more than two. */
const isPartitionKey = (key: string | undefined): key is string =>
  key !== undefined &&
  key !== '' &&
  (key.length <= PARTITION_KEY_CHARACTERS ||
    (key.length <= 2 * PARTITION_KEY_CHARACTERS && [...key].length <= PARTITION_KEY_CHARACTERS));
