import type { KinesisStreamRecord } from 'aws-lambda';
import { decodeEvent } from '../../core/decode.ts';
import { disaggregate, isAggregated } from '../../core/envelopes/aggregated-record.ts';
import { jsonLinesOf } from '../../core/envelopes/json-lines.ts';
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
 * What a record of the stream holds, in its order: events, or the reasons why they are none. One, or several where a
 * producer packed them together in the format of the Kinesis Producer Library or as JSON Lines. Where such a packing itself
 * is broken, it is the record that is rejected. Nothing is unpacked twice.
 */
export const decodeRecord = (record: KinesisStreamRecord): Decoded[] => {
  const { kinesis } = record;
  const data = dataOf(kinesis);
  const arrived = arrivedAt(kinesis);
  if (isAggregated(data)) return decodeAggregate(record, data, arrived);
  const whole = decode({ record }, data, arrived);
  // Only what is no JSON can be JSON Lines: the usual record is looked at once.
  if ('event' in whole || whole.rejection.reason !== 'NotJson') return [whole];
  const lines = jsonLinesOf(data);
  if (!lines) return [whole];
  const { partitionKey } = kinesis;
  return lines.map((line, index) => decode({ record, userRecord: { index, partitionKey, data: line } }, line, arrived));
};

const decodeAggregate = (record: KinesisStreamRecord, data: Uint8Array, arrived: Date): Decoded[] => {
  try {
    return disaggregate(data).map(({ partitionKey, data }, index) =>
      decode({ record, userRecord: { index, partitionKey, data } }, data, arrived),
    );
  } catch (error) {
    return [{ origin: { record }, rejection: rejectionOf(error) }];
  }
};

const decode = (origin: Origin, data: Uint8Array, arrived: Date): Decoded => {
  try {
    return { origin, event: decodeEvent(data, arrived) };
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
