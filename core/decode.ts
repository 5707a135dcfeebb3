import { isUtf8 } from 'node:buffer';
import { isSafeNumber, type ParseOptions, parse as parseLossless } from 'lossless-json';
import { type EventData, withStorableKey } from './event-data.ts';
import { InvalidEventError } from './invalid-event.ts';
import { isObject, type JsonObject, type JsonValue, shown } from './json.ts';
import { fromCloudEvent, isCloudEvent } from './shapes/cloud-event.ts';
import { fromJetstream, isJetstream } from './shapes/jetstream.ts';
import { fromRecentChange, isRecentChange } from './shapes/recent-change.ts';
import { fromTweetV1, fromTweetV2, isTweetV1, isTweetV2 } from './shapes/tweet.ts';

/**
 * Decodes the data of a record once, at the edge: UTF-8, JSON, and one of the shapes of an event.
 *
 * @param data the bytes as the source gave them
 * @param arrivedAt when the record arrived, for events that name no time
 * @returns the row it becomes
 * @throws {InvalidEventError} and nothing else, whatever the bytes
 */
export const decodeEvent = (data: Uint8Array, arrivedAt: Date): EventData =>
  withStorableKey(toEventData(parseJson(data), arrivedAt.toISOString()));

/** The JSON value in `data`. @throws {InvalidEventError} NotUtf8 or NotJson */
export const parseJson = (data: Uint8Array): JsonValue => {
  const text = decodeUtf8(data);
  try {
    // Sixteen digits may exceed 2^53. No row of some shapes holds such a number: the slower parser is for the others.
    const json: JsonValue = JSON.parse(text);
    return DIGITS.test(text) && !isOfTexts(json) ? (parseLossless(text, undefined, LOSSLESS) as JsonValue) : json;
  } catch (cause) {
    throw new InvalidEventError('NotJson', `not JSON: ${withoutPayload(cause)}`, { cause });
  }
};

const toEventData = (json: JsonValue, arrivedAt: string): EventData => {
  if (!isObject(json)) throw new InvalidEventError('UnknownShape', `${shown(json)}; expected ${SHAPES}`);
  if (isCloudEvent(json)) return fromCloudEvent(json, arrivedAt);
  if (isRecentChange(json)) return fromRecentChange(json, arrivedAt);
  if (isJetstream(json)) return fromJetstream(json, arrivedAt);
  if (isTweetV2(json)) return fromTweetV2(json, arrivedAt);
  if (isTweetV1(json)) return fromTweetV1(json, arrivedAt);
  throw new InvalidEventError('UnknownShape', `an object with the fields ${fieldsOf(json)}; expected ${SHAPES}`);
};

const SHAPES =
  'a v1.1 tweet (id_str, user), a v2 tweet (data.id, data.text), ' +
  'a post of Bluesky (did, commit), a recent change of Wikimedia (meta.stream) or a CloudEvent (specversion)';

const fieldsOf = (json: JsonObject): string => {
  const names = Object.keys(json);
  return names.length === 0 ? '(none)' : shown(names.slice(0, 8).join(', '));
};

/** A wrong byte is an error, never a silent U+FFFD. */
const decodeUtf8 = (data: Uint8Array): string => {
  if (!isUtf8(data)) throw new InvalidEventError('NotUtf8', `${data.length} bytes that are not UTF-8`);
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8');
  // Files from Windows may begin with a byte order mark.
  return text.startsWith('\ufeff') ? text.slice(1) : text;
};

const DIGITS = /\d{16}/;

/** A tweet, a post or a change: whatever numbers it has, its row is of texts and a time alone. */
const isOfTexts = (json: JsonValue): boolean =>
  isObject(json) &&
  !isCloudEvent(json) &&
  (isRecentChange(json) || isJetstream(json) || isTweetV1(json) || isTweetV2(json));

const parseNumber = (text: string): number | bigint =>
  /^-?\d+$/.test(text) && !isSafeNumber(text) ? BigInt(text) : Number(text);

/** As JSON.parse has it: of two fields of one name the last counts, however long the numbers beside them are. */
const LOSSLESS: ParseOptions = { parseNumber, onDuplicateKey: ({ newValue }) => newValue };

/** V8 quotes the text it could not parse; a payload must not travel into logs inside an error message. */
const withoutPayload = (cause: unknown): string => {
  const message = cause instanceof Error ? cause.message : String(cause);
  const position = /position \d+/.exec(message)?.[0];
  return /end of JSON input|Unterminated/.test(message)
    ? 'the text ends too early'
    : `unexpected character${position ? ` at ${position}` : ''}`;
};
