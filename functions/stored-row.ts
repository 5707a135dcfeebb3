import { fromItem, type Item } from '../aws/wire-value.ts';
import { defined } from '../core/defined.ts';
import type { EventData } from '../core/event-data.ts';
import { InvalidEventError } from '../core/invalid-event.ts';
import { isObject, isText, kindOf } from '../core/json.ts';

/**
 * A row as EventData holds it: the inverse of what {@link eventDataTable} writes. `ExpiresAt` and attributes of other writers are left
 * out.
 *
 * @throws {InvalidEventError} FieldInvalid; NumberOutOfRange. The message names the attribute and never quotes it
 */
export const storedRow = (item: Readonly<Item>): EventData => {
  const { Username, Id, Timestamp, Type, Message, Data, Attributes } = fromItem(item);
  const text = (name: string, value: unknown): string => {
    if (isText(value)) return value;
    throw new InvalidEventError('FieldInvalid', `${name} is ${kindOf(value)}; expected a text that is not empty`);
  };
  if (Message !== undefined && typeof Message !== 'string')
    throw new InvalidEventError('FieldInvalid', `Message is ${kindOf(Message)}; expected a text`);
  if (Attributes !== undefined && (!isObject(Attributes) || Attributes instanceof Uint8Array))
    throw new InvalidEventError('FieldInvalid', `Attributes is ${kindOf(Attributes)}; expected an object`);
  return {
    Username: text('Username', Username),
    Id: text('Id', Id),
    Timestamp: text('Timestamp', Timestamp),
    Type: text('Type', Type),
    ...defined({ Message, Data, Attributes }),
  };
};
