import type { KinesisStreamRecord } from 'aws-lambda';
import { type EventData, keyOf } from '../../core/event-data.ts';
import { decodeRecord } from '../../functions/ddb-event-processor/decode-record.ts';
import { idOf } from '../../functions/ddb-event-processor/rejected-events-table.ts';

export interface ExpectedRows {
  events: EventData[];
  /** Keys of RejectedEvents. */
  rejected: string[];
}

/** What the function's sources, not its bundle, make of records: of each key the last event. */
export const expectedRows = (records: readonly KinesisStreamRecord[]): ExpectedRows => {
  const events = new Map<string, EventData>();
  const rejected: string[] = [];
  for (const decoded of records.flatMap((record) => [...decodeRecord(record)]))
    if ('event' in decoded) events.set(keyOf(decoded.event), decoded.event);
    else rejected.push(idOf(decoded.origin));
  return { events: [...events.values()], rejected };
};
