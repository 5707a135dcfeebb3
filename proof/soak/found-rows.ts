import { hash } from 'node:crypto';
import { type EventData, keyOf } from '../../core/event-data.ts';
import { Column } from './column.ts';

/** Numbers of slots are powers of two; at most two of three are taken. */
const FIRST_SLOTS = 1_024;
const FREE = 0;

/**
 * The rows of a table in a few bytes each: a fingerprint of each key, and one of what the row holds. The fingerprints of keys have as many
 * bits as a number holds exactly, so that two of a million keys are taken for the same once in 20,000 soaks.
 */
export class FoundRows {
  readonly #keys = new Column((length) => new Float64Array(length));
  readonly #contents = new Column((length) => new Uint32Array(length));
  /** A hash table with open addressing: places, plus one. */
  #slots = new Int32Array(FIRST_SLOTS);

  static of(rows: Iterable<EventData>): FoundRows {
    const found = new FoundRows();
    for (const row of rows) found.add(row);
    return found;
  }

  add(row: EventData): void {
    const key = fingerprint(keyOf(row));
    const content = shortFingerprint(canonical(row));
    const slot = this.#slotOf(key);
    const taken = this.#slots[slot]!;
    if (taken !== FREE) {
      this.#contents.set(taken - 1, content);
      return;
    }
    this.#keys.push(key);
    this.#contents.push(content);
    this.#slots[slot] = this.size;
    if (3 * this.size > 2 * this.#slots.length) this.#grow();
  }

  get size(): number {
    return this.#keys.length;
  }

  /** Bytes that it takes. */
  get bytes(): number {
    return this.#keys.bytes + this.#contents.bytes + this.#slots.byteLength;
  }

  /** The place of the row with this key, from 0; undefined where there is none. */
  placeOf(key: string): number | undefined {
    const taken = this.#slots[this.#slotOf(fingerprint(key))]!;
    return taken === FREE ? undefined : taken - 1;
  }

  /** Whether the row at this place holds the same as another one, in whatever order that names its fields. */
  isSame(place: number, row: EventData): boolean {
    return this.#contents.at(place) === shortFingerprint(canonical(row));
  }

  /** The slot of a key, or the free one where it has to go. */
  #slotOf(key: number): number {
    const slots = this.#slots;
    let slot = key % slots.length;
    while (slots[slot] !== FREE && this.#keys.at(slots[slot]! - 1) !== key) slot = (slot + 1) % slots.length;
    return slot;
  }

  #grow(): void {
    this.#slots = new Int32Array(2 * this.#slots.length);
    for (let place = 0; place < this.size; place += 1) this.#slots[this.#slotOf(this.#keys.at(place))] = place + 1;
  }
}

const digestOf = (text: string): Buffer => hash('sha256', text, 'buffer');

/** 53 bits of a digest. */
const fingerprint = (text: string): number => {
  const digest = digestOf(text);
  return digest.readUIntBE(0, 6) * 32 + (digest[6]! >> 3);
};

/** 32 bits of a digest: enough to compare one text with a few others. */
export const shortFingerprint = (text: string): number => digestOf(text).readUInt32BE();

const canonical = (value: unknown): string => {
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('base64')}`;
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null)
    return typeof value === 'string' ? JSON.stringify(value) : `${typeof value} ${value}`;
  const fields = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`);
  return `${value.constructor?.name}{${fields.join()}}`;
};
