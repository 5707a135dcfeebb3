import type { EventData } from '../event-data.ts';
import type { JsonObject } from '../json.ts';

/** What a row may need besides the JSON of its event. */
interface ShapeContext {
  /** Stands in where the event names no time. ISO 8601 in UTC. */
  arrivedAt: string;
  /** Of the event's record. */
  partitionKey: string;
  /** Names an event that does not do so itself: SHA-256 of its bytes, in hexadecimal digits, or the id of the message that brought it. */
  hash: () => string;
}

/** How one kind of JSON becomes a row. */
export interface Shape {
  /** As messages name it. */
  name: string;
  /** Whether the JSON is of this shape. It may still lack what a row needs. */
  matches: (json: JsonObject) => boolean;
  /** Keeps events in order that belong together. Without one their order does not matter. */
  partitionKey: (json: JsonObject) => string | undefined;
  /** Whether no number of the JSON comes into the row. Then it need not be parsed once more for all of their digits. @default false */
  takesTextsOnly?: true;
  /** The row of JSON that matches. @throws {InvalidEventError} */
  toRow: (json: JsonObject, context: ShapeContext) => EventData;
}
