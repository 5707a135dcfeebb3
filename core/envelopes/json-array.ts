import { EventBytes } from '../event-bytes.ts';
import { unlessInvalid } from '../invalid-event.ts';
import { type Envelope, MAX_EVENTS, tooManyEvents } from './envelope.ts';
import { CLOSE_ARRAY, COMMA, endOfValue, firstByte, OPEN_ARRAY, skipSpace } from './json-text.ts';
import { pipedEvent } from './piped-message.ts';
import { senmlRecords } from './senml-pack.ts';

/**
 * A JSON array with at least one object in it, such as a batch of CloudEvents or what EventBridge Pipes hands over. Each element is
 * an event, and one that is not an object is rejected in its place. An empty array is a notice. One that begins with a text or a number is a
 * message of a protocol, such as `[2,"17","MeterValues",{…}]` of OCPP: it is one event, since its parts mean nothing by themselves.
 * The records of SenML are made whole, since each of them leaves out what those before it say.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md#4-json-batch-format
 */
export const jsonArray: Envelope = ({ data }) => {
  if (firstByte(data) !== OPEN_ARRAY) return undefined;
  const elements = elementsOf(data);
  // A batch of CloudEvents may be empty: then nothing is rejected, as nothing is in it.
  if (elements?.length === 0) return { events: [], notices: 1 };
  if (!elements?.every(isJson) || !elements.some(({ object }) => object)) return undefined;
  if (['string', 'number'].includes(typeof elements[0]?.json)) return undefined;
  const records = senmlRecords(elements);
  return { events: records ?? elements.map((element) => pipedEvent(element) ?? element), notices: 0 };
};

/** Views, not copies. `undefined` where the brackets and commas are not those of an array. */
const elementsOf = (data: Uint8Array): EventBytes[] | undefined => {
  const elements: EventBytes[] = [];
  let at = skipSpace(data, skipSpace(data, 0) + 1);
  while (data[at] !== CLOSE_ARRAY || elements.length > 0) {
    const end = endOfValue(data, at);
    if (end <= at) return undefined;
    if (elements.length === MAX_EVENTS) throw tooManyEvents();
    elements.push(new EventBytes(data.subarray(at, end)));
    at = skipSpace(data, end);
    if (data[at] === CLOSE_ARRAY) break;
    if (data[at] !== COMMA) return undefined;
    at = skipSpace(data, at + 1);
  }
  return skipSpace(data, at + 1) === data.length ? elements : undefined;
};

const isJson = (bytes: EventBytes): boolean => unlessInvalid(() => bytes.json) !== undefined;
