import type { EventData } from '../event-data.ts';
import { InvalidEventError } from '../invalid-event.ts';
import { isText, type JsonObject, type JsonValue, shown } from '../json.ts';
import { NESTING_LEVELS } from '../limits.ts';
import { fromRfc3339 } from '../timestamp.ts';

/**
 * CloudEvents 1.0 is the neutral envelope for everything that is not a tweet.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
export const isCloudEvent = (json: JsonObject): boolean => 'specversion' in json;

/** The row of a CloudEvent. `arrivedAt` (ISO 8601) stands in where the event names no time. */
export const fromCloudEvent = (event: JsonObject, arrivedAt: string): EventData => {
  if (event.specversion !== '1.0')
    throw new InvalidEventError('FieldInvalid', `specversion is ${shown(event.specversion)}; expected "1.0"`);
  const [id, source, type] = (['id', 'source', 'type'] as const).map((name) => event[name]);
  if (!isText(id) || !isText(source)) {
    const missing = isText(id) ? `source is ${shown(source)}` : `id is ${shown(id)}`;
    throw new InvalidEventError('KeyMissing', `${missing}; expected a text that is not empty`);
  }
  if (!isText(type))
    throw new InvalidEventError('FieldInvalid', `type is ${shown(type)}; expected a text that is not empty`);
  return {
    Username: isText(event.subject) ? event.subject : source,
    Id: id,
    Timestamp: event.time === undefined || event.time === null ? arrivedAt : fromRfc3339('time', event.time),
    Type: type.toWellFormed(),
    ...body(event),
  };
};

/** Text is the message, anything else is data; `data_base64` is bytes. */
const body = ({ data, data_base64: base64 }: JsonObject): Pick<EventData, 'Message' | 'Data'> => {
  if (typeof data === 'string') return { Message: data };
  if (data !== undefined && data !== null) return { Data: wellFormed(data, 1) };
  if (base64 === undefined || base64 === null) return {};
  if (typeof base64 !== 'string' || !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64))
    throw new InvalidEventError('FieldInvalid', `data_base64 is ${shown(base64)}; expected base64`);
  return { Data: Buffer.from(base64, 'base64') };
};

const wellFormed = (value: JsonValue, depth: number): JsonValue => {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value;
  if (depth > NESTING_LEVELS)
    throw new InvalidEventError(
      'TooDeep',
      `data is nested more than ${NESTING_LEVELS} levels deep; DynamoDB holds no more`,
    );
  if (Array.isArray(value)) return value.map((element) => wellFormed(element, depth + 1));
  if (Object.hasOwn(value, '__proto__'))
    throw new InvalidEventError('FieldInvalid', 'data has a field named "__proto__"; no JavaScript keeps it safely');
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name.toWellFormed(), wellFormed(field, depth + 1)]),
  );
};
