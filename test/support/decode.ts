import { expect } from 'chai';
import { mapEvent } from '../../core/decode.ts';
import { openRecord } from '../../core/envelopes/index.ts';
import type { Arrival } from '../../core/event-bytes.ts';
import { type EventData, storable } from '../../core/event-data.ts';
import { InvalidEventError } from '../../core/invalid-event.ts';
import { bytes } from './events.ts';

export const ARRIVED = new Date('2026-11-21T00:00:00.000Z');
export const ARRIVAL: Arrival = { at: ARRIVED, partitionKey: 'key' };

/** The row of an event, as a table can hold it. */
export const decodeEvent = (...event: Parameters<typeof mapEvent>): EventData => storable(mapEvent(...event));

/** The row of a value, of JSON text, or of bytes. */
export const decode = (value: unknown): EventData =>
  decodeEvent(value instanceof Uint8Array ? value : bytes(value), ARRIVAL);

/** The row of each event of a record: of a value, of JSON text, or of bytes. */
export const decodeRecord = (value: unknown): EventData[] =>
  openRecord(value instanceof Uint8Array ? value : bytes(value)).events.map((event) =>
    decodeEvent(event, { ...ARRIVAL, ...event.own }),
  );

/** The error of what is not an event. */
export const rejectionOf = (run: () => unknown): InvalidEventError => {
  try {
    run();
  } catch (error) {
    expect(error).to.be.instanceOf(InvalidEventError);
    return error as InvalidEventError;
  }
  throw new Error('expected an InvalidEventError');
};

/** Why a value is not an event. */
export const rejected = (value: unknown): InvalidEventError => rejectionOf(() => decode(value));
