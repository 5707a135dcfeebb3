import { readFileSync } from 'node:fs';
import { decodeEvent } from '../../core/decode.ts';
import { openRecord } from '../../core/envelopes/index.ts';
import type { EventData } from '../../core/event-data.ts';
import { InvalidEventError } from '../../core/invalid-event.ts';
import { contributionOf, type Processor, rowsOf } from '../../core/processor.ts';

/** What became of one event: its rows, none where it was dropped, or why it was set aside. */
export interface Outcome {
  rows: readonly EventData[];
  rejection?: InvalidEventError;
}

/** When a line arrived, for events that name no time. */
export const ARRIVED = '2026-11-20T23:59:59.000Z';

/** The partition key of every record here. */
export const PARTITION_KEY = 'k-17';

/** The lines of `events/NAME.ndjson`. */
export const linesOf = (name: string): string[] =>
  readFileSync(new URL(`../../events/${name}.ndjson`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');

/** What becomes of each event of a record, as the function treats it. */
export const outcomesOf = (processor: Processor, record: string): Outcome[] =>
  openRecord(Buffer.from(record)).events.map((event) => {
    try {
      const row = decodeEvent(event, { at: new Date(ARRIVED), partitionKey: PARTITION_KEY }, processor.shapes);
      return { rows: rowsOf(processor, row) };
    } catch (error) {
      if (error instanceof InvalidEventError) return { rows: [], rejection: error };
      throw error;
    }
  });

/** The rows that a table holds in the end: the last of each key. */
export const tableOf = (rows: readonly EventData[]): EventData[] => [
  ...new Map(rows.map((row) => [`${row.Username}\n${row.Id}`, row])).values(),
];

/** Count and sums of a rollup by group and window of event time, as `GROUP 2026-11-20T12:00`. */
export const rolledUp = (
  { rollups = [] }: Processor,
  name: string,
  rows: readonly EventData[],
  digits: number,
): Record<string, { count: number } & Record<string, number>> => {
  const rollup = rollups.find((one) => one.name === name)!;
  const result: Record<string, { count: number } & Record<string, number>> = {};
  for (const row of rows) {
    const contribution = contributionOf(rollup, row);
    if (!contribution) continue;
    const key = `${contribution.group} ${row.Timestamp.slice(0, digits)}`;
    result[key] ??= { count: 0 };
    result[key].count += 1;
    for (const [field, value] of Object.entries(contribution.values ?? {}))
      result[key][field] = (result[key][field] ?? 0) + Number(value);
  }
  return result;
};
