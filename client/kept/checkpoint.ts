import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { shownPath } from '../../cli/shown.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { UserError } from '../../cli/user-error.ts';
import type { SourceEvent } from '../../core/source-event.ts';
import { writeAtomically } from './atomic-file.ts';

export interface CheckpointOptions {
  /** Where the checkpoint lies. */
  path: string;
  /** The file whose lines are sent. */
  file: string;
  /** Called before each write: brings to the disk what counts as done. @returns whether that worked */
  beforeSave: () => boolean;
  /** Least time between two writes. Milliseconds. @default 500 */
  intervalMs?: number;
}

/** The checkpoint could not be written. The events have arrived nevertheless. */
export class CheckpointError extends UserError {
  override readonly name = 'CheckpointError';
}

/** What the checkpoint holds, as JSON. */
interface Saved {
  version: 1;
  /** The absolute path of the source, for people. */
  file: string;
  /** A file that replaced another has another inode. */
  inode: string;
  /** The first bytes of what was delivered: they differ in a file that was written again. */
  head: { bytes: number; sha256: string };
  /** Bytes of the source when the run began, for people. */
  size: number;
  /** Every event before this byte is on the stream or in the spool. */
  offset: number;
}

/** The file as it is now. */
interface Found {
  inode: string;
  size: number;
  /** Its first bytes, enough to recognize it. */
  head: Buffer;
}

const HEAD_BYTES = 64 * 1024;

/**
 * Remembers how far a file has been delivered, so that a later run continues there, however this one ended. Outcomes come in any
 * order; every event before the offset is delivered.
 */
export class Checkpoint {
  readonly #options: CheckpointOptions;
  readonly #found: Found;
  /** For each event that is not done, in the order of the file: its first byte. */
  readonly #undone = new Map<SourceEvent, number>();
  /** Where this run began. */
  readonly start: number;
  #readTo: number;
  #saved: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();
  #error: Error | undefined;

  constructor(options: CheckpointOptions, found: Found, start: number) {
    this.#options = options;
    this.#found = found;
    this.start = start;
    this.#readTo = start;
  }

  /** Every event before this byte is done. */
  get offset(): number {
    const [first = this.#readTo] = this.#undone.values();
    return first;
  }

  /** The next event of the file, and the byte after it. */
  read(event: SourceEvent, end: number): void {
    this.#undone.set(event, this.#readTo);
    this.#readTo = end;
  }

  /** The event is on the stream or in the spool. */
  done(event: SourceEvent): void {
    this.#undone.delete(event);
    this.#schedule();
  }

  /** Writes the checkpoint if it has changed. @returns why it could not be written */
  async close(): Promise<Error | undefined> {
    clearTimeout(this.#timer);
    await this.#saving;
    clearTimeout(this.#timer);
    if (this.offset !== this.#saved) await this.save();
    return this.#error;
  }

  /** Writes the checkpoint now. */
  async save(): Promise<void> {
    const { path, file, beforeSave } = this.#options;
    const { inode, size, head } = this.#found;
    const { offset } = this;
    const delivered = head.subarray(0, offset);
    const saved: Saved = {
      version: 1,
      file: resolve(file),
      inode,
      head: { bytes: delivered.length, sha256: hashOf(delivered) },
      size,
      offset,
    };
    if (!beforeSave()) return;
    try {
      const content = `${JSON.stringify(saved, undefined, 2)}\n`;
      await writeAtomically(path, content, { mode: 0o600, makeFolders: false });
      this.#saved = offset;
      this.#error = undefined;
    } catch (cause) {
      this.#error = new CheckpointError(
        `the checkpoint ${shownPath(path)} cannot be written (${(cause as Error).message})`,
        {
          cause,
        },
      );
    }
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#saving = this.save().then(() => {
        this.#timer = undefined;
        if (this.offset !== this.#saved) this.#schedule();
      });
    }, this.#options.intervalMs ?? 500);
  }
}

/**
 * Where a run would begin.
 *
 * @returns the byte of the file; nothing where there is no checkpoint yet
 * @throws {UsageError} where the checkpoint is of another file, or the file is shorter than what was delivered of it
 */
export const resumedAt = async (options: Pick<CheckpointOptions, 'path' | 'file'>): Promise<number | undefined> =>
  resume(options, await find(options.file));

/**
 * Begins or resumes the checkpoint of a file. Writes it once, to find out now whether it can be written.
 *
 * @throws {UsageError} as {@link resumedAt}, and where it cannot be written
 */
export const openCheckpoint = async (options: CheckpointOptions): Promise<Checkpoint> => {
  const found = await find(options.file);
  const checkpoint = new Checkpoint(options, found, (await resume(options, found)) ?? 0);
  await checkpoint.save();
  const error = await checkpoint.close();
  if (error) throw new UsageError([`${error.message}; expected a file in a folder that exists`]);
  return checkpoint;
};

const resume = async (options: Pick<CheckpointOptions, 'path' | 'file'>, found: Found): Promise<number | undefined> => {
  const saved = await readSaved(options.path);
  const problem = saved && mismatch(saved, found, options);
  if (problem !== undefined) throw new UsageError([`${problem} ${START_AGAIN}`]);
  return saved?.offset;
};

const START_AGAIN = 'Give the right one, or delete the checkpoint to begin at the first line.';

const mismatch = (
  saved: Saved,
  { inode, size, head }: Found,
  { path, file }: Pick<CheckpointOptions, 'path' | 'file'>,
): string | undefined => {
  const isSamePath = saved.file === resolve(file);
  if (saved.inode !== inode)
    return isSamePath
      ? `the checkpoint "${path}" was made of an earlier "${file}"; another file has replaced it.`
      : `the checkpoint "${path}" is of "${saved.file}", and "${file}" is another file.`;
  if (size < saved.offset)
    return `"${file}" has ${size} bytes, but the checkpoint "${path}" says that ${saved.offset} were delivered: it was truncated.`;
  if (hashOf(head.subarray(0, saved.head.bytes)) !== saved.head.sha256)
    return `"${file}" does not begin as the checkpoint "${path}" says: it was written again.`;
  return undefined;
};

const find = async (file: string): Promise<Found> => {
  let handle: FileHandle;
  try {
    handle = await open(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError([`${shownPath(file)} cannot be read (${code}); expected a file with one JSON event a line`]);
  }
  try {
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile())
      throw new UsageError([
        `"${file}" is not a regular file; --checkpoint needs one, since only a regular file can be read again`,
      ]);
    const head = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await handle.read(head, 0, HEAD_BYTES, 0);
    return { inode: String(stats.ino), size: Number(stats.size), head: head.subarray(0, bytesRead) };
  } finally {
    await handle.close();
  }
};

const readSaved = async (path: string): Promise<Saved | undefined> => {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new UsageError([
      `the checkpoint ${shownPath(path)} cannot be read (${code}); expected a file of an earlier run, or no file`,
    ]);
  }
  try {
    const saved = JSON.parse(text) as Partial<Saved>;
    if (saved.version === 1 && Number.isSafeInteger(saved.offset) && typeof saved.head?.sha256 === 'string')
      return saved as Saved;
  } catch {
    // The same problem as any other content.
  }
  throw new UsageError([`"${path}" is not a checkpoint of this client; expected a file of an earlier run, or no file`]);
};

const hashOf = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
