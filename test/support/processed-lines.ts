import { readFileSync } from 'node:fs';
import { decodeEvent } from '../../core/decode.ts';
import type { EventData } from '../../core/event-data.ts';
import { InvalidEventError, type Reason } from '../../core/invalid-event.ts';
import { type Contribution, contributionOf, rowsOf } from '../../core/processor.ts';
import { processorNamed } from '../../processors/index.ts';

/** When every line arrives: after the day that the sample files tell of. */
export const ARRIVED_AT = '2026-11-21T00:00:00.000Z';

/** What became of one line of a sample file: its rows, none where it was dropped, or why it was rejected. */
export type Outcome = { rows: readonly EventData[] } | { reason: Reason };

/** The lines of `events/NAME.ndjson`. */
export const linesOfUse = (name: string): string[] =>
  readFileSync(new URL(`../../events/${name}.ndjson`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');

/** What a processor makes of one line. */
export const processed = (name: string, line: string): Outcome => {
  const processor = processorNamed(name);
  const arrival = { at: new Date(ARRIVED_AT), partitionKey: 'of the record' };
  try {
    return { rows: rowsOf(processor, decodeEvent(Buffer.from(line), arrival, processor.shapes)) };
  } catch (error) {
    if (!(error instanceof InvalidEventError)) throw error;
    return { reason: error.reason };
  }
};

/** The message of a rejection. */
export const detailOf = (name: string, line: string): string => {
  const processor = processorNamed(name);
  try {
    rowsOf(processor, decodeEvent(Buffer.from(line), { at: new Date(ARRIVED_AT), partitionKey: '' }, processor.shapes));
  } catch (error) {
    if (error instanceof InvalidEventError) return error.message;
    throw error;
  }
  throw new Error('expected a rejection');
};

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
    addTo(groups, `${window} ${contribution.group}`.trim(), contribution.values);
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
