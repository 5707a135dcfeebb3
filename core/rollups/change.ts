import type { EventData } from '../event-data.ts';
import { type InvalidEventError, unlessInvalid } from '../invalid-event.ts';
import { contributionOf, type Rollup } from '../processor.ts';
import { decimal, decimalText } from './decimal.ts';
import { type GroupKey, versioned } from './keys.ts';
import type { Entry } from './part.ts';
import { windowOf } from './window.ts';

/** One change of a row of EventData. */
export interface Change {
  /** Its sequence number, padded. */
  sequence: string;
  /** The row before. Absent where the row is new. */
  before?: EventData;
  /** The row after. Absent where the row was deleted. */
  after?: EventData;
  /** Whether the row was deleted since its time was over (TTL). It stays counted: history outlives rows. */
  isExpiry?: boolean;
}

/** What a change adds to a group, or takes out of it. */
export interface KeyedEntry {
  key: GroupKey;
  entry: Entry;
}

/**
 * What a row adds to a rollup, as an entry that is added.
 *
 * @param sequence of the change that brought the row, padded
 * @throws {InvalidEventError} ProcessorFailed; KeyTooLong; FieldInvalid where the row has no time
 */
export const entryOf = (rollup: Rollup, row: EventData, sequence: string): KeyedEntry | undefined => {
  const contribution = contributionOf(rollup, row);
  if (!contribution) return undefined;
  const { group, values = {} } = contribution;
  const key = { rollup: versioned(rollup), window: windowOf(rollup.every, row.Timestamp), group: group.toWellFormed() };
  const numbers = Object.entries(values).map(([name, value]) => [name.toWellFormed(), decimal(value)] as const);
  return { key, entry: { sequence, sign: 1, at: row.Timestamp, values: numbers } };
};

/**
 * What a change contributes to a rollup: the row before is taken out, the row after is added. A row that the rollup refuses
 * contributes nothing, neither when it comes nor when it goes.
 *
 * @param refused is told why, for each row that is refused
 */
export const entriesOf = (
  rollup: Rollup,
  { before, after, sequence, isExpiry = false }: Change,
  refused: (error: InvalidEventError) => void,
): KeyedEntry[] => {
  if (isExpiry) return [];
  const entry = (row: EventData | undefined): KeyedEntry | undefined =>
    row && unlessInvalid(() => entryOf(rollup, row, sequence), refused);
  const [removed, added] = [entry(before), entry(after)];
  if (removed && added && isSame(removed, added)) return [];
  const entries: KeyedEntry[] = [];
  if (removed) entries.push({ key: removed.key, entry: { ...removed.entry, sign: -1 } });
  if (added) entries.push(added);
  return entries;
};

/** Whether the rollup sees no difference between the row before and after. Then nothing is written. */
const isSame = (a: KeyedEntry, b: KeyedEntry): boolean => fingerprint(a) === fingerprint(b);

const fingerprint = ({ key, entry: { at, values } }: KeyedEntry): string =>
  JSON.stringify([key.window, key.group, at, values.map(([name, value]) => [name, decimalText(value)])]);
