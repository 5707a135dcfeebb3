import { defined } from '../../../core/defined.ts';
import type { JsonObject } from '../../../core/json.ts';
import { textIn } from '../../../core/source-event.ts';
import { iso, rfc3339 } from '../../../core/timestamp.ts';

/** Which fields of JSON say what an event is; `user.id` is `id` inside of `user`. */
export interface FieldNames {
  key?: string;
  id?: string;
  time?: string;
  type?: string;
}

/** What these fields hold in one event, as texts; `time` is ISO 8601 in UTC. A field that holds nothing of use is left out. */
export const fieldsIn = (json: JsonObject, data: Uint8Array, names: FieldNames): FieldNames => {
  const textOf = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : textIn(json, data, name)?.toWellFormed();
  return defined({
    key: textOf(names.key),
    id: textOf(names.id),
    time: timeOf(textOf(names.time)),
    type: textOf(names.type),
  });
};

/** An RFC 3339 time, or what counts from 1970: seconds, milliseconds, microseconds or nanoseconds, told by their size. */
const timeOf = (text: string | undefined): string | undefined => {
  const time = rfc3339(text);
  const [, whole = ''] = /^(\d{9,20})(?:\.\d+)?$/.exec(text ?? '') ?? [];
  if (time !== undefined || whole === '') return time;
  const unit = UNITS.find(({ digits }) => whole.length <= digits);
  return unit && iso(Math.floor(Number(text) * unit.ms));
};

/** Up to so many digits before the point. Each unit reaches beyond the year 5000. */
const UNITS: readonly { digits: number; ms: number }[] = [
  { digits: 11, ms: 1_000 },
  { digits: 14, ms: 1 },
  { digits: 17, ms: 1e-3 },
  { digits: 20, ms: 1e-6 },
];
