import { hash } from 'node:crypto';
import { matchingShape } from './decode.ts';
import { pipedEvent } from './envelopes/piped-message.ts';
import { EventBytes } from './event-bytes.ts';
import { mayHoldExactNumbers, parseExactJson } from './exact-json.ts';
import { callProcessor, unlessInvalid } from './invalid-event.ts';
import { fieldOf, isText, type JsonObject, type JsonValue } from './json.ts';
import { isPartitionKey } from './partition-key.ts';
import { SHAPES } from './shapes/index.ts';
import type { Shape } from './shapes/shape.ts';

/** What a source yields: the bytes as they came, and the key that keeps the events of one author in order. */
export interface SourceEvent {
  partitionKey: string;
  data: Uint8Array;
  /** When it happened, where a live source says so. Milliseconds since 1970. */
  time?: number;
  /** It is a JSON object that names no partition key, so its key is the hash of its bytes. */
  isKeyless?: true;
}

/** Where the partition key of an event comes from. */
export interface Keying {
  /** The field whose text or number it is, where the event has it; `user.id` is `id` inside of `user`. */
  key?: string;
  /** @default all */
  shapes?: readonly Shape[];
}

/**
 * What to send for one event of a source, its bytes unchanged. Bytes that are not an event are sent as well: the function is the
 * one place that rejects.
 *
 * @param json what `data` holds, where the caller has parsed it already
 * @returns the event, by the key of its field, or the key that its shape gives it, or else by the hash of its bytes; a message that EventBridge
 *   Pipes handed over by that of the event in it
 */
export const toSourceEvent = (data: Uint8Array, json = objectIn(data), keying: Keying = {}): SourceEvent => {
  const { key: field, shapes = SHAPES } = keying;
  const key = json && ((field && textIn(json, data, field)) || keyByShape(json, shapes));
  const partitionKey = isText(key) ? key.toWellFormed() : undefined;
  if (isPartitionKey(partitionKey)) return { partitionKey, data };
  // A message that is delivered again has another receipt around the same event.
  const held = json && 'eventSource' in json ? pipedEvent(new EventBytes(data, { written: json })) : undefined;
  if (held) return { ...toSourceEvent(held.data, undefined, keying), data };
  return { partitionKey: hash('sha256', data), data, ...(json && key === undefined && { isKeyless: true as const }) };
};

/** The first of the shapes that matches. Nothing where one fails, as that of a processor may: the function rejects the event then. */
export const shapeOf = (json: JsonObject, shapes: readonly Shape[]): Shape | undefined =>
  unlessInvalid(() => matchingShape(json, shapes));

/** The key that its shape gives an event, if it gives one and does not fail. */
const keyByShape = (json: JsonObject, shapes: readonly Shape[]): string | undefined =>
  unlessInvalid(() => callProcessor('partitionKey of a shape', () => matchingShape(json, shapes)?.partitionKey(json)));

/** The key to put an event back on the stream with: its own, or the hash of its bytes where it has none that Kinesis takes. */
export const partitionKeyOf = (found: unknown, data: Uint8Array): string =>
  isPartitionKey(found) ? found : hash('sha256', data);

/**
 * The text in a field, or the number with all of its digits; undefined where it has neither.
 *
 * @param data what `json` was parsed from
 * @param field `user.id` is `id` inside of `user`
 */
export const textIn = (json: JsonObject, data: Uint8Array, field: string): string | undefined => {
  const found = valueIn(json, field);
  if (isText(found)) return found;
  if (typeof found !== 'number') return undefined;
  const { text } = new EventBytes(data);
  // What is invalid the function rejects.
  return mayHoldExactNumbers(text) ? unlessInvalid(() => String(valueIn(parseExactJson(text), field))) : String(found);
};

/** A field of that very name comes before one inside of another. */
const valueIn = (json: JsonValue, field: string): JsonValue | undefined =>
  fieldOf(json, field) ?? field.split('.').reduce<JsonValue | undefined>(fieldOf, json);

/** The JSON object in `data`; undefined where there is none. */
export const objectIn = (data: Uint8Array): JsonObject | undefined => new EventBytes(data).object;
