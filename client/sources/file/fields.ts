import { defined } from '../../../core/defined.ts';
import type { JsonObject } from '../../../core/json.ts';
import { textIn } from '../../../core/source-event.ts';
import { timeIn } from '../../../core/timestamp.ts';

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
    time: timeIn(textOf(names.time)),
    type: textOf(names.type),
  });
};
