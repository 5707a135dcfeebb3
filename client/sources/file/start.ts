import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from '../../../cli/usage-error.ts';
import { isGzip } from './content.ts';
import { beginsAs, type FileIdentity, type FilePlace, identityOf, type SavedPlace } from './identity.ts';

/** Where to begin to read a file. */
export interface FileStart {
  place: FilePlace;
  /** Files to read to their ends before: what is left of the file that a rotation has moved away, and those after it. */
  earlier: readonly EarlierFile[];
  /** Why lines before `place` may be missing. */
  lost?: string;
}

export interface EarlierFile {
  path: string;
  /** A copy has the identity of its original, so that its lines keep theirs. */
  place: FilePlace;
  /** Whether it was copied, perhaps while a line was being written. */
  isCopy: boolean;
}

export interface StartOptions {
  /** The checkpoint, for messages. */
  checkpoint?: string | undefined;
  /** Whether to read on through rotations. */
  follow?: boolean | undefined;
}

/**
 * Where to begin to read a file: at its first byte, or where an earlier run ended.
 *
 * @throws {UsageError} where the file cannot be read; where `saved` is of another file; without `follow` also where the file was
 *   rotated or is shorter than what was delivered of it
 */
export const startOf = (
  path: string,
  saved: SavedPlace | undefined,
  { checkpoint = '', follow = false }: StartOptions = {},
): FileStart => {
  const file = identityOf(path);
  const problem = saved && mismatch(saved, file, { path, checkpoint });
  if (problem === undefined) return { place: { file, offset: saved?.offset ?? 0 }, earlier: [] };
  const isSamePath = saved!.file === resolve(path);
  if (!isSamePath) throw new UsageError([`${problem} ${START_AGAIN}`]);
  if (!follow) throw new UsageError([`${problem} ${START_AGAIN} --follow reads on through rotations.`]);
  const earlier = rotatedFrom(path, saved!, file);
  return { place: { file, offset: 0 }, earlier, ...(earlier.length === 0 && { lost: lostOf(path) }) };
};

const lostOf = (path: string): string =>
  `"${path}" was rotated or truncated, and no file next to it begins as it did; lines of it may be missing. Expected it under a name like ${basename(path)}.1, not packed yet`;

const START_AGAIN = 'Give the right one, or delete the checkpoint to begin at the first line.';

const mismatch = (
  saved: SavedPlace,
  found: FileIdentity,
  { path, checkpoint }: { path: string; checkpoint: string },
): string | undefined => {
  if (saved.inode !== found.inode)
    return saved.file === resolve(path)
      ? `the checkpoint "${checkpoint}" was made of an earlier "${path}"; another file has replaced it.`
      : `the checkpoint "${checkpoint}" is of "${saved.file}", and "${path}" is another file.`;
  if (!isGzip(found.head) && found.size < saved.offset)
    return `"${path}" has ${found.size} bytes, but the checkpoint "${checkpoint}" says that ${saved.offset} were delivered: it was truncated.`;
  return beginsAs(saved, found)
    ? undefined
    : `"${path}" does not begin as the checkpoint "${checkpoint}" says: it was written again.`;
};

/** What is left of a file that was rotated away, by its new name or as a copy, and the files that came between it and this one. */
const rotatedFrom = (path: string, saved: SavedPlace, current: FileIdentity): EarlierFile[] => {
  const files = rotated(path).filter(({ file }) => file.inode !== current.inode);
  const old =
    files.findLast(({ file }) => file.inode === saved.inode && beginsAs(saved, file)) ??
    files.findLast(({ file }) => saved.head.bytes > 0 && file.size >= saved.offset && beginsAs(saved, file));
  if (!old) return [];
  const isCopy = old.file.inode !== saved.inode;
  const place = { file: { ...old.file, inode: saved.inode }, offset: saved.offset };
  const between = files.slice(files.indexOf(old) + 1);
  return [
    { path: old.path, place, isCopy },
    ...between.map(({ path: name, file }) => ({ path: name, place: { file, offset: 0 }, isCopy })),
  ];
};

/** What rotations add to the name of a file: `.1`, `-20261120`, `.2026-11-20`. */
const SUFFIX = /^[.-]\d[\d.T_-]*$/;

/** The files that rotations have made of a file, the oldest first. Packed ones are left out. */
const rotated = (path: string): { path: string; file: FileIdentity; modified: number }[] => {
  const [folder, name] = [dirname(path), basename(path)];
  return readdirSync(folder)
    .filter((other) => other.startsWith(name) && SUFFIX.test(other.slice(name.length)))
    .map((other) => join(folder, other))
    .flatMap((other) => {
      const stats = statSync(other, { throwIfNoEntry: false });
      return stats?.isFile() ? [{ path: other, file: identityOf(other), modified: stats.mtimeMs }] : [];
    })
    .toSorted((a, b) => a.modified - b.modified);
};
