import { resolve } from 'node:path';
import { shownPath, withoutSecrets } from '../../cli/shown.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { defined } from '../../core/defined.ts';
import { isObject, isText } from '../../core/json.ts';
import { type SavedPlace, toSaved } from '../sources/file/identity.ts';
import { type FileStart, startOf } from '../sources/file/start.ts';
import type { Place } from '../sources/source.ts';
import { nameOfSource } from '../sources/source-name.ts';
import type { SourceSettings } from '../sources/source-settings.ts';
import { beginCheckpoint, type Checkpoint, type CheckpointOptions, readCheckpoint } from './checkpoint.ts';

/** A source with a checkpoint. */
export interface CheckpointedSource extends Pick<SourceSettings, 'source' | 'file' | 'url' | 'follow'> {
  checkpoint: string;
}

/** Where a source is to begin: a file always somewhere, a live source where an earlier run ended. */
export type Start = FileStart | string | undefined;

/**
 * Where a run would begin.
 *
 * @throws {UsageError} where the checkpoint is of another source, or a file is no longer the one it was made of
 */
export const resumedAt = async (settings: CheckpointedSource): Promise<Start> => {
  const { source, file = '', url, checkpoint, follow } = settings;
  const saved = await readCheckpoint(checkpoint, (json) => fileIn(json) ?? liveIn(json));
  if (source === 'file') {
    if (saved && !('file' in saved)) throw ofAnother(checkpoint, saved, settings);
    return startOf(file, saved, { checkpoint, follow });
  }
  if (saved === undefined) return undefined;
  if ('file' in saved || saved.source !== source || shownUrl(saved.url) !== shownUrl(url))
    throw ofAnother(checkpoint, saved, settings);
  return saved.place;
};

/**
 * Begins or resumes the checkpoint of a source.
 *
 * @returns it, and where the source is to begin
 * @throws {UsageError} as {@link resumedAt}, and where it cannot be written
 */
export const openCheckpoint = async (
  settings: CheckpointedSource,
  options: Omit<CheckpointOptions, 'path' | 'start' | 'toSaved'>,
): Promise<{ checkpoint: Checkpoint; start: Start }> => {
  const { source, file = '', url, checkpoint: path, follow = false } = settings;
  const start = await resumedAt(settings);
  const place = typeof start === 'object' ? (start.earlier[0]?.place ?? start.place) : start;
  const toContent = (reached: Place | undefined): object =>
    typeof reached === 'object'
      ? toSaved(resolve(file), reached, follow)
      : { source, ...defined({ url: shownUrl(url) }), place: reached ?? null };
  return { start, checkpoint: await beginCheckpoint({ ...options, path, start: place, toSaved: toContent }) };
};

/** The bytes of a file that an earlier run delivered. */
export const offsetOf = (start: Start): number | undefined =>
  typeof start === 'object' ? start.place.offset : undefined;

/** Where a live source stood. */
interface SavedLivePlace {
  source: string;
  url?: string;
  /** Undefined where nothing was delivered. */
  place: string | undefined;
}

/** What a checkpoint of a file holds. */
const fileIn = (json: Readonly<Record<string, unknown>>): SavedPlace | undefined => {
  const { file, inode, head, offset, modified } = json;
  if (!isText(file) || !isText(inode) || !Number.isSafeInteger(offset)) return undefined;
  if (!isObject(head) || !isText(head.sha256) || typeof head.bytes !== 'number') return undefined;
  return {
    file,
    inode,
    head: { bytes: head.bytes, sha256: head.sha256 },
    offset: Number(offset),
    ...(typeof modified === 'number' && { modified }),
  };
};

const liveIn = ({ source, url, place }: Readonly<Record<string, unknown>>): SavedLivePlace | undefined => {
  if (!isText(source) || (url !== undefined && !isText(url)) || (place !== null && !isText(place))) return undefined;
  return { source, ...defined({ url }), place: place ?? undefined };
};

/** A URL as the checkpoint keeps it: its server and path. What a query asks for, such as the collections of Jetstream, moves no place. */
const shownUrl = (url: string | undefined): string | undefined => url && withoutSecrets(url).replace(/[?#].*/s, '');

const ofAnother = (path: string, saved: SavedPlace | SavedLivePlace, settings: CheckpointedSource): UsageError => {
  const of =
    'file' in saved ? `"${saved.file}"` : [saved.source, ...(saved.url ? [shownUrl(saved.url)] : [])].join(' at ');
  const name = nameOfSource({ ...settings, track: [] });
  const where = settings.url === undefined ? '' : ` at ${shownUrl(settings.url)}`;
  return new UsageError([
    `the checkpoint ${shownPath(path)} is of ${of}, and what is read is ${name}${where}. Give the right one, or delete the checkpoint to begin anew.`,
  ]);
};
