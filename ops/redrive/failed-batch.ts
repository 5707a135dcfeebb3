import type { SourceEvent } from '../../core/source-event.ts';
import { type Entry, EntryError } from './entry.ts';
import { partitionKeyOf } from './partition-key.ts';

/**
 * The object that Lambda leaves for a batch given up, with its records whole.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 *
 * @param key the key of the object
 * @param body its bytes
 * @throws {EntryError} where it is no failed batch
 */
export const toFailedBatchEntry = (key: string, body: Uint8Array): Entry => {
  const object = objectOf(parse(body));
  const { condition } = objectOf(object?.requestContext) ?? {};
  const info = objectOf(object?.KinesisBatchInfo);
  // Lambda has been seen to write the payload as an object and as a text that holds it.
  const payload = objectOf(typeof object?.payload === 'string' ? parse(object.payload) : object?.payload);
  const records = payload?.Records;
  const setAsideAt = Date.parse(String(object?.timestamp));
  const problems = [
    ...(typeof condition === 'string' ? [] : ['no requestContext.condition']),
    ...(Number.isNaN(setAsideAt) ? ['no timestamp in ISO 8601'] : []),
    ...(Array.isArray(records) && records.length > 0 ? [] : ['no records in payload.Records']),
  ];
  if (problems.length > 0 || !Array.isArray(records))
    throw new EntryError(key, `it is no failed batch: ${problems.join(', ')}; move it elsewhere`);
  const events = records.map((record, index) => toEvent(key, record, index));
  const arrivedAt = info?.approximateArrivalOfFirstRecord;
  return {
    name: key,
    reason: String(condition),
    detail: detailOf(object ?? {}),
    ...(typeof arrivedAt === 'string' ? { arrivedAt } : {}),
    setAsideAt,
    size: events.length,
    events: async () => events,
  };
};

type Json = Record<string, unknown>;

const parse = (json: Uint8Array | string): unknown => {
  try {
    return JSON.parse(typeof json === 'string' ? json : Buffer.from(json).toString('utf8'));
  } catch {
    return undefined;
  }
};

const objectOf = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null ? (value as Json) : undefined;

const toEvent = (key: string, record: unknown, index: number): SourceEvent => {
  const { data: base64, partitionKey } = objectOf(objectOf(record)?.kinesis) ?? {};
  const data = Buffer.from(typeof base64 === 'string' ? base64 : '', 'base64');
  // Node skips over what is no base64; a payload that lost bytes on the way must not pass for whole.
  if (data.toString('base64') !== base64)
    throw new EntryError(
      key,
      `record ${index} has no kinesis.data in base64; expected records as Lambda delivers them`,
    );
  return { partitionKey: partitionKeyOf(partitionKey, data), data };
};

const detailOf = ({ requestContext, responseContext }: Json): string => {
  const attempts = objectOf(requestContext)?.approximateInvokeCount;
  const functionError = objectOf(responseContext)?.functionError;
  const calls =
    typeof attempts === 'number' ? `given up after ${attempts} ${attempts === 1 ? 'call' : 'calls'}` : 'given up';
  return typeof functionError === 'string' ? `${calls}, function error ${functionError}` : calls;
};
