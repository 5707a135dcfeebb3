import { Fifo } from '../../core/fifo.ts';
import type { Pending } from './parcel.ts';

/** Keeps the events of one partition key in order: one of a key is on its way, and the others wait here. */
export class KeyOrder {
  /** For each partition key on its way, the events that wait for it. */
  readonly #waiting = new Map<string, Fifo<Pending>>();

  /** Whether an event of the key is on its way. */
  has(partitionKey: string): boolean {
    return this.#waiting.has(partitionKey);
  }

  /** Takes the event. @returns whether it may go on its way; if not it waits here */
  admit(item: Pending): boolean {
    const { partitionKey } = item;
    const waiting = this.#waiting.get(partitionKey);
    if (waiting) waiting.push(item);
    else this.#waiting.set(partitionKey, new Fifo());
    return waiting === undefined;
  }

  /** The events that wait for the one of the key that is on its way. They may share its record. */
  behind(partitionKey: string): Fifo<Pending> | undefined {
    return this.#waiting.get(partitionKey);
  }

  /** Of events that were sent in one record, those that may be sent again now: the first of each key. The others wait. */
  readmit(items: readonly Pending[]): Pending[] {
    const first = new Map<string, Pending>();
    for (const item of items.toReversed()) {
      const { partitionKey } = item;
      const later = first.get(partitionKey);
      if (later) this.#waiting.get(partitionKey)!.unshift(later);
      first.set(partitionKey, item);
    }
    return items.filter((item) => first.get(item.partitionKey) === item);
  }

  /** The events have their outcomes. @returns the next event of each of their keys, which may be sent now */
  release(items: readonly Pending[]): Pending[] {
    return keysOf(items).flatMap((key) => {
      const next = this.#waiting.get(key)?.shift();
      if (next) return [next];
      this.#waiting.delete(key);
      return [];
    });
  }

  /** Takes out everything that waits for events of these keys, in order. */
  giveUp(items: readonly Pending[]): Pending[] {
    return keysOf(items).flatMap((key) => {
      const waiting = this.#waiting.get(key);
      this.#waiting.delete(key);
      return waiting?.clear() ?? [];
    });
  }
}

const keysOf = (items: readonly Pending[]): string[] => [...new Set(items.map(({ partitionKey }) => partitionKey))];
