import { type Arrival, EventBytes } from '../event-bytes.ts';
import { writeExactJson } from '../exact-json.ts';
import { InvalidEventError } from '../invalid-event.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { MAX_EVENTS, MOST_BYTES, tooLarge, tooManyEvents } from './envelope.ts';

/** Parts of an envelope, and what they share. */
export interface PartGroup<T> {
  parts: readonly T[];
  /** Makes of a part the fields that only its event has, at least one. */
  write: (part: T) => JsonObject;
  /** Fields that all of their events have, written once: they may be a hundred times as long as the others. They win over fields of a part. */
  shared?: JsonObject;
  /** What the envelope says of the arrival of all of them. */
  own?: Partial<Arrival> | undefined;
}

/**
 * The events of an envelope that holds them in parts: each is written out as JSON of its own.
 *
 * @param groups all of the record, since its limits hold for them together
 * @param options `isExact`: whether a number in them may have digits that a double does not keep
 * @throws {InvalidEventError} TooManyEvents, TooLarge, TooDeep
 */
export const writtenEvents = <T>(groups: readonly PartGroup<T>[], { isExact = false } = {}): EventBytes[] => {
  const textOf = isExact ? writeExactJson : writeJson;
  const some = groups.filter(({ parts }) => parts.length > 0);
  if (sum(some.map(({ parts }) => parts.length)) > MAX_EVENTS) throw tooManyEvents();
  let sharedBytes = 0;
  const ended = some.map((group) => {
    const end = textOf(group.shared ?? {}).slice(1);
    sharedBytes += group.parts.length * end.length;
    if (sharedBytes > MOST_BYTES) throw tooLarge();
    return { ...group, end };
  });
  let bytes = 0;
  return ended.flatMap(({ parts, write, shared, own, end }) => {
    const separator = end === '}' ? '' : ',';
    return parts.map((part) => {
      const text = textOf(write(part));
      const data = Buffer.from(`${text.slice(0, -1)}${separator}${end}`);
      bytes += data.length;
      if (bytes > MOST_BYTES) throw tooLarge();
      // Read again without what they share. Of two fields of one name the last counts in both.
      return new EventBytes(data, isExact ? { own } : { own, written: Object.assign(JSON.parse(text), shared) });
    });
  });
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

const writeJson = (value: JsonValue): string => {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // The stack of JSON.stringify has an end before Node 26, that of JSON.parse has none. The other RangeError is that of a text with no room.
    if (!error.message.includes('call stack')) throw tooLarge();
    throw new InvalidEventError('TooDeep', 'an event in the record is nested deeper than can be written again');
  }
};
