import { isUtf8 } from 'node:buffer';
import { excessOf, firstByte, OPEN_OBJECT } from './envelopes/json-text.ts';
import { mayHoldExactNumbers, parseExactJson } from './exact-json.ts';
import { anyNumber, exactNumber } from './exact-number.ts';
import { InvalidEventError, unlessInvalid } from './invalid-event.ts';
import { isObject, type JsonObject, type JsonValue } from './json.ts';
import { ITEM_BYTES, KB } from './limits.ts';

/** How an event came. */
export interface Arrival {
  /** When its record arrived, for events that name no time. */
  at: Date;
  /** The partition key of its record, or its own in an aggregated record. Empty where it has none. */
  partitionKey: string;
  /** Of the message that brought it, for events that name no id. */
  id?: string;
}

/** What is known of the bytes of an event besides them. */
interface Known {
  /** What the envelope around it says of its arrival. It comes before what the record says. */
  own?: Partial<Arrival> | undefined;
  /** What they hold, where they were written from it: all of its numbers are doubles. */
  written?: JsonValue;
  /** What a record of the stream holds that is this event again. @default the bytes */
  putBack?: Uint8Array;
}

/** The bytes of one event. They are decoded and parsed when that is first asked for, and only once. */
export class EventBytes {
  readonly data: Uint8Array;
  readonly own: Known['own'];
  readonly putBack: Uint8Array;
  readonly #isWritten: boolean;
  #text: string | undefined;
  #json: JsonValue | undefined;
  #error: unknown;

  constructor(data: Uint8Array, { own, written, putBack = data }: Known = {}) {
    this.data = data;
    this.own = own;
    this.putBack = putBack;
    this.#isWritten = written !== undefined;
    this.#json = written;
  }

  /** @throws {InvalidEventError} NotUtf8 */
  get text(): string {
    this.#text ??= decodeUtf8(this.data);
    return this.#text;
  }

  /** Numbers are doubles. @throws {InvalidEventError} NotUtf8, NotJson, TooDeep or TooLarge */
  get json(): JsonValue {
    if (this.#error) throw this.#error;
    if (this.#json === undefined)
      try {
        this.#json = parse(this.text, this.data);
      } catch (error) {
        this.#error = error;
        throw error;
      }
    return this.#json;
  }

  /** With every number exact. @throws {InvalidEventError} as `json`, and NumberOutOfRange */
  get exactJson(): JsonValue {
    return this.#withNumbers(exactNumber);
  }

  /** With every digit, also of numbers that no row can hold: for what is written again from it. @throws as `json`, and TooDeep */
  get wholeJson(): JsonValue {
    return this.#withNumbers(anyNumber);
  }

  #withNumbers(numberOf: typeof anyNumber): JsonValue {
    // Reading exactly is for what JSON.parse has accepted: it never ends on some of what is not JSON.
    const { json } = this;
    return !this.#isWritten && mayHoldExactNumbers(this.text) ? parseExactJson(this.text, numberOf) : json;
  }

  /** What they hold, where it is a JSON object. */
  get object(): JsonObject | undefined {
    // Every envelope asks. What is parsed already needs no call, and what begins otherwise is not parsed for it.
    if (this.#json === undefined && firstByte(this.data) !== OPEN_OBJECT) return undefined;
    const json = this.#json ?? unlessInvalid(() => this.json);
    return isObject(json) ? json : undefined;
  }
}

/** A wrong byte is an error, never a silent U+FFFD. */
const decodeUtf8 = (data: Uint8Array): string => {
  if (!isUtf8(data))
    throw new InvalidEventError(
      'NotUtf8',
      `${data.length} bytes that are not UTF-8; expected JSON: its sender may be set to protobuf, Avro or another encoding`,
    );
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8');
  // Files from Windows may begin with a byte order mark.
  return text.startsWith('\ufeff') ? text.slice(1) : text;
};

/**
 * For a deep text of so many bytes JSON.parse takes sixty times as long as for any other. Values take up to twenty times as many bytes in
 * memory as in the text. Each takes at least one of an item, so what holds more of them could not be stored.
 */
const COSTLY = { bytes: 64 * KB, levels: 1_000, values: ITEM_BYTES };

const parse = (text: string, data: Uint8Array): JsonValue => {
  const excess = data.length > COSTLY.bytes ? excessOf(data, COSTLY) : undefined;
  if (excess === 'levels')
    throw new InvalidEventError('TooDeep', `the JSON is nested more than ${COSTLY.levels} levels deep`);
  if (excess === 'values')
    throw new InvalidEventError('TooLarge', `the JSON holds more than ${COSTLY.values} values; DynamoDB holds no more`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidEventError('NotJson', `not JSON: ${withoutPayload((cause as SyntaxError).message, text)}`);
  }
};

/** What Python and others write for a measurement that failed, where a value begins. */
const NO_NUMBER = /[:,[]\s*-?(?:NaN|Infinity)\b/;
const IS_NO_NUMBER = /^(?:Unexpected token '[NI]'|No number after minus sign)/;

/**
 * V8 quotes the text it could not parse; a payload must not travel into logs inside an error message. Where it quotes, it names no
 * position, and the quoted text may look like one: only what a whole message begins or ends with is V8's own.
 */
const withoutPayload = (message: string, text: string): string => {
  if (IS_NO_NUMBER.test(message) && NO_NUMBER.test(text))
    return 'it holds NaN or Infinity, which JSON does not have; expected null or a number';
  const position = / at position (\d{1,10})(?: \(line \d+ column \d+\))?$/.exec(message)?.[1];
  return message === 'Unexpected end of JSON input' || Number(position) >= text.length
    ? 'the text ends too early'
    : `unexpected character${position === undefined ? '' : ` at position ${position}`}`;
};
