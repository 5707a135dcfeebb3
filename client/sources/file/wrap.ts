import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { resolve, sep } from 'node:path';
import type { Clock } from '../../../core/clock.ts';
import { PARTITION_KEY_CHARACTERS } from '../../../core/limits.ts';
import type { SourceEvent } from '../../../core/source-event.ts';
import type { ToEvent } from './lines.ts';

export interface WrapOptions {
  /** The type of the events. */
  type: string;
  /** The machine that the lines are of. */
  hostname: string;
  /** Whether lines stay in order, at the price of one shard for all of them. */
  isOrdered: boolean;
  /** Its `now` counts from 1970. */
  clock: Pick<Clock, 'now'>;
  /** A text that no other run has. */
  runId: string;
}

/**
 * Makes each line of a pipe a CloudEvent. Nobody can read it again, so its id belongs to this run, `<run>-<line number>`, and its
 * time is that of its arrival.
 *
 * @param path its path; without one it is standard input
 */
export const wrapPipe = (path: string | undefined, { clock, runId, ...options }: WrapOptions): ToEvent => {
  const wrap = wrapper(sourceOf(options.hostname, path), options);
  return (line, { number }) => wrap(line, `${runId}-${padded(number)}`, clock.now());
};

/**
 * Makes each line of a file a CloudEvent with the same id in every run, so that a line that is sent again overwrites its row:
 * `<byte where it begins>-<hash>`. The hash is of the file's inode and of the line, since a rotated log begins at byte 0 again,
 * in another inode or (`copytruncate`) with other lines. The ids sort as the lines do, and so do the rows.
 */
export const wrapFile = (path: string, inode: bigint, options: WrapOptions): ToEvent => {
  const wrap = wrapper(sourceOf(options.hostname, path), options);
  const identity = `${inode}\n`;
  return (line, { start }) => {
    const hash = createHash('sha256').update(identity).update(line).digest('hex').slice(0, HASH_CHARACTERS);
    return wrap(line, `${padded(start)}-${hash}`);
  };
};

/** 64 bits are enough for all lines that ever began at the same byte of the same path. */
const HASH_CHARACTERS = 16;

/** Digits of the largest whole number that is exact, so that numbers sort as text. */
const padded = (number: number): string => String(number).padStart(16, '0');

/** A URI reference, as a CloudEvent's source has to be. A path may have characters that a URI may not. */
const sourceOf = (hostname: string, path: string | undefined): string => {
  const place = path === undefined ? ['stdin'] : resolve(path).split(sep);
  const segments = [hostname, ...place].filter((segment) => segment !== '');
  return segments.map((segment) => `/${encodeURIComponent(segment.toWellFormed())}`).join('');
};

/**
 * The event of a line. It has no subject, so its row has the source as its key. Its partition key is its id, which spreads a log
 * over all shards. Where order counts the partition key is the source, in the attribute that CloudEvents have for it, so that a
 * spooled event keeps it.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/extensions/partitioning.md
 */
const wrapper = (source: string, { type, isOrdered }: Pick<WrapOptions, 'type' | 'isOrdered'>) => {
  const shared = source.length > PARTITION_KEY_CHARACTERS ? createHash('sha256').update(source).digest('hex') : source;
  return (line: Buffer, id: string, time?: number): SourceEvent => {
    const event = {
      specversion: '1.0',
      id,
      source,
      type,
      ...(isOrdered && { partitionkey: shared }),
      ...(time !== undefined && { time: new Date(time).toISOString() }),
      ...bodyOf(line),
    };
    return {
      partitionKey: isOrdered ? shared : id,
      data: Buffer.from(JSON.stringify(event)),
      ...(time !== undefined && { time }),
    };
  };
};

/** Text where it is UTF-8; other bytes as they are. */
const bodyOf = (line: Buffer): object =>
  isUtf8(line)
    ? { datacontenttype: 'text/plain', data: line.toString() }
    : { datacontenttype: 'application/octet-stream', data_base64: line.toString('base64') };
