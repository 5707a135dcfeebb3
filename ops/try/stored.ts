import { number } from '../../cli/numbers.ts';
import type { EventData } from '../../core/event-data.ts';
import { parseExactJson, writeExactJson } from '../../core/exact-json.ts';
import { rejecting } from '../../core/invalid-event.ts';
import { isPresent } from '../../core/json.ts';
import { ITEM_BYTES } from '../../core/limits.ts';
import { eventDataTable } from '../../functions/ddb-event-processor/event-data-table.ts';
import { itemBytes } from '../../local/emulators/change-record.ts';
import type { Fate } from '../../local/expected.ts';

const { toItem } = eventDataTable('EventData');

/**
 * What becomes of an event once its rows reach the table: DynamoDB refuses a row that is too large, or has a number that it cannot hold, and
 * the event is rejected.
 */
export const asStored = (fate: Fate): Fate => {
  if ('reason' in fate) return fate;
  const detail = fate.rows.map(refusalOf).find(isPresent);
  return detail === undefined ? fate : { reason: 'TableRefused', detail };
};

const refusalOf = (row: EventData): string | undefined => {
  const bytes = itemBytes(toItem(row));
  if (bytes > ITEM_BYTES) return `a row has ${number(bytes)} bytes; DynamoDB stores up to ${number(ITEM_BYTES)}`;
  // Those of an event were read so; a processor may have computed others.
  const read = rejecting(() => parseExactJson(writeExactJson([row.Data, row.Attributes])));
  return 'rejection' in read ? read.rejection.detail : undefined;
};
