import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { mapEvent } from '../../core/decode.ts';
import { openRecord } from '../../core/envelopes/index.ts';
import type { EventBytes } from '../../core/event-bytes.ts';
import { type EventData, keyOf } from '../../core/event-data.ts';
import { InvalidEventError, type Reason } from '../../core/invalid-event.ts';
import { type Contribution, contributionOf, rowsOf } from '../../core/processor.ts';
import { processorNamed } from '../../processors/index.ts';
import { rejectionOf } from './decode.ts';
import { bytes } from './events.ts';

/** When every line arrived, for events that name no time: at the end of the day that the sample files tell of. */
export const ARRIVED = '2026-11-20T23:59:59.000Z';

/** The partition key of every record here. */
export const PARTITION_KEY = 'k-17';

/** What became of an event: its rows, none where it was dropped, or why it was rejected. */
export type Outcome = { rows: readonly EventData[] } | { reason: Reason };

/** The lines of `events/NAME.ndjson`. */
export const linesOf = (name: string): string[] =>
  readFileSync(new URL(`../../events/${name}.ndjson`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');

/** What a line of a file may hold: anything. */
// biome-ignore lint/suspicious/noExplicitAny: expectations are written in plain code that reads as the lines do
export type Line = any;

/** What a line holds, by JSON.parse alone; nothing where that fails. */
export const jsonOf = (line: string): Line => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

const rowsMadeOf = (name: string, event: Uint8Array | EventBytes): readonly EventData[] => {
  const processor = processorNamed(name);
  const arrival = { at: new Date(ARRIVED), partitionKey: PARTITION_KEY };
  return rowsOf(processor, frozen(mapEvent(event, arrival, processor.shapes)));
};

/** A processor changes nothing that it is given: a write to it throws. None reads as deep as the deepest of {@link MISTAKES}. */
const frozen = <T>(value: T, levels = 100): T => {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || levels === 0) return value;
  for (const part of Object.values(value)) frozen(part, levels - 1);
  return Object.freeze(value);
};

const outcomeOf = (name: string, event: Uint8Array | EventBytes): Outcome => {
  try {
    return { rows: rowsMadeOf(name, event) };
  } catch (error) {
    if (!(error instanceof InvalidEventError)) throw error;
    return { reason: error.reason };
  }
};

/** What a processor makes of one event. @param event JSON, or what it holds */
export const processed = (name: string, event: string | object): Outcome => outcomeOf(name, bytes(event));

/** The rows that a processor makes of one event; none where it drops or rejects it. */
export const rowsFor = (name: string, event: string | object): readonly EventData[] =>
  rowsOfOutcome(processed(name, event));

/** What a processor makes of each event of a record, which may hold several. @param record JSON, or what it holds */
export const processedRecord = (name: string, record: string | object): Outcome[] =>
  openRecord(bytes(record)).events.map((event) => outcomeOf(name, event));

/** The first row that a processor makes of a record; undefined where the first of its events makes none. */
export const firstRowOf = (name: string, record: string | object): EventData | undefined =>
  rowsOfOutcome(processedRecord(name, record)[0]!)[0];

/** The rows of an outcome; none of a rejection. */
export const rowsOfOutcome = (outcome: Outcome): readonly EventData[] => ('rows' in outcome ? outcome.rows : []);

/** The reason of a rejection. */
export const reasonOf = (outcome: Outcome): Reason | undefined => ('reason' in outcome ? outcome.reason : undefined);

/** The message of an event's rejection. */
export const detailOf = (name: string, event: string | object): string =>
  rejectionOf(() => rowsMadeOf(name, bytes(event))).message;

/**
 * Every line of `events/NAME.ndjson`, with what should become of it and what does.
 *
 * @param expectedOf what becomes of a line that is an object; any other is rejected
 */
export const eventsOfUse = (name: string, expectedOf: (json: Line, line: string) => Line) =>
  linesOf(name).map((line) => {
    const json = jsonOf(line);
    const reason = json === undefined ? 'NotJson' : json?.constructor === Object ? undefined : 'NotObject';
    return { line, json, expected: reason ? { reason } : expectedOf(json, line), outcome: processed(name, line) };
  });

export type UseEvent = ReturnType<typeof eventsOfUse>[number];

/** Values that a field may hold by mistake. Some cannot be turned into a text or a number. */
const MISTAKES = [
  ...['null', 'true', '0', '-1', '1e300', '12345678901234567890', '""', '" "', '"x"', '"2026-11-20T12:00:00Z"'],
  ...['[]', '[[null]]', '[{}]', '{}', '{"toString":1,"valueOf":1}', '[{"toString":1}]'],
  // Numbers that JSON does not have, and a name that every object has.
  ...['"1e999"', '"Infinity"', '"constructor"'],
  // Half a surrogate pair, a name that no object may have, and more levels than a stack follows.
  ...['"\\ud800"', '{"__proto__":{}}', `${'['.repeat(9_000)}${']'.repeat(9_000)}`],
];

/**
 * The line with each of its fields, and each field within those, replaced by each mistake in turn.
 *
 * @param isWanted whether to replace the field of this path
 */
export const mistakenLines = (line: string, isWanted: (path: string) => boolean): string[] =>
  changesOf(jsonOf(line))
    .filter(({ path }) => isWanted(path))
    .flatMap(({ replace }) => MISTAKES.map(replace));

interface Change {
  /** The names on the way to the place. All elements of an array have one. */
  path: string;
  /** Gives the JSON of a value with the place replaced by other JSON. */
  replace: (other: string) => string;
}

/** A change for each place within a value: fields, elements of arrays, and what JSON in a text holds. */
const changesOf = (value: Line, path = ''): Change[] => {
  if (typeof value === 'string') {
    const inner = value.startsWith('{') ? jsonOf(value) : undefined;
    return changesOf(inner, path).map((change) => ({
      ...change,
      replace: (other) => JSON.stringify(change.replace(other)),
    }));
  }
  const isArray = Array.isArray(value);
  if (!isArray && value?.constructor !== Object) return [];
  return Object.keys(value).flatMap((name) => {
    const replace: Change['replace'] = (other) => {
      const parts = Object.entries(value).map(([key, kept]) => {
        const json = key === name ? other : JSON.stringify(kept);
        return isArray ? json : `${JSON.stringify(key)}:${json}`;
      });
      return isArray ? `[${parts}]` : `{${parts}}`;
    };
    const here = `${path}.${isArray ? '' : name}`;
    const within = changesOf(value[name], here).map(
      (change): Change => ({
        ...change,
        replace: (other) => replace(change.replace(other)),
      }),
    );
    return [{ path: here, replace }, ...within];
  });
};

/** The rows of all events, in the order of the file. */
export const rowsIn = (events: readonly UseEvent[]): EventData[] =>
  events.flatMap(({ outcome }) => rowsOfOutcome(outcome));

/**
 * Tests that each line of a use's file becomes what is expected of it. How many become rows is in events/README.md.
 *
 * @param shown an outcome as the expectation has it
 */
export const itMakesWhatItsLinesSay = (
  events: readonly UseEvent[],
  shown: (outcome: Outcome) => Line = (outcome) => outcome,
): void => {
  it('makes of each line of its file what the line says', () => {
    for (const { line, expected, outcome } of events) expect(shown(outcome), line).to.deep.equal(expected);
  });
};

/** What a table holds after rows were put in this order. */
export const tableOf = (rows: readonly EventData[]): EventData[] => [
  ...new Map(rows.map((row) => [keyOf(row), row])).values(),
];

/** How many rows a group has, and the sums of its values in thousandths, which no rounding changes. */
export type Group = { count: number } & Record<string, number>;

/** The groups of one rollup over rows, by `window group`; the window is the head of the row's Timestamp. */
export const groupsOf = (name: string, rollupName: string, rows: Iterable<EventData>): Record<string, Group> => {
  const rollup = processorNamed(name).rollups?.find((one) => one.name === rollupName);
  if (!rollup) throw new Error(`${name} has no rollup ${rollupName}`);
  const groups: Record<string, Group> = {};
  for (const row of rows) {
    const contribution = contributionOf(rollup, row);
    if (contribution === undefined) continue;
    const window = row.Timestamp.slice(0, { ever: 0, day: 10, hour: 13, minute: 16 }[rollup.every]);
    addTo(groups, `${window} ${contribution.group}`.trimStart(), contribution.values);
  }
  return groups;
};

/** Adds one row to its group. */
export const addTo = (groups: Record<string, Group>, group: string, values: Contribution['values'] = {}): void => {
  groups[group] ??= { count: 0 };
  groups[group].count += 1;
  for (const [name, value] of Object.entries(values))
    groups[group][name] = (groups[group][name] ?? 0) + Math.round(Number(value) * 1_000);
};
