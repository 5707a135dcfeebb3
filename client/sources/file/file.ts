import { type Stats, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { count } from '../../../cli/numbers.ts';
import { quotedPath, shownPath } from '../../../cli/shown.ts';
import { UsageError } from '../../../cli/usage-error.ts';
import { LF } from '../../../core/lines.ts';
import { objectIn } from '../../../core/source-event.ts';
import { type Source, type SourceContext, SourceError } from '../source.ts';
import { AGAIN, type Content, contentOf, isGzip } from './content.ts';
import { followed } from './follow.ts';
import { bytesAt, EXPECTED, type FileIdentity, type FilePlace, unreadable } from './identity.ts';
import { bytesFrom, chunksOf, gunzipped, skipping, streamOf } from './input.ts';
import { linesSource } from './lines.ts';
import { type FileStart, startOf } from './start.ts';
import { type EventMaker, eventMaker } from './to-event.ts';

export interface FileOptions {
  /** Where to begin. @default the first byte */
  start?: FileStart | undefined;
  /** Makes events of lines. @default they are events as they stand */
  toEvents?: EventMaker;
  /** Whether a last line without a line end stays where it is, unless it is a whole object: somebody may be in the middle of it. */
  onlyWholeLines?: boolean | undefined;
  /** Whether to wait for more lines at the end, and to read on through rotations. */
  follow?: boolean | undefined;
}

/** @throws {UsageError} where there is no such file, it is a directory, or nobody can tell, as in a loop of links */
export const statsOf = (path: string): Stats => {
  let stats: Stats | undefined;
  try {
    stats = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unreadable(path, error);
  }
  if (!stats) throw new UsageError([`there is no file ${shownPath(path)}; expected ${EXPECTED}`]);
  if (stats.isDirectory())
    throw new UsageError([
      `"${path}" is a directory; expected ${EXPECTED}: gzip -dcf ${quotedPath(path)}/* | ${AGAIN} sends those of all its files, in the order of their names`,
    ]);
  return stats;
};

/** What {@link statsOf} says of a path, for a command that names all problems of a call at once. */
export const problemsOfFile = (path: string): readonly string[] => {
  try {
    statsOf(path);
    return [];
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
};

/**
 * A file of events, one JSON a line (NDJSON), or of lines of any kind where they are wrapped. gzip is unpacked.
 *
 * @throws {UsageError} at once, where there is no such file, it is a directory, or it holds no lines
 */
export const fileSource = (
  path: string,
  context: SourceContext,
  { start, toEvents = eventMaker(), onlyWholeLines = false, follow = false }: FileOptions = {},
): Source => {
  const stats = statsOf(path);
  const { signal, note } = context;
  if (!stats.isFile() && !follow) {
    // A pipe cannot be read again.
    const chunks = linesIn(streamOf(path), signal, { path, isWrapped: toEvents.isWrapped, note });
    return linesSource(chunks, signal, { toEvent: toEvents.ofPipe(path), note, name: path });
  }
  const begin = start ?? startOf(path, undefined);
  const { file, offset } = begin.place;
  const content = contentOf(file.head, path, toEvents.isWrapped);
  if (content.kind === 'other') throw new UsageError([content.problem]);
  tellOf(content, path, note);
  if (content.kind === 'gzip' && follow)
    throw new UsageError([`"${path}" is packed with gzip, which does not grow line by line; leave out --follow`]);
  if (follow) return followed(path, begin, toEvents, context);
  const packed = content.kind === 'gzip';
  const chunks = (packed ? unpacked : plain)(path, begin.place, signal);
  return linesSource(chunks, signal, {
    start: offset,
    file,
    toEvent: toEvents.ofFile(path, file.inode),
    note,
    name: path,
    ...(onlyWholeLines &&
      !packed && {
        isWhole: ({ start: at, end, bytes }) => {
          // Nothing but its line end follows an object that has ended.
          if (objectIn(bytes)) return true;
          const message = `${path} ends with ${count(end - at, 'byte')} without a line end, which are left for the next run: with --checkpoint only whole lines are sent`;
          note({ kind: 'problem', message });
          return false;
        },
      }),
  });
};

/** @throws {SourceError} where the file was truncated meanwhile: its last line is cut off, and nobody knows what was behind it */
async function* plain(path: string, { file: known, offset }: FilePlace, signal: AbortSignal): AsyncGenerator<Buffer> {
  const file = await openAs(path, known);
  try {
    // Files of /proc have a size of 0, whatever they hold.
    const { size } = await file.stat();
    let end = offset;
    for await (const chunk of bytesFrom(file, offset, signal)) {
      end += chunk.length;
      yield chunk;
    }
    if ((await file.stat()).size < Math.min(size, end))
      throw new SourceError(
        `${path} became shorter while it was read, so lines may be missing; expected a file that nobody truncates, or --follow, which reads on through rotations`,
      );
  } finally {
    await file.close();
  }
}

async function* unpacked(path: string, { file, offset }: FilePlace, signal: AbortSignal): AsyncGenerator<Buffer> {
  yield* skipping(gunzipped((await openAs(path, file)).createReadStream(), signal), offset);
}

/** @throws {SourceError} where another file has taken the name since this one was looked at: a place in the one is none in the other */
const openAs = async (path: string, { inode, begin, head }: FileIdentity): Promise<FileHandle> => {
  const file = await open(path);
  const { ino } = await file.stat({ bigint: true });
  // Some disks of the network number a file anew each time that it is opened.
  if (String(ino) === inode || bytesAt(file.fd, begin).subarray(0, head.length).equals(head)) return file;
  await file.close();
  throw new SourceError(`another file took the place of ${path} as it was opened; start the same command again`);
};

/**
 * The bytes of lines in a stream that is read only once, such as a pipe. gzip is unpacked.
 *
 * @throws {SourceError} where its first bytes show that it holds no lines; what {@link chunksOf} throws
 */
export async function* linesIn(
  input: Readable,
  signal: AbortSignal,
  { path, isWrapped = false, note }: { path?: string; isWrapped?: boolean; note?: SourceContext['note'] } = {},
): AsyncGenerator<Buffer> {
  const chunks = chunksOf(input, signal);
  try {
    const head = await headOf(chunks);
    if (head.length === 0) return;
    const content = contentOf(head, path, isWrapped);
    if (content.kind === 'other') throw new SourceError(content.problem);
    tellOf(content, path ?? 'standard input', note);
    const all = joined(head, chunks);
    if (content.kind === 'gzip') yield* gunzipped(Readable.from(all), signal);
    else yield* all;
  } finally {
    // What unpacks reads ahead, and may wait for a writer that says nothing more.
    input.destroy();
    await chunks.return(undefined);
  }
}

/** Every magic number lies within them. */
const TELLING_BYTES = 512;

/** The first bytes of a pipe, which may come one by one. No line waits for more of them: none has ended yet. */
const headOf = async (chunks: AsyncGenerator<Buffer>): Promise<Buffer> => {
  let head = Buffer.alloc(0);
  while (head.length < TELLING_BYTES && !head.includes(LF) && !isGzip(head)) {
    const { done, value } = await chunks.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  return head;
};

const tellOf = (content: Content, name: string, note: SourceContext['note'] = () => {}): void => {
  if (content.kind === 'gzip') note({ kind: 'packed', message: `${name} is packed with gzip` });
  if (content.kind !== 'other' && content.hint !== undefined) note({ kind: 'problem', message: content.hint });
};

async function* joined(first: Buffer, others: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* others;
}
