import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, parse, resolve } from 'node:path';
import { unlessGone } from '../../../cli/unless-gone.ts';
import { UsageError } from '../../../cli/usage-error.ts';
import { isGzip } from './content.ts';
import { beginsAs, type FileIdentity, type FilePlace, identityOf, modifiedOf, type SavedPlace } from './identity.ts';

/** Where to begin to read a file. */
export interface FileStart {
  place: FilePlace;
  /** Files to read to their ends before: what is left of the file that a rotation has moved away, and those after it. */
  earlier: readonly EarlierFile[];
  /** Files next to it that this run has read to their ends. */
  read?: readonly SavedPlace[] | undefined;
  /** Why lines before `place` may be missing. */
  lost?: string;
}

export interface EarlierFile {
  path: string;
  /** What had this path when it was found. Rotations shift names. */
  inode: string;
  /** A copy has the identity of its original, so that its lines keep theirs. */
  place: FilePlace;
  /** Whether it was copied, perhaps while a line was being written. */
  isCopy: boolean;
}

/** What a run knows of the file that it has just left. */
export interface LeftFile extends Pick<EarlierFile, 'isCopy'>, Pick<FileStart, 'read'> {
  /** Whether it was read to its end. */
  isRead: boolean;
  /** Whether its rotation was seen, so that no other file came between it and the one of now. */
  isWatched: boolean;
}

const NOTHING_KNOWN: LeftFile = { isRead: false, isWatched: false, isCopy: false };

export interface StartOptions {
  /** The checkpoint, for messages. */
  checkpoint?: string | undefined;
  /** Whether to read on through rotations. */
  follow?: boolean | undefined;
  /** The file of `saved`. @default an earlier run has left it, perhaps before its end */
  left?: LeftFile;
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
  { checkpoint = '', follow = false, left = NOTHING_KNOWN }: StartOptions = {},
): FileStart => {
  const file = identityOf(path);
  const problem = saved && mismatch(saved, file, { path, checkpoint });
  if (problem === undefined) {
    if (follow && saved && (isNewer(saved, file) || firstCopyOf(saved, filesOf(path, saved))))
      return afterRotation(path, saved, left);
    return { place: { file, offset: Math.max(saved?.offset ?? 0, file.begin) }, earlier: [], read: left.read };
  }
  if (saved!.file !== resolve(path)) throw new UsageError([`${problem} ${START_AGAIN}`]);
  if (!follow) throw new UsageError([`${problem} ${START_AGAIN} --follow reads on through rotations.`]);
  return afterRotation(path, saved!, left);
};

const lostOf = (path: string): string =>
  `"${path}" was rotated or truncated, and no file next to it is the one that was read last; lines may be missing. Expected it under a name like ${basename(path)}.1, not packed yet`;

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

/** Reads what is left of the file that was rotated away, by its new name or as a copy, then the files between it and the one of now. */
const afterRotation = (path: string, saved: SavedPlace, left: LeftFile): FileStart => {
  const files = filesOf(path, saved);
  const { current, rotated } = files;
  const old = oldOf(saved, files, left);
  const rest = left.isRead ? undefined : old;
  const read = [...(left.read ?? []), ...(left.isRead ? [saved] : [])];
  // A rotation removes and packs the oldest files first. Where the old one is gone, what is there came after it.
  const modified = saved.modified ?? old?.file.modified ?? Number.POSITIVE_INFINITY;
  // Nobody knows which files came after it where the clock was set back. What was delivered before has the same ids again.
  const later = !left.isWatched && isSetBack(saved, current) ? rotated : laterThan(modified, old, rotated);
  const others = later.filter((other) => other !== rest && !read.some((one) => isRead(one, other.file)));
  const isCopy = left.isCopy || isCopied(saved, current, old);
  const toRead = ({ path: name, file }: Rotated, offset: number, its: Partial<FileIdentity>): EarlierFile => ({
    path: name,
    inode: file.inode,
    place: { file: { ...file, ...its }, offset },
    isCopy,
  });
  // What was copied was in the file of now, which is truncated each time.
  const original = isCopy ? { inode: current.inode } : {};
  // A file may have been written to after it was renamed. It is older than the one of now all the same.
  const newest = Math.max(current.modified, ...rotated.map(({ file }) => file.modified));
  return {
    place: { file: { ...current, modified: newest }, offset: current.begin },
    earlier: [
      ...(rest ? [toRead(rest, saved.offset, { inode: saved.inode, modified })] : []),
      ...others.map((other) => toRead(other, other.file.begin, original)),
    ],
    read: read.filter((one) => rotated.some(({ file }) => isOf(one, file))),
    ...(!old && !(left.isRead && left.isWatched) && { lost: lostOf(path) }),
  };
};

/** The file of the place, by its new name, or its copy. */
const oldOf = (saved: SavedPlace, files: Files, left: LeftFile): Rotated | undefined => {
  const possible = files.rotated.filter(
    ({ file }) => file.size >= saved.offset && (left.isRead || !isNewer(saved, file)),
  );
  return (
    possible.findLast(({ file }) => isOf(saved, file)) ??
    possible.findLast(({ file }) => !left.isRead && saved.head.bytes > 0 && beginsAs(saved, file)) ??
    firstCopyOf(saved, files)
  );
};

/** Whether the rotation has copied the file of the place and truncated it. */
const isCopied = ({ inode, modified }: SavedPlace, current: FileIdentity, old: Rotated | undefined): boolean => {
  if (old) return old.file.inode !== inode;
  // A new file may have the inode of one that is gone.
  return current.inode === inode && current.born <= (modified ?? Number.POSITIVE_INFINITY);
};

/** Files that came after the old one. A busy program writes several small files in one tick of the disk's clock. */
const laterThan = (modified: number, old: Rotated | undefined, rotated: readonly Rotated[]): Rotated[] =>
  rotated.filter(({ file }, index) => {
    if (file.modified !== modified) return file.modified > modified;
    return !old || index > rotated.indexOf(old);
  });

/**
 * Of a file that was empty no beginning is known. Where it was written to since, and so was a file next to it, lines have come and were
 * copied: after a rename the log would have another inode.
 */
const firstCopyOf = (saved: SavedPlace, { current, rotated }: Files): Rotated | undefined => {
  const { head, inode, modified = Number.POSITIVE_INFINITY } = saved;
  if (head.bytes > 0 || inode !== current.inode || isNewer(saved, current)) return undefined;
  return current.modified > modified ? rotated.find(({ file }) => file.modified > modified) : undefined;
};

/** Whether a file has the inode of an empty one that is gone: it was made after that one was written to. */
const isNewer = ({ head, modified = Number.POSITIVE_INFINITY }: SavedPlace, { born }: FileIdentity): boolean =>
  head.bytes === 0 && born > modified;

const isOf = (saved: SavedPlace, file: FileIdentity): boolean => saved.inode === file.inode && beginsAs(saved, file);

/** An empty file has no beginning, and a new file may have the inode of one that is gone. */
const isRead = (saved: SavedPlace, file: FileIdentity): boolean =>
  isOf(saved, file) && (saved.offset > 0 || file.size === 0);

interface Rotated {
  path: string;
  file: FileIdentity;
}

/** A file, and those that rotations have made of it since a place, the oldest first. Packed ones are left out. */
interface Files {
  current: FileIdentity;
  rotated: Rotated[];
}

const filesOf = (path: string, saved: SavedPlace): Files => {
  // A rotation that goes on meanwhile changes one name after the other.
  for (let before: string | undefined; ; ) {
    const current = identityOf(path);
    const rotated = rotatedOf(path, saved.inode, sinceOf(saved, current));
    const names = [current.inode, ...rotated.flatMap(({ path: name, file }) => [name, file.inode])].join('\n');
    if (names === before) return { current, rotated: rotated.filter(({ file }) => file.inode !== current.inode) };
    before = names;
  }
};

/** What rotations add to the name of a file: `.1`, `-20261120`, `.2026-11-20`. */
const SUFFIX = /^[.-]\d[\d.T_-]*$/;

/** What they put before its extension. Without a date it may be the log of another program, such as that of worker-2.log. */
const DATE = /^[._-]+\d{4}-?\d\d-?\d\d[\d.T_-]*$/;

/** How far the time of a file may be before that of the place: a copy keeps the time of its original, but not on every disk all of it. */
const TOLERANCE_MS = 24 * 60 * 60_000;

/** Whether the clock was set back since: what is written now has a time before that of the place. */
const isSetBack = ({ modified = Number.NEGATIVE_INFINITY }: SavedPlace, current: FileIdentity): boolean =>
  current.modified < modified - TOLERANCE_MS;

/** From when on files are of interest. */
const sinceOf = (saved: SavedPlace, current: FileIdentity): number =>
  isSetBack(saved, current) ? Number.NEGATIVE_INFINITY : (saved.modified ?? Number.NEGATIVE_INFINITY) - TOLERANCE_MS;

/**
 * Next to the file, and where that is a link, next to the one that it leads to. What came before the place is not opened: thousands of
 * files may lie there.
 */
const rotatedOf = (path: string, inode: string, since: number): Rotated[] =>
  [...new Set([path, realpathSync(path)].flatMap(namesOf))]
    .filter((other) => {
      const stats = statSync(other, { bigint: true, throwIfNoEntry: false });
      return stats?.isFile() && (String(stats.ino) === inode || modifiedOf(stats) >= since);
    })
    .flatMap((other) => {
      const file = identityIfThere(other);
      return file ? [{ path: other, file }] : [];
    })
    .toSorted((a, b) => a.file.modified - b.file.modified || shiftsOf(b.path) - shiftsOf(a.path));

/** The names that rotations may have given to what had this name, each in one form. */
const namesOf = (path: string): string[] => {
  const folder = realpathSync(dirname(path));
  const { base, name, ext } = parse(path);
  return readdirSync(folder)
    .filter((other) => SUFFIX.test(between(base, '', other)) || DATE.test(between(name, ext, other)))
    .map((other) => join(folder, other));
};

/** What stands between the beginning and the end of a text; '' where it has others. */
const between = (begin: string, end: string, text: string): string =>
  text.startsWith(begin) && text.endsWith(end) ? text.slice(begin.length, text.length - end.length) : '';

/** How often a name was shifted: `.2` is older than `.1`. */
const shiftsOf = (path: string): number => Number(/\.(\d{1,3})$/.exec(path)?.[1] ?? 0);

const identityIfThere = (path: string): FileIdentity | undefined => {
  try {
    return identityOf(path);
  } catch (error) {
    return unlessGone(error);
  }
};
