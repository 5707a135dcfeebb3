import { fromItem, type Item } from '../aws/wire-value.ts';
import { defined } from '../core/defined.ts';
import type { EventData } from '../core/event-data.ts';
import { isObject, isText } from '../core/json.ts';
import { invalid } from '../core/refuse.ts';

/**
 * A row as EventData holds it: the inverse of what {@link eventDataTable} writes. `ExpiresAt` and attributes of other writers are left
 * out.
 *
 * @throws {InvalidEventError} FieldInvalid; NumberOutOfRange. The message names the attribute and never quotes it
 */
export const storedRow = (item: Readonly<Item>): EventData => {
  const { Username, Id, Timestamp, Type, Message, Data, Attributes } = fromItem(item);
  const text = (name: string, value: unknown): string =>
    isText(value) ? value : invalid(name, value, 'a text that is not empty');
  if (Message !== undefined && typeof Message !== 'string') invalid('Message', Message, 'a text');
  if (Attributes !== undefined && (!isObject(Attributes) || Attributes instanceof Uint8Array))
    invalid('Attributes', Attributes, 'an object');
  return {
    Username: text('Username', Username),
    Id: text('Id', Id),
    Timestamp: text('Timestamp', Timestamp),
    Type: text('Type', Type),
    ...defined({ Message, Data, Attributes }),
  };
};
