import { type EventData, keyOf } from '../../../core/event-data.ts';
import { FoundRows } from '../../../proof/soak/found-rows.ts';
import type { Found } from '../../../proof/soak/verdict.ts';

/** A table with these rows. */
export const foundIn = (rows: readonly EventData[]): Pick<Found, 'rows' | 'keysAt'> => {
  const found = FoundRows.of(rows);
  const keys = [...new Set(rows.map(keyOf))];
  return { rows: found, keysAt: async (places) => keys.filter((key) => places.has(found.placeOf(key)!)) };
};
