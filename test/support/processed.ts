import { readFileSync } from 'node:fs';
import { decodeEvent } from '../../core/decode.ts';
import { type EventData, keyOf } from '../../core/event-data.ts';
import { InvalidEventError, type Reason } from '../../core/invalid-event.ts';
import { type Contribution, contributionOf, rowsOf } from '../../core/processor.ts';
import { processorNamed } from '../../processors/index.ts';
import { rejectionOf } from './decode.ts';

/** The arrival of every line: after the day that the sample files tell of. */
const ARRIVAL = { at: new Date('2026-11-21T00:00:00.000Z'), partitionKey: 'of the record' };

/** What became of one line of a sample file: its rows, none where it was dropped, or why it was rejected. */
export type Outcome = { rows: readonly EventData[] } | { reason: Reason };

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

const rowsOfLine = (name: string, line: string): readonly EventData[] => {
  const processor = processorNamed(name);
  return rowsOf(processor, decodeEvent(Buffer.from(line), ARRIVAL, processor.shapes));
};

/** What a processor makes of one line. */
export const processed = (name: string, line: string): Outcome => {
  try {
    return { rows: rowsOfLine(name, line) };
  } catch (error) {
    if (!(error instanceof InvalidEventError)) throw error;
    return { reason: error.reason };
  }
};

/** The message of a line's rejection. */
export const detailOf = (name: string, line: string): string => rejectionOf(() => rowsOfLine(name, line)).message;

/** Every line of `events/NAME.ndjson`, with what should become of it and what does. */
export const eventsOfUse = (name: string, expectedOf: (line: string) => Line) =>
  readFileSync(new URL(`../../events/${name}.ndjson`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => ({ line, json: jsonOf(line), expected: expectedOf(line), outcome: processed(name, line) }));

export type UseEvent = ReturnType<typeof eventsOfUse>[number];

/** Values that a field may hold by mistake. The last of them cannot be turned into a text or a number. */
const MISTAKES = [
  ...['null', 'true', '0', '-1', '1e300', '12345678901234567890', '""', '" "', '"x"', '"2026-11-20T12:00:00Z"'],
  ...['[]', '[[null]]', '[{}]', '{}', '{"toString":1,"valueOf":1}', '[{"toString":1}]'],
];

/** The line with each of its fields, and each field of those, replaced by each mistake in turn. */
export const mistakenLines = (line: string): string[] =>
  fieldsOf(jsonOf(line)).flatMap((change) => MISTAKES.map((mistake) => change(mistake)));

/** Functions that give the text of an object with one of its fields replaced. */
const fieldsOf = (json: Line): ((value: string) => string)[] =>
  Object.keys(json).flatMap((name) => {
    const replace = (value: string): string =>
      `{${Object.entries(json)
        .map(([key, kept]) => `${JSON.stringify(key)}:${key === name ? value : JSON.stringify(kept)}`)
        .join(',')}}`;
    const inner = json[name]?.constructor === Object ? fieldsOf(json[name]) : [];
    return [replace, ...inner.map((change) => (value: string) => replace(change(value)))];
  });

/** The rows of all events, in the order of the file. */
export const rowsIn = (events: readonly UseEvent[]): EventData[] =>
  events.flatMap(({ outcome }) => ('rows' in outcome ? outcome.rows : []));

/** How many events were rejected for each reason, and how many were dropped. */
export const withoutRows = (events: readonly UseEvent[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { outcome } of events) {
    const why = 'reason' in outcome ? outcome.reason : outcome.rows.length === 0 ? 'dropped' : undefined;
    if (why !== undefined) counts[why] = (counts[why] ?? 0) + 1;
  }
  return counts;
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
