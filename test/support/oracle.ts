import { readFileSync } from 'node:fs';
import { type EventData, keyOf } from '../../core/event-data.ts';
import { toSourceEvent } from '../../core/source-event.ts';
import { decodeEvent } from './decode.ts';

/** What EventData has to hold once a file went through the pipeline: the last event of each key. */
export const rowsOfFile = (file: string): EventData[] => {
  const rows = new Map<string, EventData>();
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const data = Buffer.from(line);
    const event = decodeEvent(data, { at: new Date(0), partitionKey: toSourceEvent(data).partitionKey });
    rows.set(keyOf(event), event);
  }
  return [...rows.values()];
};
