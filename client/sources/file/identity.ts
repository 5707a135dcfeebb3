import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { shownPath } from '../../../cli/shown.ts';
import { UsageError } from '../../../cli/usage-error.ts';
import { hashOf } from '../../../core/decode.ts';
import { HEAD_BYTES } from './content.ts';

/** What tells a file from another one of the same name, before it and after it. */
export interface FileIdentity {
  /** A file that replaced another has another one. */
  inode: string;
  /** Its first bytes, up to {@link HEAD_BYTES}: they differ in a file that was written again. They grow as the file does. */
  head: Buffer;
  /** Bytes when it was opened. */
  size: number;
  /**
   * The last write to it, or to a file before it, that was seen while it had its name: whatever replaces it is written to later.
   * Milliseconds from 1970.
   */
  modified: number;
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
  let fd: number;
  try {
    // Opening a pipe waits for its writer.
    if (!statSync(path).isFile())
      throw new UsageError([
        `"${path}" is not a regular file; --checkpoint and --follow need one, since only a regular file can be read again`,
      ]);
    fd = openSync(path, 'r');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const problem = `${shownPath(path)} cannot be read (${code}); expected a file with one JSON event a line`;
    throw new UsageError([problem], { cause: error });
  }
  try {
    const stats = fstatSync(fd, { bigint: true });
    return { inode: String(stats.ino), size: Number(stats.size), modified: modifiedOf(stats), head: headOf(fd) };
  } finally {
    closeSync(fd);
  }
};

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

/** The first bytes of an open file. */
export const headOf = (fd: number): Buffer => {
  const head = Buffer.alloc(HEAD_BYTES);
  return head.subarray(0, readSync(fd, head, 0, HEAD_BYTES, 0));
};

/**
 * @param path of the file
 * @param isFollowed whether lines are only added to the file, so that no byte of it may differ later. If not, those may that were
 *   not delivered
 */
export const toSaved = (path: string, { file, offset }: FilePlace, isFollowed: boolean) => {
  const { inode, size, modified } = file;
  const head = isFollowed ? file.head : file.head.subarray(0, offset);
  return { file: path, inode, head: { bytes: head.length, sha256: hashOf(head) }, size, modified, offset };
};

/** Whether the file begins as the one of the place. */
export const beginsAs = ({ head }: SavedPlace, file: FileIdentity): boolean =>
  hashOf(file.head.subarray(0, head.bytes)) === head.sha256;
