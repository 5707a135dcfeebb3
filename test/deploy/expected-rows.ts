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

/** What the function's sources, not its bundle, make of records: of each key the last event. */
export const expectedRows = (records: readonly KinesisStreamRecord[]): ExpectedRows => {
  const events = new Map<string, EventData>();
  const rejected: string[] = [];
  for (const decoded of records.flatMap((record) => [...decodeRecord(record, processorNamed('default'))]))
    if ('rows' in decoded) for (const row of decoded.rows) events.set(keyOf(row), row);
    else rejected.push(idOf(decoded.origin));
  return { events: [...events.values()], rejected };
};
