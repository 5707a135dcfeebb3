import { number } from '../../cli/numbers.ts';
import type { EventData } from '../../core/event-data.ts';
import { ITEM_BYTES } from '../../core/limits.ts';
import { eventDataTable } from '../../functions/ddb-event-processor/event-data-table.ts';
import { itemBytes } from '../../local/emulators/change-record.ts';
import type { Fate } from '../../local/expected.ts';

const { toItem } = eventDataTable('EventData');

const bytesOf = (row: EventData): number => itemBytes(toItem(row));

/** What becomes of an event once its rows reach the table: DynamoDB refuses a row that is too large, and the event is rejected. */
export const asStored = (fate: Fate): Fate => {
  if ('reason' in fate) return fate;
  const bytes = fate.rows.map(bytesOf).find((size) => size > ITEM_BYTES);
  if (bytes === undefined) return fate;
  const detail = `a row has ${number(bytes)} bytes; DynamoDB stores up to ${number(ITEM_BYTES)}`;
  return { reason: 'TableRefused', detail };
};
