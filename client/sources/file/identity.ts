import { hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { shownPath } from '../../../cli/shown.ts';
import { UsageError } from '../../../cli/usage-error.ts';
import { firstWhere } from '../../../core/first-where.ts';
import { zerosBefore } from '../../../core/lines.ts';
import { HEAD_BYTES, MOST_ZEROS_OF_TEXT } from './content.ts';

/** What tells a file from another one of the same name, before it and after it. */
export interface FileIdentity {
  /** A file that replaced another has another one. */
  inode: string;
  /** Where its first line begins: after zeros, see {@link zerosBefore}. */
  begin: number;
  /** Its first bytes from there on, up to {@link HEAD_BYTES}: they differ in a file that was written again. They grow as the file does. */
  head: Buffer;
  /** Bytes when it was opened. */
  size: number;
  /**
   * The last write to it, or to a file before it, that was seen while it had its name: whatever replaces it is written to later.
   * Milliseconds from 1970.
   */
  modified: number;
  /** When it was made: later than the last write to a file that had its inode before. 0 on a disk that does not know. Milliseconds from 1970. */
  born: number;
}

/** A place in a file: every event before this byte is behind it. With gzip the byte is one of what is packed. */
export interface FilePlace {
  file: FileIdentity;
  offset: number;
}

/** A place as a checkpoint keeps it. */
export interface SavedPlace {
  /** The absolute path of the file. */
  file: string;
  inode: string;
  /** The first bytes, which stay the same. */
  head: { bytes: number; sha256: string };
  offset: number;
  /** As that of {@link FileIdentity}. Checkpoints of earlier versions do not have it. */
  modified?: number;
}

/** @throws {UsageError} where the file cannot be read, or not again */
export const identityOf = (path: string): FileIdentity => {
  let fd: number | undefined;
  try {
    // Opening a pipe waits for its writer.
    if (!statSync(path).isFile())
      throw new UsageError([
        `"${path}" is not a regular file; --checkpoint and --follow need one, since only a regular file can be read again`,
      ]);
    fd = openSync(path, 'r');
    const stats = fstatSync(fd, { bigint: true });
    const [size, begin] = [Number(stats.size), beginOf(fd)];
    const born = Number(stats.birthtimeNs) / 1e6;
    return { inode: String(stats.ino), size, modified: modifiedOf(stats), born, begin, head: bytesAt(fd, begin) };
  } catch (error) {
    throw error instanceof UsageError ? error : unreadable(path, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
};

/** Says why a file cannot be read. @param cause what the file system says */
export const unreadable = (path: string, cause: unknown): UsageError => {
  const { code } = cause as NodeJS.ErrnoException;
  return new UsageError([`${shownPath(path)} cannot be read (${code}); expected ${EXPECTED}`], { cause });
};

/** What a source reads, for the messages of what it cannot. */
export const EXPECTED = 'a file with one JSON event a line';

/** Milliseconds from 1970. */
export const modifiedOf = ({ mtimeNs }: { mtimeNs: bigint }): number => Number(mtimeNs) / 1e6;

/** Of a path or an open descriptor; undefined where there is nothing, or nothing that can be looked at. */
export const statsIfAny = (file: string | number): Stats | undefined => {
  try {
    return typeof file === 'string' ? statSync(file) : fstatSync(file);
  } catch {
    return undefined;
  }
};

/** Bytes of an open file, up to {@link HEAD_BYTES}. */
export const bytesAt = (fd: number, at: number): Buffer => {
  const bytes = Buffer.alloc(HEAD_BYTES);
  return bytes.subarray(0, readSync(fd, bytes, 0, HEAD_BYTES, at));
};

/** Where the first line of an open file begins, after the zeros before it. For a file of zeros only it is not known: 0. */
export const beginOf = (fd: number): number => {
  if (zerosBefore(bytesAt(fd, 0)) <= MOST_ZEROS_OF_TEXT) return 0;
  const blocks = Math.ceil(fstatSync(fd).size / HEAD_BYTES);
  // The first block that is not all zeros. Gigabytes of them may be before it.
  const first = firstWhere(blocks, (index) => {
    const block = bytesAt(fd, index * HEAD_BYTES);
    return zerosBefore(block) < block.length;
  });
  return first === blocks ? 0 : first * HEAD_BYTES + zerosBefore(bytesAt(fd, first * HEAD_BYTES));
};

/**
 * @param path of the file
 * @param isFollowed whether lines are only added to the file, so that no byte of it may differ later. If not, those may that were
 *   not delivered
 */
export const toSaved = (path: string, { file, offset }: FilePlace, isFollowed: boolean) => {
  const { inode, begin } = file;
  const head = isFollowed ? file.head : file.head.subarray(0, Math.max(0, offset - begin));
  // An empty file that was copied or unpacked has the time of its original. What replaces it is made after it.
  const modified = head.length > 0 ? file.modified : Math.max(file.modified, file.born);
  return { file: path, inode, head: { bytes: head.length, sha256: hash('sha256', head) }, modified, offset };
};

/** Whether the file begins as the one of the place. */
export const beginsAs = ({ head }: SavedPlace, file: FileIdentity): boolean =>
  hash('sha256', file.head.subarray(0, head.bytes)) === head.sha256;
