import type { JsonObject } from '../json.ts';
import { idText } from '../key-text.ts';
import { timeIn } from '../timestamp.ts';
import type { Shape } from './shape.ts';

/** Fields that may name the time of an event, the first that does. */
const TIMES = ['time', 'timestamp', '@timestamp', 'ts'] as const;

/** The time that a JSON object names. ISO 8601 in UTC. */
export const timeNamedIn = (json: JsonObject): string | undefined =>
  TIMES.map((name) => timeIn(json[name])).find((time) => time !== undefined);

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
