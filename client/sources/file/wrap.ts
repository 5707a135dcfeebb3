import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { resolve, sep } from 'node:path';
import type { Clock } from '../../../core/clock.ts';
import { defined } from '../../../core/defined.ts';
import { firstByte, OPEN_ARRAY, OPEN_OBJECT } from '../../../core/envelopes/json-text.ts';
import { EventBytes } from '../../../core/event-bytes.ts';
import { unlessInvalid } from '../../../core/invalid-event.ts';
import { isObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { KEY_BYTES, PARTITION_KEY_CHARACTERS } from '../../../core/limits.ts';
import { timeNamedIn } from '../../../core/shapes/any-object.ts';
import { cloudEvent } from '../../../core/shapes/cloud-event.ts';
import { type SourceEvent, toSourceEvent } from '../../../core/source-event.ts';
import { type FieldNames, fieldsIn, type OnNothing } from './fields.ts';
import type { ToEvent } from './lines.ts';

export interface WrapOptions {
  /** The type of the events. */
  type: string;
  /** The machine that the lines are of. */
  hostname: string;
  /** Whether lines without a key stay in order, at the price of one shard for all of them. */
  isOrdered: boolean;
  /** Milliseconds since 1970. */
  calendar: Pick<Clock, 'now'>;
  /** A text that no other run has. */
  runId: string;
  /** The fields of JSON lines that say more about the event. */
  fields?: FieldNames;
  onNothing?: OnNothing;
}

/**
 * Makes each line of a pipe a CloudEvent. Nobody can read it again, so its id is of this run: `<run>-<line number>`. Its time is that
 * of its arrival, unless it is JSON that names one.
 *
 * @param path its path; without one it is standard input
 */
export const wrapPipe = (path: string | undefined, { calendar, runId, ...options }: WrapOptions): ToEvent => {
  const wrap = wrapper(sourceOf(options.hostname, path), options);
  return (line, { number }) => wrap(line, `${runId}-${padded(number)}`, calendar.now());
};

/**
 * Makes each line of a file a CloudEvent with the same id in every run, so that a line that is sent again overwrites its row:
 * `<byte where it begins>-<hash>`. The hash is of the file's inode and of the line, since a rotated log begins at byte 0 again. The ids
 * sort as the lines do. Where a later file has the same inode, as after `copytruncate`, or where that of a removed file is used again,
 * nothing but a time in the line tells it from one that says the same at the same byte.
 */
export const wrapFile = (path: string, inode: string, options: WrapOptions): ToEvent => {
  const wrap = wrapper(sourceOf(options.hostname, path), options);
  const identity = Buffer.from(`${inode}\n`);
  return (line, { start }) => {
    const digest = hash('sha256', Buffer.concat([identity, line])).slice(0, HASH_CHARACTERS);
    return wrap(line, `${padded(start)}-${digest}`);
  };
};

/** 64 bits are enough for all lines that ever began at the same byte of the same path. */
const HASH_CHARACTERS = 16;

/** Digits of the largest whole number that is exact, so that numbers sort as text. */
const padded = (number: number): string => String(number).padStart(16, '0');

/** A URI reference, as a CloudEvent's source has to be. A path may have characters that a URI may not. Of a long one it has the hash. */
const sourceOf = (hostname: string, path: string | undefined): string => {
  const place = path === undefined ? ['stdin'] : resolve(path).split(sep);
  const source = uriOf(hostname, ...place);
  return source.length > SOURCE_CHARACTERS ? uriOf(hostname, hash('sha256', source)) : source;
};

const uriOf = (...segments: string[]): string =>
  segments
    .filter((segment) => segment !== '')
    .map((segment) => `/${encodeURIComponent(segment.toWellFormed())}`)
    .join('');

/** A row's Id is the source, a space and the id of a line, which has up to 53 characters. A path may need nine for each of its own. */
const SOURCE_CHARACTERS = KEY_BYTES.sort - 1 - 53;

/**
 * The event of a line; a line that is a CloudEvent already stays as it is. Its subject is the key of the line, or else its id: the
 * subject becomes the row's Username and the partition key, and lines of one log must not share one partition of a table or a stream.
 * Where order counts, lines without a key share the source as their partition key. It is in the attribute that CloudEvents have for
 * it, so that a spooled event keeps it.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/extensions/partitioning.md
 */
const wrapper = (
  source: string,
  { type: typeOfAll, isOrdered, fields = {}, onNothing }: Omit<WrapOptions, 'hostname' | 'calendar' | 'runId'>,
) => {
  const shared = source.length > PARTITION_KEY_CHARACTERS ? hash('sha256', source) : source;
  return (line: Buffer, idOfLine: string, arrived?: number): SourceEvent => {
    const bytes = new EventBytes(line);
    const json = jsonIn(bytes);
    if (isObject(json) && cloudEvent.matches(json)) return toSourceEvent(line, json, defined({ key: fields.key }));
    const named: FieldNames = isObject(json) ? namedIn(json, line, fields, onNothing) : {};
    const { key, id = idOfLine, type = typeOfAll, time = timeOf(arrived) } = named;
    const attributes = {
      id,
      source,
      type,
      subject: key ?? id,
      ...(isOrdered && key === undefined && { partitionkey: shared }),
      ...(time !== undefined && { time }),
    };
    const event =
      json === undefined ? toCloudEvent(attributes, bodyOf(line)) : toCloudEvent(attributes, OF_JSON, bytes.text);
    return arrived === undefined ? event : { ...event, time: arrived };
  };
};

/** What JSON says about the event: by its fields, and the time that it names itself. */
const namedIn = (json: JsonObject, line: Buffer, fields: FieldNames, onNothing?: OnNothing): FieldNames => ({
  ...defined({ time: timeNamedIn(json) }),
  ...fieldsIn(json, line, fields, onNothing),
});

const timeOf = (arrived: number | undefined): string | undefined =>
  arrived === undefined ? undefined : new Date(arrived).toISOString();

const OF_JSON = { datacontenttype: 'application/json' };

/** The attributes of a CloudEvent that this client makes. */
interface Attributes {
  id: string;
  source: string;
  type: string;
  subject: string;
  partitionkey?: string;
  time?: string;
}

/**
 * A CloudEvent, keyed as its shape says: anyone who reads it back from the spool finds the same key.
 *
 * @param body the rest of it
 * @param json its data as it was written, so that numbers keep their digits
 */
export const toCloudEvent = (attributes: Attributes, body: object, json?: string): SourceEvent => {
  const event = { specversion: '1.0', ...attributes };
  const text = JSON.stringify({ ...event, ...body });
  const data = Buffer.from(json === undefined ? text : `${text.slice(0, -1)},"data":${json}}`);
  return toSourceEvent(data, event, { shapes: [cloudEvent] });
};

/** The JSON object or array that a line is. A number or a text that happens to be JSON is a line of text. */
const jsonIn = (bytes: EventBytes): JsonValue | undefined => {
  const first = firstByte(bytes.data);
  return first === OPEN_OBJECT || first === OPEN_ARRAY ? unlessInvalid(() => bytes.json) : undefined;
};

/** Text where it is UTF-8; other bytes as they are. */
const bodyOf = (line: Buffer): object =>
  isUtf8(line)
    ? { datacontenttype: 'text/plain', data: line.toString() }
    : { datacontenttype: 'application/octet-stream', data_base64: line.toString('base64') };
