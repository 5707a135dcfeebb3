import type { InvalidEventError } from '../../core/invalid-event.ts';
import type { Rollup } from '../../core/processor.ts';
import { type Change, entriesOf, type KeyedEntry } from '../../core/rollups/change.ts';
import { type GroupKey, groupId, type PartKey } from '../../core/rollups/keys.ts';
import type { Entry, Rebuilding } from '../../core/rollups/part.ts';
import { type RebuildRoles, type Role, TICKETS } from './rebuild.ts';

/** A part and what a batch adds to it, in the order of the changes. */
export interface Touched {
  key: PartKey;
  entries: readonly Entry[];
  /** What it adds to what a rebuild makes of the part, where one is on. */
  anew?: Rebuilding;
  /** Where it goes with the rebuild. Seconds since 1970. */
  expiresAt?: number;
}

export interface TouchOptions {
  rollups: readonly Rollup[];
  /** The rebuild that is on. */
  rebuild: RebuildRoles | undefined;
  /** Is told why, for each row that a rollup refuses. */
  refused: (error: InvalidEventError) => void;
}

/** The parts that changes touch, and those that count a rebuild's tickets. */
export const touchedBy = (
  changes: readonly Change[],
  shard: string,
  { rollups, rebuild, refused }: TouchOptions,
): { parts: Touched[]; tickets: Touched[] } => {
  const parts = new Map<string, Growing>();
  const tickets = new Map<string, Growing>();
  const touch = (all: Map<string, Growing>, key: GroupKey): Growing => {
    const id = groupId(key);
    const anew = rebuild && { anew: { id: rebuild.id, entries: [] } };
    const touched = all.get(id) ?? { key: { ...key, shard }, entries: [], ...anew };
    all.set(id, touched);
    return touched;
  };
  for (const [index, change] of changes.entries()) {
    const role = rebuild?.roles[index];
    for (const rollup of rollups) {
      for (const { key, entry } of entriesOf(rollup, change, refused)) touch(parts, key).entries.push(entry);
      for (const { key, entry } of anewOf(rollup, change, role)) touch(parts, key).anew?.entries.push(entry);
    }
    if (rebuild && role?.ticket !== undefined) {
      const ticket = touch(tickets, { rollup: TICKETS, window: rebuild.id, group: role.ticket });
      ticket.entries.push({ sequence: change.sequence, sign: 1, at: '', values: [] });
      ticket.expiresAt = rebuild.expiresAt;
    }
  }
  return { parts: [...parts.values()], tickets: [...tickets.values()] };
};

/** A part while changes are added to it. */
interface Growing extends Touched {
  entries: Entry[];
  anew?: { id: string; entries: Entry[] };
}

/** What a change adds to a rollup that is made anew: where the row joins the rebuild with it, there was none before. */
const anewOf = (rollup: Rollup, change: Change, role: Role | undefined): KeyedEntry[] => {
  if (!role) return [];
  const { before: _, ...joining } = change;
  // What it refuses is told already.
  return entriesOf(rollup, role.isMember ? change : joining, () => {});
};
