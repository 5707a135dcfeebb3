import { hash } from 'node:crypto';
import { type Arrival, EventBytes } from './event-bytes.ts';
import type { EventData } from './event-data.ts';
import { atOnce, callProcessor, InvalidEventError, processorFailed } from './invalid-event.ts';
import { isObject, type JsonObject, kindOf } from './json.ts';
import { SHAPES } from './shapes/index.ts';
import type { Shape } from './shapes/shape.ts';

/**
 * Maps one event to a row: UTF-8, JSON, and the first of the shapes that matches. What becomes of the row may still be changed, so
 * nothing says yet that a table can hold it: that is for `storable`.
 *
 * @param event the bytes as the source gave them, or what an opened record holds
 * @param shapes @default all
 * @throws {InvalidEventError} and nothing else, whatever the bytes and whatever a shape throws
 */
export const mapEvent = (
  event: Uint8Array | EventBytes,
  { at, partitionKey, id }: Arrival,
  shapes: readonly Shape[] = SHAPES,
): EventData => {
  const bytes = event instanceof EventBytes ? event : new EventBytes(event);
  const context = { arrivedAt: at.toISOString(), partitionKey, hash: () => id ?? hash('sha256', bytes.data) };
  const json = objectOf(bytes);
  const shape = matchingShape(json, shapes);
  if (!shape)
    throw new InvalidEventError(
      'UnknownShape',
      `an object of another shape; expected ${shapes.map(({ name }) => name).join(', ')}`,
    );
  return callProcessor(`the shape of ${shape.name}`, () => {
    const row = shape.toRow(shape.takesTextsOnly ? json : (bytes.exactJson as JsonObject), context);
    if (!isObject(row)) throw processorFailed(`it made ${kindOf(row)}; expected a row`);
    return row;
  });
};

/**
 * The first of the shapes that matches.
 *
 * @throws {InvalidEventError} ProcessorFailed where one throws, or is async: a promise is true, so it would take every event
 */
export const matchingShape = (json: JsonObject, shapes: readonly Shape[]): Shape | undefined => {
  const what = 'matches of a shape';
  return callProcessor(what, () => shapes.find(({ matches }) => atOnce(what, matches(json))));
};

const objectOf = ({ json }: EventBytes): JsonObject => {
  if (!isObject(json)) throw new InvalidEventError('NotObject', `${kindOf(json)}; expected a JSON object`);
  return json;
};
