import type { DynamoDBRecord } from 'aws-lambda';
import { isItemTooLarge } from '../../aws/service-error.ts';
import { chunks } from '../../core/batch.ts';
import { defined } from '../../core/defined.ts';
import { describeError } from '../../core/describe-error.ts';
import { inParallel } from '../../core/in-parallel.ts';
import type { InvalidEventError } from '../../core/invalid-event.ts';
import { BATCH_GET_ITEM_KEYS } from '../../core/limits.ts';
import type { Rollup } from '../../core/processor.ts';
import { merge, mergeBoth, type Part, padded } from '../../core/rollups/part.ts';
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
export const applyChanges = async (delivery: Delivery, options: ApplyOptions): Promise<Applied> => {
  const { records, shard } = delivery;
  const { rollups, rebuilds, concurrency } = options;
  const updates = new Updates(options);
  /** @param from the place of the first unfinished change */
  const applied = (from: number): Applied => ({
    counts: { changes: records.length, ...updates.counts, unfinished: records.length - from },
    ...defined({ firstUnfinished: records[from]?.dynamodb?.SequenceNumber }),
    errors: [...updates.errors],
  });

  const refused = (error: InvalidEventError): void => updates.refused(describeError(error));
  const changes = records.map((record) => readChange(record, refused));
  let rebuild: RebuildRoles | undefined;
  try {
    rebuild = rebuilds && (await takePart(delivery, rebuilds, concurrency));
  } catch (error) {
    // Nothing is written yet. Without the rebuild's memory of the rows no change may be.
    updates.failed(error);
    return applied(0);
  }

  const { parts, tickets } = touchedBy(changes, shard, { rollups, rebuild, refused });
  await updates.bringUp(parts);
  // A ticket says that the rows are in all parts. So it counts only after them.
  if (updates.unfinished.length === 0) await updates.bringUp(tickets);
  else updates.unfinished.push(...tickets);
  return applied(firstOf(records, updates.unfinished));
};

/** Brings parts up to what a batch adds to them, and knows what became of that. */
class Updates {
  readonly counts = { partsWritten: 0, skipped: 0, conflicts: 0, refused: 0 };
  readonly errors = new Set<string>();
  readonly unfinished: Touched[] = [];
  readonly #options: ApplyOptions;

  constructor(options: ApplyOptions) {
    this.#options = options;
  }

  refused(why: string, images = 1): void {
    this.counts.refused += images;
    this.errors.add(why);
  }

  failed(error: unknown, ...touched: Touched[]): void {
    this.errors.add(this.#options.deadline.isOver() ? 'the time for writing is over' : describeError(error));
    this.unfinished.push(...touched);
  }

  async bringUp(all: readonly Touched[]): Promise<void> {
    const { store, concurrency } = this.#options;
    const read: { touched: Touched; part: Part | undefined }[] = [];
    await inParallel(concurrency, chunks(all, BATCH_GET_ITEM_KEYS), async (chunk) => {
      try {
        const parts = await store.read(chunk.map(({ key }) => key));
        for (const [index, touched] of chunk.entries()) read.push({ touched, part: parts[index] });
      } catch (error) {
        this.failed(error, ...chunk);
      }
    });
    await inParallel(concurrency, read, ({ touched, part }) =>
      this.#write(touched, part).catch((error) => this.failed(error, touched)),
    );
  }

  /** @param part as it was read */
  async #write(touched: Touched, part: Part | undefined): Promise<void> {
    const { store } = this.#options;
    const { key, entries, anew, expiresAt } = touched;
    const { part: next, skipped } = anew ? mergeBoth(part, entries, anew) : merge(part, entries);
    let isUpToDate: boolean;
    try {
      isUpToDate = !next || (await store.write(key, next, part, expiresAt));
    } catch (error) {
      if (!isItemTooLarge(error)) throw error;
      return this.#writeLess(touched, part);
    }
    if (isUpToDate) {
      this.counts.skipped += skipped;
      this.counts.partsWritten += next ? 1 : 0;
    } else {
      this.counts.conflicts += 1;
      const [now] = await store.read([key]);
      await this.#write(touched, now);
    }
  }

  /**
   * What fits no item now never will, and must not hold up what is behind it. What a rebuild makes of the part is given up before any of its
   * changes is.
   */
  async #writeLess(touched: Touched, part: Part | undefined): Promise<void> {
    const { key, entries, anew } = touched;
    if (anew?.entries) return this.#write({ ...touched, anew: { id: anew.id, entries: undefined } }, part);
    if (entries.length === 0) return;
    this.refused(
      `a group of the rollup "${key.rollup}" has more values in a window than an item of 400 KB holds`,
      entries.length,
    );
    await this.#write({ ...touched, entries: [] }, part);
  }
}

/** The place of the first change that is in an unfinished part; behind the last where there is none. */
const firstOf = (records: readonly DynamoDBRecord[], unfinished: readonly Touched[]): number => {
  const missing = new Set(
    unfinished.flatMap(({ entries, anew }) => [entries[0]?.sequence, anew?.entries?.[0]?.sequence]),
  );
  const index = records.findIndex(({ dynamodb }) => missing.has(padded(dynamodb?.SequenceNumber ?? '')));
  return index < 0 ? records.length : index;
};
