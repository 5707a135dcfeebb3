import type { KinesisStreamBatchResponse, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { isObject } from '../../core/json.ts';

/** A record of a Kinesis stream as EventBridge Pipes hands it over: the fields of `kinesis` lie among the others. */
export type PipesRecord = Omit<KinesisStreamRecord, 'kinesis'> & KinesisStreamRecord['kinesis'];

/** What the function may be invoked with. */
export type DeliveryEvent = KinesisStreamEvent | readonly PipesRecord[];

/** The records of one invocation, and the answer that its sender understands. */
export interface Delivery {
  records: readonly KinesisStreamRecord[];
  /** @param unwritten the records that must be delivered again, in the order of the stream */
  answer: (unwritten: readonly KinesisStreamRecord[]) => KinesisStreamBatchResponse;
}

/**
 * Reads an invocation of an event source mapping, or of a pipe of EventBridge.
 *
 * @param now milliseconds since 1970: stands in where a record does not say when it arrived
 * @throws {TypeError} where it is neither
 */
export const readDelivery = (event: DeliveryEvent, now: number): Delivery => {
  if (Array.isArray(event))
    return { records: event.map((record) => withArrival(nested(record ?? {}), now)), answer: allById };
  const records = isObject(event) ? (event as KinesisStreamEvent).Records : undefined;
  if (!Array.isArray(records)) throw new TypeError(`the event has no Records; expected ${EXPECTED}`);
  return { records: records.map((record) => withArrival(record, now)), answer: firstBySequenceNumber };
};

const EXPECTED = 'an event of a Kinesis stream, or the array of records that a pipe of EventBridge sends';

/**
 * An event source mapping delivers everything from the lowest record on again.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 */
const firstBySequenceNumber: Delivery['answer'] = ([first]) => ({
  batchItemFailures: first ? [{ itemIdentifier: first.kinesis.sequenceNumber }] : [],
});

/**
 * A pipe knows a record by its `eventID`. Its documentation does not say that it goes on from the lowest, so all are named.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html
 */
const allById: Delivery['answer'] = (unwritten) => ({
  batchItemFailures: unwritten.map(({ eventID }) => ({ itemIdentifier: eventID })),
});

const nested = ({
  kinesisSchemaVersion,
  partitionKey,
  sequenceNumber,
  data,
  approximateArrivalTimestamp,
  ...record
}: PipesRecord): KinesisStreamRecord => ({
  ...record,
  kinesis: { kinesisSchemaVersion, partitionKey, sequenceNumber, data, approximateArrivalTimestamp },
});

const withArrival = (record: KinesisStreamRecord, now: number): KinesisStreamRecord => {
  const kinesis: Partial<KinesisStreamRecord['kinesis']> | undefined = record?.kinesis;
  if (typeof kinesis?.data !== 'string' || typeof kinesis.sequenceNumber !== 'string')
    throw new TypeError(`a record has no data or no sequenceNumber of Kinesis; expected ${EXPECTED}`);
  if (Number.isFinite(kinesis.approximateArrivalTimestamp)) return record;
  return { ...record, kinesis: { ...record.kinesis, approximateArrivalTimestamp: now / 1000 } };
};
