import type { EventData } from '../event-data.ts';
import { unlessInvalid } from '../invalid-event.ts';
import type { Rollup } from '../processor.ts';
import { entryOf } from './change.ts';
import { type GroupKey, groupId, versioned } from './keys.ts';
import { combined, NOTHING, type Totals, totalsOf } from './part.ts';

/** A group in a window, and what is known of it. */
export interface GroupTotals {
  key: GroupKey;
  totals: Totals;
}

/** Rows that a rollup cannot count. */
export interface Refused {
  rollup: string;
  rows: number;
  /** Of the first of them. It quotes no row. */
  why: string;
}

/** What rollups say: made of their parts, as a reader sees it, or of the rows themselves, which is how it must be. */
export class RollupView {
  readonly #rollups: ReadonlyMap<string, Rollup>;
  readonly #groups = new Map<string, GroupTotals>();
  readonly #isWanted: (key: GroupKey) => boolean;
  readonly #refused = new Map<string, Refused>();

  /**
   * @param rollups those that are of interest; parts of others, or of other versions of them, are passed over
   * @param isWanted whether a group is of interest
   */
  constructor(rollups: readonly Rollup[], isWanted: (key: GroupKey) => boolean = () => true) {
    this.#isWanted = isWanted;
    this.#rollups = new Map(rollups.map((rollup) => [versioned(rollup), rollup]));
  }

  /** A row that a rollup refuses contributes nothing to it. */
  addRow(row: EventData): void {
    for (const [name, rollup] of this.#rollups) {
      const added = unlessInvalid(
        () => entryOf(rollup, row, ''),
        ({ message: why }) => {
          const refused = this.#refused.get(name) ?? { rollup: name, rows: 0, why };
          this.#refused.set(name, { ...refused, rows: refused.rows + 1 });
        },
      );
      if (added) this.#add(added.key, totalsOf([added.entry]));
    }
  }

  addPart(key: GroupKey, part: Totals): void {
    if (this.#rollups.has(key.rollup)) this.#add(key, part);
  }

  totalsOf(key: GroupKey): Totals {
    return this.#groups.get(groupId(key))?.totals ?? NOTHING;
  }

  /** What was refused of the rows, whatever their groups would have been. */
  refused(): Refused[] {
    return [...this.#refused.values()];
  }

  groups(): Iterable<GroupTotals> {
    return this.#groups.values();
  }

  /** The groups of a rollup that have rows, over all of its windows, those with most rows first. */
  largestGroups(rollup: Rollup): [group: string, totals: Totals][] {
    const groups = new Map<string, Totals>();
    for (const { key, totals } of this.groups())
      if (key.rollup === versioned(rollup) && totals.count !== 0)
        groups.set(key.group, combined(groups.get(key.group) ?? NOTHING, totals));
    return [...groups].sort(([a, one], [b, other]) => other.count - one.count || (a < b ? -1 : 1));
  }

  #add({ rollup, window, group }: GroupKey, totals: Totals): void {
    const key = { rollup, window, group };
    if (!this.#isWanted(key)) return;
    this.#groups.set(groupId(key), { key, totals: combined(this.totalsOf(key), totals) });
  }
}
