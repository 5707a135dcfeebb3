import type { Random } from '../../../core/random.ts';
import { type PartKey, storedKey } from '../../../core/rollups/keys.ts';
import type { Part } from '../../../core/rollups/part.ts';
import type { PartStore } from '../../../functions/event-rollups/part-store.ts';

/** The guards of the proof, which a test may leave out to see that it fails without. */
export interface Guards {
  /** Changes that a part holds already are skipped. */
  through: boolean;
  /** A write finds the part as it was read, or changes nothing. */
  condition: boolean;
}

/** A table of rollups in memory, whose answers get lost and whose writes may land late. */
export class MemoryTable {
  readonly parts = new Map<string, { key: PartKey; part: Part }>();
  readonly #late: (() => void)[] = [];
  readonly #random: Random;
  readonly #guards: Guards;
  readonly #landing: number;

  /** @param landing how often a late write lands just before another one. From 0 to 1 */
  constructor(random: Random, guards: Guards = { through: true, condition: true }, landing = 0.05) {
    this.#random = random;
    this.#guards = guards;
    this.#landing = landing;
  }

  open(signal: AbortSignal): PartStore {
    const seenBy = new Map<string, Part | undefined>();
    return {
      read: async (keys) => {
        signal.throwIfAborted();
        return keys.map((key) => {
          const part = this.parts.get(idOf(key))?.part;
          seenBy.set(idOf(key), part);
          return part && !this.#guards.through ? { ...part, through: '' } : part;
        });
      },
      write: async (key, part, seen) => {
        signal.throwIfAborted();
        if (this.#random() < this.#landing) this.land();
        const expected = this.#guards.through ? seen : seenBy.get(idOf(key));
        const take = (): boolean => {
          if (this.#guards.condition && !isSame(this.parts.get(idOf(key))?.part, expected)) return false;
          this.parts.set(idOf(key), { key, part });
          return true;
        };
        if (this.#random() < 0.06) {
          this.#late.push(take);
          throw new Error('the write is under way still');
        }
        const taken = take();
        if (this.#random() < 0.06) throw new Error('the answer got lost');
        return taken;
      },
    };
  }

  /** Lets a late write land, or all of them. */
  land(all = false): void {
    do this.#late.shift()?.();
    while (all && this.#late.length > 0);
  }
}

const isSame = (stored: Part | undefined, seen: Part | undefined): boolean =>
  stored?.through === seen?.through &&
  stored?.rebuilt?.id === seen?.rebuilt?.id &&
  stored?.rebuilt?.through === seen?.rebuilt?.through;

const idOf = (key: PartKey): string => {
  const { partition, sort } = storedKey(key);
  return JSON.stringify([partition, sort]);
};
