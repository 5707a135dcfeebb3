import type { KinesisStreamRecord } from 'aws-lambda';
import { type EventData, keyOf } from '../../core/event-data.ts';
import { decodeRecord } from '../../functions/ddb-event-processor/decode-record.ts';
import { idOf } from '../../functions/ddb-event-processor/rejected-events-table.ts';
import { processorNamed } from '../../processors/index.ts';

export interface ExpectedRows {
  events: EventData[];
  /** Keys of RejectedEvents. */
  rejected: string[];
}

/** What the function's sources, not its bundle, make of records: of each key the last row, or the newest where the processor says so. */
export const expectedRows = (records: readonly KinesisStreamRecord[], name = 'default'): ExpectedRows => {
  const processor = processorNamed(name);
  const events = new Map<string, EventData>();
  const rejected: string[] = [];
  const isOld = (row: EventData): boolean =>
    processor.newest === true && row.Timestamp < (events.get(keyOf(row))?.Timestamp ?? '');
  for (const decoded of records.flatMap((record) => [...decodeRecord(record, processor)]))
    if ('rejection' in decoded) rejected.push(idOf(decoded.origin));
    else for (const row of decoded.rows) if (!isOld(row)) events.set(keyOf(row), row);
  return { events: [...events.values()], rejected };
};
