import type { InvalidEventError } from '../../core/invalid-event.ts';
import type { Rollup } from '../../core/processor.ts';
import { type Change, entriesOf } from '../../core/rollups/change.ts';
import { type GroupKey, groupId, type PartKey } from '../../core/rollups/keys.ts';
import type { Entry } from '../../core/rollups/part.ts';
import { type RebuildRoles, TICKETS } from './rebuild.ts';

/** A part and what a batch adds to it, in the order of the changes. */
export interface Touched {
  key: PartKey;
  entries: Entry[];
  /** What it adds to what a rebuild makes of the part. */
  anew: Entry[];
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
  const parts = new Map<string, Touched>();
  const tickets = new Map<string, Touched>();
  const touch = (all: Map<string, Touched>, key: GroupKey): Touched => {
    const id = groupId(key);
    const touched = all.get(id) ?? { key: { ...key, shard }, entries: [], anew: [] };
    all.set(id, touched);
    return touched;
  };
  for (const [index, change] of changes.entries()) {
    const role = rebuild?.roles[index];
    const { before: _, ...joining } = change;
    for (const rollup of rollups) {
      for (const { key, entry } of entriesOf(rollup, change, refused)) touch(parts, key).entries.push(entry);
      if (!role) continue;
      // What it refuses is told already.
      const anew = entriesOf(rollup, role.isMember ? change : joining, () => {});
      for (const { key, entry } of anew) touch(parts, key).anew.push(entry);
    }
    if (!rebuild || role?.ticket === undefined) continue;
    const ticket = touch(tickets, { rollup: TICKETS, window: rebuild.id, group: role.ticket });
    ticket.entries.push({ sequence: change.sequence, sign: 1, at: '', values: [] });
    ticket.expiresAt = rebuild.expiresAt;
  }
  return { parts: [...parts.values()], tickets: [...tickets.values()] };
};
