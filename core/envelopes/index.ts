import { EventBytes } from '../event-bytes.ts';
import { aggregatedRecord } from './aggregated-record.ts';
import { decompressed } from './compression.ts';
import type { Contents, Envelope } from './envelope.ts';
import { jsonArray } from './json-array.ts';
import { jsonSequence } from './json-sequence.ts';
import { logSubscription } from './log-subscription.ts';
import { otlp } from './otlp.ts';
import { pipedEvent } from './piped-message.ts';
import { jsonBehindSchema } from './schema-header.ts';
import { tweetPage } from './tweet-page.ts';

/** Every envelope, in the order in which they are tried. One more has its file, its line here and its row in docs/architecture.md. */
const ENVELOPES: readonly Envelope[] = [aggregatedRecord, logSubscription, otlp, tweetPage, jsonArray, jsonSequence];

/** What a record holds. */
export interface OpenedRecord extends Contents {
  /** Whether the record is one event, compressed or not, and not an envelope of events. */
  isSingle: boolean;
}

/**
 * Opens the envelope that a record's data is in, inside of gzip or zlib or not. What it holds is not opened again, but for the
 * compression and the schema of user records.
 *
 * @param data of the record
 * @throws {InvalidEventError} where the record can only be set aside whole: AggregateInvalid, GzipInvalid, TooManyEvents,
 *   TooLarge, TooDeep, NumberOutOfRange
 */
export const openRecord = (data: Uint8Array): OpenedRecord => {
  const bytes = new EventBytes(decompressed(data) ?? jsonBehindSchema(data) ?? data);
  for (const open of ENVELOPES) {
    const contents = open(bytes);
    if (contents) return { ...withoutEmpty(contents), isSingle: false };
  }
  const event = pipedEvent(bytes) ?? bytes;
  if (event.data.length > 0) return { events: [event], notices: 0, isSingle: true };
  return { events: [], notices: 1, isSingle: false };
};

/**
 * What has not a byte is no event, and nothing of it could be set aside. Debezium puts it behind each deletion, as Kafka wants it, and AWS's
 * connector of Kafka has the KPL pack it: https://github.com/awslabs/kinesis-kafka-connector
 */
const withoutEmpty = ({ events, notices }: Contents): Contents => {
  const some = events.filter(({ data }) => data.length > 0);
  return { events: some, notices: notices + events.length - some.length };
};
