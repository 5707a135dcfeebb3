import type { KinesisStreamRecord } from 'aws-lambda';
import { type Arrival, decodeEvent } from '../../core/decode.ts';
import { openRecord } from '../../core/envelopes/index.ts';
import type { EventBytes } from '../../core/event-bytes.ts';
import type { EventData } from '../../core/event-data.ts';
import { InvalidEventError, type Reason } from '../../core/invalid-event.ts';

/** Where an event lay: in a record of its own, or as one of several in a record. */
export interface Origin {
  record: KinesisStreamRecord;
  /** Absent where the event is the record. */
  userRecord?: {
    /** Its place among the events of the record, from 0. */
    index: number;
    partitionKey: string;
    data: Uint8Array;
  };
}

/** Why an event can never become a row. */
export interface Rejection {
  reason: Reason;
  detail: string;
}

export type Decoded = { origin: Origin } & ({ event: EventData } | { rejection: Rejection });

/**
 * What a record of the stream holds, in its order: events, or the reasons why they are not. A record that cannot be opened is
 * rejected whole.
 */
export const decodeRecord = (record: KinesisStreamRecord): Decoded[] => {
  const { kinesis } = record;
  const arrived = arrivedAt(kinesis);
  try {
    const { events, isSingle } = openRecord(dataOf(kinesis));
    return events.map((event, index) => {
      const partitionKey = event.partitionKey ?? kinesis.partitionKey;
      const userRecord = { index, partitionKey, data: event.data };
      return decode(isSingle ? { record } : { record, userRecord }, event, { at: arrived, partitionKey });
    });
  } catch (error) {
    return [{ origin: { record }, rejection: rejectionOf(error) }];
  }
};

const decode = (origin: Origin, event: EventBytes, arrival: Arrival): Decoded => {
  try {
    return { origin, event: decodeEvent(event, arrival) };
  } catch (error) {
    return { origin, rejection: rejectionOf(error) };
  }
};

const rejectionOf = (error: unknown): Rejection => {
  if (!(error instanceof InvalidEventError)) throw error;
  return { reason: error.reason, detail: error.message };
};

/** The bytes as the producer put them; Lambda delivers them in base64. */
export const dataOf = ({ data }: KinesisStreamRecord['kinesis']): Buffer => Buffer.from(data, 'base64');

/** Kinesis counts in seconds with a fraction. */
export const arrivedAt = ({ approximateArrivalTimestamp }: KinesisStreamRecord['kinesis']): Date =>
  new Date(Math.round(approximateArrivalTimestamp * 1000));
