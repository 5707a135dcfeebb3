import { type EventData, storable } from './event-data.ts';
import type { ExactNumber } from './exact-number.ts';
import { callProcessor, InvalidEventError, processorFailed } from './invalid-event.ts';
import { isObject, isText, kindOf } from './json.ts';
import { KEY_BYTES } from './limits.ts';
import { isDecimal } from './rollups/decimal.ts';
import type { Shape } from './shapes/shape.ts';

/**
 * The windows of event time, in UTC, that a rollup may have. `ever` is one window for all time: its parts become more and more, since
 * shards of a change stream end, so it is for a few groups.
 */
export const WINDOWS = ['minute', 'hour', 'day', 'ever'] as const;
export type Window = (typeof WINDOWS)[number];

/** What one row adds to a rollup. */
export interface Contribution {
  /** The group that it counts in. A text of at most 958 bytes. */
  group: string;
  /** At most 100 named numbers, of which the rollup keeps sum, least, most and last. Text is an exact decimal number. */
  values?: Readonly<Record<string, number | string | ExactNumber>>;
}

/** Counts, sums, minima and maxima of rows, by a group and a window of event time. */
export interface Rollup {
  /** Unique within its processor: letters, digits, `-` and `_`. */
  name: string;
  every: Window;
  /**
   * Of this definition, from 1. Raise it whenever `of` changes: each version has parts of its own, so the counts of the old and the
   * new definition never mix. @default 1
   */
  version?: number;
  /**
   * What a row contributes, or nothing. It must depend on the row only: what a row once added is taken out again when the row is
   * replaced or deleted.
   */
  of: (row: Readonly<EventData>) => Contribution | undefined;
}

/** What a stream does with its events. One pure file in `processors/` each. */
export interface Processor {
  /** Which JSON is an event. The first shape that matches maps it to a row. */
  shapes: readonly Shape[];
  /**
   * Cleans the row of an event, makes several rows of it, or drops it. It runs again on the same event after a retry, so it must
   * give the same result each time. It makes new rows and changes nothing of the one it takes: events of one record may share parts.
   * @default the row as it is
   *
   * @throws {InvalidEventError} to set the event aside with a reason
   */
  process?: (row: Readonly<EventData>) => EventData | readonly EventData[] | undefined;
  /** Keeps the newest row of a key by Timestamp, whatever arrives last. It costs a request a row. @default false */
  newest?: boolean;
  rollups?: readonly Rollup[];
}

/**
 * What becomes of one event: the rows to store, each as a table can hold it; none where it is dropped.
 *
 * @param row as `mapEvent` gives it
 * @throws {InvalidEventError} and nothing else: what `process` throws to refuse the event; what `storable` throws; ProcessorFailed
 *   where the processor itself is at fault
 */
export const rowsOf = ({ process, rollups = [] }: Processor, row: EventData): readonly EventData[] => {
  const made = process ? callProcessor('process', () => process(row)) : row;
  // Reading what it made may throw as well, where that has a getter or is a proxy.
  return callProcessor('what it made', () => {
    // A copy has no holes, of which map would know nothing.
    const rows: readonly EventData[] = made === undefined ? [] : Array.isArray(made) ? [...made] : [made as EventData];
    if (rows.length > ROWS_OF_AN_EVENT)
      throw new InvalidEventError(
        'TooManyRows',
        `the event makes ${rows.length} rows; expected at most ${ROWS_OF_AN_EVENT}`,
      );
    return rows.map((one) => {
      const stored = storable(one);
      for (const rollup of rollups) contributionOf(rollup, stored);
      return stored;
    });
  });
};

/**
 * What a row adds to a rollup.
 *
 * @throws {InvalidEventError} ProcessorFailed where it throws, or gives what is not a contribution; KeyTooLong, since a group is in a key
 */
export const contributionOf = ({ name, of }: Rollup, row: EventData): Contribution | undefined => {
  const contribution = callProcessor(`the rollup "${name}"`, () => of(row));
  if (contribution === undefined) return undefined;
  if (!isObject(contribution))
    throw processorFailed(
      `the rollup "${name}" contributes ${kindOf(contribution)}; expected an object with a group, or undefined to add nothing`,
    );
  for (const part in contribution)
    if (part !== 'group' && part !== 'values')
      throw processorFailed(
        `the rollup "${name}" contributes something next to group and values; put numbers into values`,
      );
  const { group, values = {} } = contribution;
  checkGroup(name, group);
  checkValues(name, values);
  return contribution;
};

const checkGroup = (name: string, group: unknown): void => {
  if (!isText(group))
    throw processorFailed(`the rollup "${name}" has as its group ${kindOf(group)}; expected a text that is not empty`);
  // No character has more than three bytes for each of its UTF-16 code units.
  if (group.length * 3 > GROUP_BYTES && Buffer.byteLength(group) > GROUP_BYTES)
    throw new InvalidEventError(
      'KeyTooLong',
      `the rollup "${name}" has a group of ${Buffer.byteLength(group)} bytes; expected at most ${GROUP_BYTES}`,
    );
};

const checkValues = (name: string, values: unknown): void => {
  if (!isObject(values))
    throw processorFailed(`the rollup "${name}" has as its values ${kindOf(values)}; expected an object of numbers`);
  const numbers = Object.entries(values);
  if (numbers.length > VALUES)
    throw processorFailed(`the rollup "${name}" adds ${numbers.length} values; expected at most ${VALUES}`);
  for (const [field, value] of numbers) {
    if (field === '' || field.length > VALUE_NAME_CHARACTERS)
      throw processorFailed(
        `the rollup "${name}" has a value whose name has ${field.length} characters; expected 1 to ${VALUE_NAME_CHARACTERS}`,
      );
    if (!isDecimal(value))
      throw processorFailed(
        `the value "${field}" of the rollup "${name}" is ${kindOf(value)}; expected a finite number, or its decimal digits as text such as 12.5`,
      );
  }
};

/** Rows of one event: forty requests of BatchWriteItem. */
export const ROWS_OF_AN_EVENT = 1_000;

/**
 * Bytes of a group. With `#` and the id of a shard, of at most 65 characters, it is the sort key of a part.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Shard.html
 */
export const GROUP_BYTES = KEY_BYTES.sort - 1 - 65;

/** Values of one row. A part keeps seven figures of each, and one that fits no item would hold up all changes behind it. */
const VALUES = 100;

/** Of the name of a value, which each part holds. DynamoDB would take 64 KB. */
const VALUE_NAME_CHARACTERS = 255;
