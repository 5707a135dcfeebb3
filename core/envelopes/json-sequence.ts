import { EventBytes } from '../event-bytes.ts';
import { type Envelope, MAX_EVENTS, tooManyEvents } from './envelope.ts';
import { endOfValue, OPEN_OBJECT, skipSpace } from './json-text.ts';

/**
 * Two JSON objects or more, one after the other: JSON Lines, or without line ends between them, as Firehose joins them. Data in which
 * anything else stands is not such a sequence, for example a JSON text over several lines that was cut off.
 * https://jsonlines.org
 */
export const jsonSequence: Envelope = (bytes) => {
  // What is JSON as a whole is one object, and most records are.
  if (bytes.object) return undefined;
  const events = objectsOf(bytes.data);
  return events && events.length > 1 ? { events, notices: 0 } : undefined;
};

/** Views, not copies, without the white space around them. */
const objectsOf = (data: Uint8Array): EventBytes[] | undefined => {
  const objects: EventBytes[] = [];
  for (let at = skipSpace(data, 0); at < data.length; ) {
    const end = data[at] === OPEN_OBJECT ? endOfValue(data, at) : -1;
    const bytes = new EventBytes(data.subarray(at, Math.max(at, end)));
    if (!bytes.object) return undefined;
    if (objects.length === MAX_EVENTS) throw tooManyEvents();
    objects.push(bytes);
    at = skipSpace(data, end);
  }
  return objects;
};
