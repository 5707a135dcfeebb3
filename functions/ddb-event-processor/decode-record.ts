import type { KinesisStreamRecord } from 'aws-lambda';
import { decodeEvent } from '../../core/decode.ts';
import type { EventData } from '../../core/event-data.ts';
import { InvalidEventError, type Reason } from '../../core/invalid-event.ts';

/** Why a record can never become a row. */
export interface Rejection {
  reason: Reason;
  detail: string;
}

export type Decoded = { event: EventData } | { rejection: Rejection };

/** What a record of the stream holds: an event, or the reason why it holds none. */
export const decodeRecord = ({ kinesis }: KinesisStreamRecord): Decoded => {
  try {
    return { event: decodeEvent(dataOf(kinesis), arrivedAt(kinesis)) };
  } catch (error) {
    if (!(error instanceof InvalidEventError)) throw error;
    return { rejection: { reason: error.reason, detail: error.message } };
  }
};

/** The bytes as the producer put them; Lambda delivers them in base64. */
export const dataOf = ({ data }: KinesisStreamRecord['kinesis']): Buffer => Buffer.from(data, 'base64');

/** Kinesis counts in seconds with a fraction. */
export const arrivedAt = ({ approximateArrivalTimestamp }: KinesisStreamRecord['kinesis']): Date =>
  new Date(Math.round(approximateArrivalTimestamp * 1000));
