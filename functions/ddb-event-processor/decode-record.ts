import type { KinesisStreamRecord } from 'aws-lambda';
import { mapEvent } from '../../core/decode.ts';
import { openRecord } from '../../core/envelopes/index.ts';
import type { Arrival } from '../../core/event-bytes.ts';
import type { EventData } from '../../core/event-data.ts';
import { type Rejection, rejecting } from '../../core/invalid-event.ts';
import { type Processor, rowsOf } from '../../core/processor.ts';

/** Where an event lies: in a record of its own, or as one of several in a record. */
export interface Origin {
  record: KinesisStreamRecord;
  /** Absent where the event is the record. */
  userRecord?: {
    /** Its place among the events of the record, from 0. */
    index: number;
    partitionKey: string;
    /** What a record of its own would hold. */
    data: Uint8Array;
  };
}

/** An event, and what the processor makes of it. Without rows it is dropped. */
export type Decoded = {
  origin: Origin;
  /** Of the event, outside of its envelope. */
  bytes: number;
} & ({ rows: readonly EventData[] } | { rejection: Rejection });

/**
 * Unpacks a record, maps each of its events to a row and has the processor decide what becomes of it, one after the other as they are
 * asked for, in their order. A record that cannot be opened is rejected whole. A message of the envelope's own is dropped.
 */
export function* decodeRecord(record: KinesisStreamRecord, processor: Processor): Generator<Decoded> {
  const { kinesis } = record;
  const arrived: Arrival = { at: arrivedAt(kinesis), partitionKey: kinesis.partitionKey };
  const opened = rejecting(() => openRecord(dataOf(kinesis)));
  if ('rejection' in opened) {
    yield { origin: { record }, bytes: 0, ...opened };
    return;
  }
  const { events, isSingle, notices } = opened.value;
  for (const [index, event] of events.entries()) {
    const arrival = event.own ? { ...arrived, ...event.own } : arrived;
    const { partitionKey } = arrival;
    const origin = isSingle ? { record } : { record, userRecord: { index, partitionKey, data: event.putBack } };
    const made = rejecting(() => rowsOf(processor, mapEvent(event, arrival, processor.shapes)));
    const bytes = event.data.length;
    yield 'rejection' in made ? { origin, bytes, ...made } : { origin, bytes, rows: made.value };
  }
  for (let notice = 0; notice < notices; notice += 1) yield { origin: { record }, bytes: 0, rows: [] };
}

/** The bytes as the producer put them; Lambda delivers them in base64. */
export const dataOf = ({ data }: KinesisStreamRecord['kinesis']): Buffer => Buffer.from(data, 'base64');

/** Kinesis counts in seconds with a fraction. */
export const arrivedAt = ({ approximateArrivalTimestamp }: KinesisStreamRecord['kinesis']): Date =>
  new Date(Math.round(approximateArrivalTimestamp * 1000));
