import { createHash } from 'node:crypto';
import { type EventData, keyOf } from '../../core/event-data.ts';

/** How much of a digest is kept: as many bytes as a number holds exactly. */
const DIGEST_BYTES = 6;

/** The rows of a table in a few bytes each: their keys, and digests of what they hold. */
export class FoundRows {
  readonly #places = new Map<string, number>();
  readonly #digests: number[] = [];

  static of(rows: Iterable<EventData>): FoundRows {
    const found = new FoundRows();
    for (const row of rows) found.add(row);
    return found;
  }

  add(row: EventData): void {
    const key = keyOf(row);
    const place = this.#places.get(key) ?? this.#digests.length;
    this.#places.set(key, place);
    this.#digests[place] = digestOf(row);
  }

  get size(): number {
    return this.#digests.length;
  }

  /** The place of the row with this key, from 0; undefined where there is none. */
  placeOf(key: string): number | undefined {
    return this.#places.get(key);
  }

  /** Whether the row at this place holds the same as another one. */
  isSame(place: number, row: EventData): boolean {
    return this.#digests[place] === digestOf(row);
  }

  /** The keys in the order of their places. */
  keys(): Iterable<string> {
    return this.#places.keys();
  }
}

/** The same for the same content, in whatever order it names its fields. */
const digestOf = (row: EventData): number =>
  createHash('sha256').update(canonical(row)).digest().readUIntBE(0, DIGEST_BYTES);

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
