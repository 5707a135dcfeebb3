import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readlinkSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { shownPath } from '../../cli/shown.ts';
import { UsageError } from '../../cli/usage-error.ts';
import type { Clock } from '../../core/clock.ts';
import { LF } from '../../core/lines.ts';
import type { SourceEvent } from '../../core/source-event.ts';
import { statsIfAny } from '../sources/file/identity.ts';
import { syncFolder } from './atomic-file.ts';

export interface SpoolOptions {
  /** The file, which is appended to where it exists. @default a new `spool-<time>.ndjson` */
  path?: string | undefined;
  /** The file that the source reads, by its path or as an open descriptor: it must not be the spool. */
  source?: string | number | undefined;
  /** Where a new file goes: the first that can be written. @default {@link SPOOL_FOLDERS} */
  folders?: readonly string[];
  /** Milliseconds since 1970: names a new file. */
  calendar: Pick<Clock, 'now'>;
}

/** The current folder, and the one for temporary files where that one cannot be written or its disk is full. */
export const SPOOL_FOLDERS: readonly string[] = ['.', tmpdir()];

/**
 * Keeps events that could not be delivered in a file, one a line, byte for byte: the source `file` reads it, and each event gets
 * the same partition key again. The file is created with the first event; only its owner may read it.
 */
export class Spool {
  readonly #options: SpoolOptions;
  #open: { fd: number; path: string } | undefined;
  #isSynced = true;
  /** Whether a sync failed. A later sync may succeed although those bytes are lost. */
  #isUnsure = false;
  /** Why events could not be kept. */
  error: Error | undefined;

  /** @throws {UsageError} where `path` cannot be a spool: it is checked now, while nothing is lost */
  constructor(options: SpoolOptions) {
    this.#options = options;
    const { path, source } = options;
    if (path === undefined) return;
    const problem = problemWith(path, source);
    if (problem !== undefined) throw new UsageError([problem]);
  }

  /** The file, once it holds an event. */
  get path(): string | undefined {
    return this.#open?.path;
  }

  /** Appends the event. @returns whether the file has it. After a failure nothing more is kept, so that the order stays */
  keep({ data }: SourceEvent): boolean {
    if (this.error) return false;
    try {
      this.#leaveMoved();
      this.#isSynced = false;
      if (this.#open) append(this.#open.fd, lineOf(data));
      else this.#open = this.#create(lineOf(data));
    } catch (error) {
      this.#fail(error);
    }
    return this.error === undefined;
  }

  /** Brings what is kept to the disk. @returns whether that worked */
  sync(): boolean {
    if (this.#isUnsure) return false;
    if (this.#isSynced || !this.#open) return true;
    try {
      fsyncSync(this.#open.fd);
      this.#isSynced = true;
    } catch (error) {
      this.#isUnsure = true;
      this.#fail(error);
    }
    return this.#isSynced;
  }

  /** Syncs and closes the file, where there is one. */
  close(): void {
    this.sync();
    try {
      if (this.#open) closeSync(this.#open.fd);
    } catch (error) {
      // A disk of the network may tell only now. The report must not be lost for that.
      this.#isUnsure = true;
      this.#fail(error);
    }
  }

  /** A client may run for weeks: meanwhile somebody delivers the file and deletes it. What is kept then goes into a new one. */
  #leaveMoved(): void {
    if (!this.#open || isAt(this.#open.path, this.#open.fd)) return;
    this.close();
    this.#open = undefined;
  }

  /** Opens the file with its first line. */
  #create(line: Buffer): { fd: number; path: string } {
    const { path, folders = SPOOL_FOLDERS, calendar } = this.#options;
    if (path !== undefined) return openWith(line, path, 'a+');
    const name = `spool-${new Date(calendar.now()).toISOString().replace(/[-:.]/g, '')}`;
    let failure: unknown;
    for (const folder of folders)
      try {
        return openNew(line, folder, name);
      } catch (error) {
        failure ??= error;
      }
    throw failure;
  }

  #fail(error: unknown): void {
    const file = this.#open?.path ?? this.#options.path ?? 'the spool';
    const { message } = error as Error;
    this.error ??= new Error(`${file} cannot be written (${message})`, { cause: error });
  }
}

/** The events may be confidential. */
const OWNER_ONLY = 0o600;

/** Opens a file and appends a line to it. Where that fails, as on a full disk, a new file is removed. */
const openWith = (line: Buffer, path: string, flags: 'a+' | 'ax+'): { fd: number; path: string } => {
  const fd = openSync(path, flags, OWNER_ONLY);
  try {
    syncFolder(dirname(path));
    append(fd, line);
    return { fd, path };
  } catch (error) {
    closeSync(fd);
    if (flags === 'ax+') rmSync(path, { force: true });
    throw error;
  }
};

/** Another client may have made a file of that name in the same millisecond. */
const openNew = (line: Buffer, folder: string, name: string): { fd: number; path: string } => {
  for (let copy = 1; ; copy += 1)
    try {
      return openWith(line, join(folder, copy === 1 ? `${name}.ndjson` : `${name}-${copy}.ndjson`), 'ax+');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
};

const append = (fd: number, line: Buffer): void => {
  // Another client may append to the same file, and may have been killed in the middle of a line.
  const { size } = fstatSync(fd);
  const last = Buffer.of(LF);
  if (size > 0) readSync(fd, last, 0, 1, size - 1);
  const bytes = last[0] === LF ? line : Buffer.concat([LINE_END, line]);
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(fd, bytes, written);
  } catch (error) {
    // Half a line would be read as an event, or as the beginning of the next one. It stays if another process has written behind it.
    if (fstatSync(fd).size === size + written) ftruncateSync(fd, size);
    throw error;
  }
};

const CR = 0x0d;
const LINE_END = Buffer.of(LF);

/** The event as a line that reads back as the same bytes. */
const lineOf = (data: Uint8Array): Buffer => {
  const line = Buffer.concat([data, data.at(-1) === CR ? CRLF : LINE_END]);
  // A line feed in JSON is between two tokens, where a space means the same.
  for (let at = line.indexOf(LF); at < data.length; at = line.indexOf(LF, at)) line[at] = 0x20;
  return line;
};

/** A reader takes CR LF as the line end, so an event that ends in CR needs another one. */
const CRLF = Buffer.from('\r\n');

/** Whether a path leads to what another path, or an open descriptor, leads to. */
const isAt = (path: string, other: string | number): boolean => {
  const [found, its] = [statsIfAny(path), statsIfAny(other)];
  return found !== undefined && found.dev === its?.dev && found.ino === its.ino;
};

const problemWith = (path: string, source: string | number | undefined): string | undefined => {
  const found = statsIfAny(path);
  if (found && !found.isFile())
    return `--spool is "${path}", which is not a regular file; expected a file to append to`;
  if (source !== undefined && isAt(path, source))
    return `--spool is "${path}", which is also what is read; expected another file`;
  // Nothing can be made where the path itself is wrong, as in a loop of links, whatever its folder takes.
  const code = codeOfWriting(path);
  const why = code === 'ENOENT' ? codeOfWriting(dirname(behindLink(path))) : code;
  return (
    why && `--spool is ${shownPath(path)}, which cannot be written (${why}); expected a file in a folder that exists`
  );
};

/** Why a file or a folder cannot be written, as in EACCES. */
const codeOfWriting = (path: string): string | undefined => {
  try {
    accessSync(path, constants.W_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
};

/** A link may lead to a file that is yet to be made. */
const behindLink = (path: string): string => {
  try {
    return resolve(dirname(path), readlinkSync(path));
  } catch {
    return path;
  }
};
