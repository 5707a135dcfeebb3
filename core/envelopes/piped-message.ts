import { hash } from 'node:crypto';
import { defined } from '../defined.ts';
import { EventBytes } from '../event-bytes.ts';
import { unlessInvalid } from '../invalid-event.ts';
import { fieldOf, isText, type JsonObject, type JsonValue } from '../json.ts';
import { isPartitionKey } from '../partition-key.ts';
import { timeIn } from '../timestamp.ts';

/**
 * Where EventBridge Pipes have messages from, as these call it. A change of DynamoDB Streams is an event itself.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-source.html
 */
const SOURCES: ReadonlySet<JsonValue | undefined> = new Set([
  ...['aws:kinesis', 'aws:sqs', 'aws:amq', 'aws:rmq', 'aws:kafka', 'SelfManagedKafka'],
]);

/**
 * A message of a queue or a topic, or a record of another stream, as EventBridge Pipes hand it over: a record, or an element of an array.
 * JSON in it is the event; anything else becomes a CloudEvent, but for a record, which is what it is on its own stream.
 *
 * The rest is not kept: a message that is delivered again has another receipt handle and another count. What stays the same names the
 * event and its time, where it does not say so itself.
 *
 * @returns the event that it holds; `undefined` for anything else
 */
export const pipedEvent = ({ object: message, data }: EventBytes): EventBytes | undefined => {
  if (!message || !SOURCES.has(message.eventSource)) return undefined;
  const body = bodyOf(message);
  if (!body) return undefined;
  const isRecord = message.eventSource === 'aws:kinesis';
  const time = timeOf(message);
  const event = new EventBytes(body, {
    own: defined({
      // Anybody may have written it: a partition key that Kinesis does not take could not be put back on the stream.
      partitionKey: isPartitionKey(message.partitionKey) ? message.partitionKey : undefined,
      id: idOf(message),
      at: time === undefined ? undefined : new Date(time),
    }),
    // A record is named by its key and its bytes. Any other event may be named by its message, and would be another one without it.
    putBack: isRecord ? body : data,
  });
  return isRecord || event.object ? event : new EventBytes(cloudEventOf(message, event));
};

const bodyOf = ({ body, data, value }: JsonObject): Buffer | undefined => {
  if (typeof body === 'string') return Buffer.from(body);
  const base64 = data ?? value;
  return typeof base64 === 'string' ? Buffer.from(base64, 'base64') : undefined;
};

/** A record of a stream is named by its bytes, as it is there. One of Kafka has its topic and partition, such as `orders-0`. */
const idOf = ({ messageId, messageID, basicProperties, eventSourceKey, offset }: JsonObject): string | undefined =>
  [messageId, messageID, fieldOf(basicProperties, 'messageId')].find(isText) ??
  (isText(eventSourceKey) && typeof offset === 'number' ? `${eventSourceKey}-${offset}` : undefined);

/** When it was sent. The time of RabbitMQ does not count, since it names no zone. */
const timeOf = ({ attributes, approximateArrivalTimestamp, timestamp }: JsonObject): string | undefined =>
  timeIn(fieldOf(attributes, 'SentTimestamp') ?? approximateArrivalTimestamp ?? timestamp);

const cloudEventOf = (message: JsonObject, { data, own: { id, at } = {} }: EventBytes): Buffer => {
  const { eventSource, eventSourceARN, eventSourceArn, eventSourceKey } = message;
  const text = unlessInvalid(() => new EventBytes(data).text);
  return Buffer.from(
    JSON.stringify({
      specversion: '1.0',
      id: id ?? hash('sha256', data),
      source: [eventSourceARN, eventSourceArn, eventSourceKey, eventSource].find(isText),
      // As in `aws.sqs.message`.
      type: `${eventSource}.message`.replace(':', '.'),
      time: at,
      ...(text === undefined ? { data_base64: Buffer.from(data).toString('base64') } : { data: text }),
    }),
  );
};
