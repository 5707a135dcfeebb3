import type { JsonObject } from '../json.ts';
import { idText } from '../key-text.ts';
import { timeIn } from '../timestamp.ts';
import type { Shape } from './shape.ts';

/** Fields that name the time of an event, the first that does. */
const TIMES = ['time', 'timestamp', '@timestamp', 'ts'];

/**
 * Other names of it, in any spelling. Not `created_at` or `updated_at`, which are often those of the order or the person that an event is
 * about, nor names with a unit, which durations have as well.
 */
const OTHERS = /^_?(?:event_?)?(?:time(?:_?stamp)?|ts)$|^occurred_?at$/i;

/** The time that a JSON object names. ISO 8601 in UTC. */
export const timeNamedIn = (json: JsonObject): string | undefined =>
  firstTime(json, TIMES) ??
  firstTime(
    json,
    Object.keys(json).filter((name) => OTHERS.test(name)),
  );

const firstTime = (json: JsonObject, names: readonly string[]): string | undefined => {
  for (const name of names) {
    const time = name in json ? timeIn(json[name]) : undefined;
    if (time) return time;
  }
  return undefined;
};

/** The last shape: any JSON object is an event, and all of it is data. It has no partition key of its own. */
export const anyObject: Shape = {
  name: 'any JSON object',
  matches: () => true,
  partitionKey: () => undefined,
  toRow: (json, { arrivedAt, partitionKey, hash }) => ({
    // Some streams spread records evenly and give them no key.
    Username: partitionKey || hash(),
    Id: idText(json.id) ?? hash(),
    Timestamp: timeNamedIn(json) ?? arrivedAt,
    Type: 'json',
    Data: json,
  }),
};
