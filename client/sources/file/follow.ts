import { type BigIntStats, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { shownPath } from '../../../cli/shown.ts';
import { unlessGone } from '../../../cli/unless-gone.ts';
import { LF } from '../../../core/lines.ts';
import type { SourceContext } from '../source.ts';
import { HEAD_BYTES } from './content.ts';
import { beginOf, bytesAt, modifiedOf, type SavedPlace, toSaved } from './identity.ts';
import { bytesFrom } from './input.ts';
import { type LineEvent, linesSource } from './lines.ts';
import { type EarlierFile, type FileStart, type LeftFile, startOf } from './start.ts';
import type { EventMaker } from './to-event.ts';

/** How long to wait at the end of a file before looking again. Milliseconds. */
const POLL_MS = 200;

/** Looks in a row that find nothing new, after which nobody writes into a rotated file any more: five seconds. */
const QUIET_POLLS = 25;

/** Between looks so close to each other a log is rotated at most once. Milliseconds. */
const WATCHED_MS = 1000;

/** First bytes that are compared at each look: they differ where the file was truncated and has grown again meanwhile. */
const COMPARED_BYTES = 1024;

/**
 * The lines of a file that grows, each once it has its line end. A file that was renamed is read to its end before the new one. Of
 * one that was copied and truncated, the copy is read to its end first. What cannot be read is tried again, since it may be so for a
 * moment only: in the middle of a rotation, or as a network file system is away. It ends only by the signal.
 */
export async function* followed(
  path: string,
  first: FileStart,
  toEvents: EventMaker,
  context: SourceContext,
): AsyncGenerator<LineEvent[]> {
  const { signal, clock, note } = context;
  const trouble = troubleWith(path, note);
  for (let start: FileStart | undefined = first; start; ) {
    if (start.lost !== undefined) note({ kind: 'problem', message: start.lost });
    const { place, read } = start;
    const current = { path, inode: place.file.inode, place, isCopy: false };
    const [file = current] = start.earlier;
    const reader = new FileReader(path, file, trouble, context);
    const isWhole = (): boolean => {
      if (!reader.isRead || !file.isCopy) return reader.isRead;
      note({ kind: 'problem', message: `${file.path} ends in the middle of a line, which is left out` });
      return false;
    };
    const toEvent = toEvents.ofFile(path, file.place.file.inode);
    const lines = { start: file.place.offset, file: file.place.file, toEvent, isWhole, note, name: path };
    try {
      yield* linesSource(reader.chunks(), signal, lines);
    } catch (error) {
      trouble.found(error);
      await clock.sleep(POLL_MS, signal);
    }
    if (signal.aborted) return;
    // Meanwhile a rotation may have moved the other files, or removed them.
    const { saved, isRead, isWatched } = reader;
    start = await next(path, saved, { isRead, isWatched, isCopy: file.isCopy, read }, trouble, context);
  }
}

/** Where to go on after a rotation. Between the old file and the new one there may be none for a moment. */
const next = async (
  path: string,
  saved: SavedPlace,
  left: LeftFile,
  trouble: Trouble,
  { signal, clock }: SourceContext,
): Promise<FileStart | undefined> => {
  while (!signal.aborted) {
    try {
      const start = look(path, saved, left);
      if (start) return start;
      trouble.isGone();
    } catch (error) {
      trouble.found(error);
    }
    await clock.sleep(POLL_MS, signal);
  }
  return undefined;
};

/** Says once that the log cannot be read on, and why, where that has been so at several looks in a row. */
const troubleWith = (log: string, note: SourceContext['note']) => {
  let last: string | undefined;
  let looks = 0;
  const met = (message: string): void => {
    looks = message === last ? looks + 1 : 1;
    last = message;
    if (looks === QUIET_POLLS) note({ kind: 'problem', message });
  };
  return {
    isOver: (): void => {
      last = undefined;
    },
    isGone: (): void => met(`there is no file ${log} any more; waiting for a new one`),
    /** @throws an error that is not one of the file system */
    found: (error: unknown): void => {
      const { cause = error } = error as Error;
      const { code, path = log, syscall } = cause as NodeJS.ErrnoException;
      if (syscall === undefined) throw error;
      met(`${shownPath(path)} cannot be read (${code}); trying again until it can be`);
    },
  };
};

type Trouble = ReturnType<typeof troubleWith>;

const look = (path: string, saved: SavedPlace, left: LeftFile): FileStart | undefined => {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined;
  try {
    return startOf(path, saved, { follow: true, left });
  } catch (error) {
    return unlessGone(error);
  }
};

/** Reads a file until nobody writes into it any more, whatever becomes of its name. */
class FileReader {
  readonly #path: string;
  readonly #file: EarlierFile;
  readonly #trouble: Trouble;
  readonly #context: SourceContext;
  /** The byte after the last one that was read, and the one after the last line end. */
  #at: number;
  #lineEnd: number;
  /** The inode of the file that had the name of the log at the last look, and the time of that look. */
  #holder: string;
  #lookedAt: number;
  /** Whether it was read to its end. If not, it has moved away before it was opened, or was truncated. */
  isRead = false;
  /** Whether its rotation was seen, so that no other file came between it and the one of now. */
  isWatched: boolean;

  /** @param path of the log, which may be that of the file */
  constructor(path: string, file: EarlierFile, trouble: Trouble, context: SourceContext) {
    this.#path = path;
    this.#file = file;
    this.#trouble = trouble;
    this.#context = context;
    this.#at = file.place.offset;
    this.#lineEnd = file.place.offset;
    this.#holder = file.inode;
    this.#lookedAt = context.calendar.now();
    this.isWatched = file.path === path;
  }

  /** Where the lines end that were read. A last line without a line end is read again, unless it can grow no more. */
  get saved(): SavedPlace {
    const { inode, place } = this.#file;
    const file = this.isRead ? { ...place.file, inode } : place.file;
    return toSaved(resolve(this.#path), { file, offset: this.isRead ? this.#at : this.#lineEnd }, true);
  }

  async *chunks(): AsyncGenerator<Buffer> {
    const { path, inode, isCopy } = this.#file;
    const handle = await open(path).catch(unlessGone);
    if (!handle) return;
    try {
      const opened = await handle.stat({ bigint: true });
      if (inodeOf(opened) !== inode) return;
      this.isRead = yield* this.#untilQuiet(handle, isCopy || this.#isLeft(opened) ? 0 : QUIET_POLLS);
    } finally {
      await handle.close();
    }
  }

  /** @param polls looks that find nothing new, once another file has its name. @returns false where it was truncated before */
  async *#untilQuiet(handle: FileHandle, polls: number): AsyncGenerator<Buffer, boolean> {
    const { signal, clock } = this.#context;
    for (let quiet = 0; ; ) {
      const before = this.#at;
      for await (const chunk of bytesFrom(handle, before, signal)) {
        if (await this.#isWrittenAnew(handle, this.#at + chunk.length)) return false;
        this.#took(chunk, handle.fd);
        yield chunk;
      }
      if (await this.#isWrittenAnew(handle, this.#at)) return false;
      const isReplaced = this.#isReplaced(await handle.stat({ bigint: true }));
      quiet = this.#at === before && isReplaced ? quiet + 1 : 0;
      if (quiet >= polls) return true;
      await clock.sleep(POLL_MS, signal);
      signal.throwIfAborted();
    }
  }

  /** Bytes were read. Its beginning shows only once it has one. */
  #took(chunk: Buffer, fd: number): void {
    const { file } = this.#file.place;
    const end = this.#at + chunk.length;
    if (file.head.length === 0) file.begin = beginOf(fd);
    if (file.head.length < Math.min(HEAD_BYTES, end - file.begin)) file.head = bytesAt(fd, file.begin);
    // Not before, since the disk may fail until then: the lines would be taken for read.
    const lineFeed = chunk.lastIndexOf(LF);
    if (lineFeed >= 0) this.#lineEnd = this.#at + lineFeed + 1;
    this.#at = end;
  }

  /** Whether nobody has written into it for long, by the clock of its disk: that of this machine may be ahead of it. */
  #isLeft(stats: BigIntStats): boolean {
    if (this.#file.path === this.#path) return false;
    const log = statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    return log !== undefined && modifiedOf(log) - modifiedOf(stats) > QUIET_POLLS * POLL_MS;
  }

  /** Whether it was truncated since its beginning was read. What was read of it meanwhile may be of other lines. */
  async #isWrittenAnew(handle: FileHandle, end: number): Promise<boolean> {
    const { begin, head: known } = this.#file.place.file;
    const head = known.subarray(0, COMPARED_BYTES);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(head.length), 0, head.length, begin);
    return (await handle.stat()).size < end || !head.equals(buffer.subarray(0, bytesRead));
  }

  /** Whether another file has the name of the log. */
  #isReplaced(stats: BigIntStats): boolean {
    const { inode, place } = this.#file;
    const found = statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    const now = found && inodeOf(found);
    if (found) this.#trouble.isOver();
    else this.#trouble.isGone();
    // The clock stands still while the process is stopped, and rotations go on. A calendar that was set back does not say how long.
    const time = this.#context.calendar.now();
    const isOneRotation = Math.abs(time - this.#lookedAt) <= WATCHED_MS && [inode, now].includes(this.#holder);
    this.isWatched = now === inode || (this.isWatched && isOneRotation);
    this.#lookedAt = time;
    this.#holder = now ?? this.#holder;
    if (now === inode) place.file.modified = Math.max(place.file.modified, modifiedOf(stats));
    return this.#holder !== inode;
  }
}

const inodeOf = ({ ino }: { ino: bigint }): string => String(ino);
