import type { DynamoDBRecord } from 'aws-lambda';
import { isItemTooLarge } from '../../aws/service-error.ts';
import { chunks } from '../../core/batch.ts';
import { defined } from '../../core/defined.ts';
import { describeError } from '../../core/describe-error.ts';
import { inParallel } from '../../core/in-parallel.ts';
import type { InvalidEventError } from '../../core/invalid-event.ts';
import { BATCH_GET_ITEM_KEYS } from '../../core/limits.ts';
import type { Rollup } from '../../core/processor.ts';
import type { PartKey } from '../../core/rollups/keys.ts';
import { type Entry, merge, mergeBoth, type Part, padded } from '../../core/rollups/part.ts';
import type { Deadline } from '../deadline.ts';
import type { Delivery } from './delivery.ts';
import type { PartStore } from './part-store.ts';
import { readChange } from './read-change.ts';
import { type RebuildRoles, type RebuildStore, takePart } from './rebuild.ts';
import { type Touched, touchedBy } from './touched.ts';

/** What became of the changes of a batch. */
export interface Applied {
  counts: {
    changes: number;
    partsWritten: number;
    /** Contributions that their part held already. */
    skipped: number;
    /** Parts that another write had changed after they were read. They were read again. */
    conflicts: number;
    /** Images of rows that the table or a rollup cannot count, or for which their part has no room. They contribute nothing. */
    refused: number;
    /** Changes that must come again: from the first that is not in all of its parts on. */
    unfinished: number;
  };
  /** The sequence number of the first unfinished change. */
  firstUnfinished?: string;
  /** Why changes are unfinished, or images refused; each reason once. They quote no row. */
  errors: string[];
}

export interface ApplyOptions {
  rollups: readonly Rollup[];
  store: PartStore;
  /** What is known of a rebuild. @default none is ever on */
  rebuilds?: RebuildStore;
  deadline: Deadline;
  /** Requests in flight at once. */
  concurrency: number;
}

/**
 * Brings every part that the changes touch up to the last of them. Each part is read, merged and written on the condition that it is
 * still what was read. It throws only for what is not a batch of changes.
 */
export const applyChanges = async (
  { records, shard }: Delivery,
  { rollups, store, rebuilds, deadline, concurrency }: ApplyOptions,
): Promise<Applied> => {
  const counts = { changes: records.length, partsWritten: 0, skipped: 0, conflicts: 0, refused: 0 };
  const errors = new Set<string>();
  const unfinished: Touched[] = [];
  const refused = (error: InvalidEventError): void => {
    counts.refused += 1;
    errors.add(describeError(error));
  };

  const failed = (error: unknown, ...touched: Touched[]): void => {
    errors.add(deadline.isOver() ? 'the time for writing is over' : describeError(error));
    unfinished.push(...touched);
  };
  /** @param from the place of the first unfinished change */
  const applied = (from: number): Applied => ({
    counts: { ...counts, unfinished: records.length - from },
    ...defined({ firstUnfinished: records[from]?.dynamodb?.SequenceNumber }),
    errors: [...errors],
  });

  const changes = records.map((record) => readChange(record, refused));
  let rebuild: RebuildRoles | undefined;
  try {
    rebuild = rebuilds && (await takePart({ records, shard }, rebuilds, concurrency));
  } catch (error) {
    // Nothing is written yet. Without the rebuild's memory of the rows no change may be.
    failed(error);
    return applied(0);
  }

  /** What fits no item now never will, and must not hold up what is behind it. */
  const tooLarge = ({ rollup }: PartKey, entries: readonly Entry[]): void => {
    counts.refused += entries.length;
    errors.add(`a group of the rollup "${rollup}" has more values in a window than an item of 400 KB holds`);
  };
  /** @param part as it was read */
  const bringUp = async (touched: Touched, part: Part | undefined): Promise<void> => {
    const { key, expiresAt } = touched;
    let current = part;
    let entries: readonly Entry[] = touched.entries;
    let anew: readonly Entry[] | undefined = touched.anew;
    for (;;) {
      const { part: next, skipped } = rebuild
        ? mergeBoth(current, entries, { id: rebuild.id, entries: anew })
        : merge(current, entries);
      try {
        if (!next || (await store.write(key, next, current, expiresAt))) {
          counts.skipped += skipped;
          counts.partsWritten += next ? 1 : 0;
          return;
        }
        counts.conflicts += 1;
        [current] = await store.read([key]);
      } catch (error) {
        if (!isItemTooLarge(error)) throw error;
        // What a rebuild makes of the part is given up before any of its changes is.
        if (rebuild && anew) anew = undefined;
        else if (entries.length === 0) return;
        else {
          tooLarge(key, entries);
          entries = [];
        }
      }
    }
  };
  const bringUpAll = async (all: readonly Touched[]): Promise<void> => {
    const read: { touched: Touched; part: Part | undefined }[] = [];
    await inParallel(concurrency, chunks(all, BATCH_GET_ITEM_KEYS), async (chunk) => {
      try {
        const parts = await store.read(chunk.map(({ key }) => key));
        for (const [index, touched] of chunk.entries()) read.push({ touched, part: parts[index] });
      } catch (error) {
        failed(error, ...chunk);
      }
    });
    await inParallel(concurrency, read, ({ touched, part }) =>
      bringUp(touched, part).catch((error) => failed(error, touched)),
    );
  };

  const { parts, tickets } = touchedBy(changes, shard, { rollups, rebuild, refused });
  await bringUpAll(parts);
  // A ticket says that the rows are in all parts. So it counts only after them.
  if (unfinished.length === 0) await bringUpAll(tickets);
  else unfinished.push(...tickets);
  return applied(firstOf(records, unfinished));
};

/** The place of the first change that is in an unfinished part; behind the last where there is none. */
const firstOf = (records: readonly DynamoDBRecord[], unfinished: readonly Touched[]): number => {
  const missing = new Set(unfinished.flatMap(({ entries, anew }) => [entries[0]?.sequence, anew[0]?.sequence]));
  const index = records.findIndex(({ dynamodb }) => missing.has(padded(dynamodb?.SequenceNumber ?? '')));
  return index < 0 ? records.length : index;
};
