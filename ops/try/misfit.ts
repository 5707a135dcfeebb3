import { ATTRIBUTES, type EventData, storable } from '../../core/event-data.ts';
import { rejecting } from '../../core/invalid-event.ts';

/**
 * Where a row that a processor made has what no row may have, such as `Data.trips.0.at`; of an array that holds undefined, where the array
 * is. Why it is rejected does not say where, since names of fields may be those of the event.
 */
export const misfitIn = (row: object): string | undefined => {
  for (const [name, value] of Object.entries(row)) {
    if (!ATTRIBUTES.includes(name as keyof EventData)) {
      if (value !== undefined) return name;
    } else if (isMisfit(value)) return placeIn(value, name);
  }
  return undefined;
};

const placeIn = (value: unknown, place: string): string => {
  for (const [name, part] of Object.entries(value ?? {})) if (isMisfit(part)) return placeIn(part, `${place}.${name}`);
  return place;
};

const FITS: EventData = { Username: 'u', Id: '1', Timestamp: '1970-01-01T00:00:00.000Z', Type: 't' };

/** Whether no row may hold this in its Data. */
const isMisfit = (found: unknown): boolean => {
  const made = rejecting(() => storable({ ...FITS, Data: found as NonNullable<EventData['Data']> }));
  return 'rejection' in made && made.rejection.reason === 'ProcessorFailed';
};
