import { optionOf } from '../../../cli/shown.ts';
import { defined } from '../../../core/defined.ts';
import type { JsonObject } from '../../../core/json.ts';
import { textIn } from '../../../core/source-event.ts';
import { timeIn } from '../../../core/timestamp.ts';
import type { SourceContext } from '../source.ts';

/** Which fields of JSON say what an event is; `user.id` is `id` inside of `user`. */
export interface FieldNames {
  key?: string;
  id?: string;
  time?: string;
  type?: string;
}

/** Hears that one of these fields holds nothing of use in an event. */
export type OnNothing = (name: keyof FieldNames) => void;

/** What these fields hold in one event, as texts; `time` is ISO 8601 in UTC. A field that holds nothing of use is left out. */
export const fieldsIn = (
  json: JsonObject,
  data: Uint8Array,
  names: FieldNames,
  onNothing: OnNothing = () => {},
): FieldNames => {
  const textOf = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : textIn(json, data, name)?.toWellFormed();
  const found = defined({
    key: textOf(names.key),
    id: textOf(names.id),
    time: timeIn(textOf(names.time)),
    type: textOf(names.type),
  });
  for (const name of FIELDS) if (names[name] !== undefined && found[name] === undefined) onNothing(name);
  return found;
};

const FIELDS = ['key', 'id', 'time', 'type'] as const;

/** Tells of each field once, since a wrong name would change all rows, and nothing else would show it. */
export const tellOfNothing = (names: FieldNames, note: SourceContext['note']): OnNothing => {
  const told = new Set<string>();
  return (name) => {
    if (told.has(name)) return;
    told.add(name);
    const [found, expected] =
      name === 'time'
        ? ['no time', '; expected RFC 3339 with its offset, or a number since 1970']
        : ['no text or number', ''];
    const message = `an event has ${found} in the field of ${optionOf(name, names[name]!)}, and is sent as without that${expected}`;
    note({ kind: 'problem', message });
  };
};
