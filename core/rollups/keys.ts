import type { Rollup } from '../processor.ts';

/** A rollup's group in a window: what a reader asks for. */
export interface GroupKey {
  /** The rollup with its version: `views.1`. */
  rollup: string;
  window: string;
  group: string;
}

/** A text that is the same for two keys exactly where they are of the same group, window and rollup. */
export const groupId = ({ rollup, window, group }: GroupKey): string => JSON.stringify([rollup, window, group]);

/** What one shard of the change stream contributes to it. */
export interface PartKey extends GroupKey {
  shard: string;
}

/** The key of a part in the table of rollups. One query reads the parts of a window. */
export interface StoredKey {
  /** `views.1#2026-11-20T12:34Z` */
  partition: string;
  /** `/home#shardId-00000001`. A group may have a `#`, a shard has none. */
  sort: string;
}

/**
 * A rollup with the version of its definition. A definition that changed has another version and so other parts: the old and the new
 * never mix.
 */
export const versioned = ({ name, version = 1 }: Pick<Rollup, 'name' | 'version'>): string => `${name}.${version}`;

/** The inverse of {@link partKey}. */
export const storedKey = ({ rollup, window, group, shard }: PartKey): StoredKey => ({
  partition: `${rollup}#${window}`,
  sort: `${group}#${shard}`,
});

/** @throws {TypeError} where it is not the key of a part */
export const partKey = ({ partition, sort }: StoredKey): PartKey => {
  const [between, last] = [partition.indexOf('#'), sort.lastIndexOf('#')];
  if (between < 1 || last < 1) throw new TypeError('a row is not a part of a rollup; expected its key to have two "#"');
  return {
    rollup: partition.slice(0, between),
    window: partition.slice(between + 1),
    group: sort.slice(0, last),
    shard: sort.slice(last + 1),
  };
};
