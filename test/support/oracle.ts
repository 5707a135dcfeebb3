import { readFileSync } from 'node:fs';
import { decodeEvent } from '../../core/decode.ts';
import { type EventData, keyOf } from '../../core/event-data.ts';

/** What EventData has to hold once a file went through the pipeline: the last event of each key. */
export const rowsOfFile = (file: string): EventData[] => {
  const rows = new Map<string, EventData>();
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const event = decodeEvent(Buffer.from(line), new Date(0));
    rows.set(keyOf(event), event);
  }
  return [...rows.values()];
};
