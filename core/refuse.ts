import { InvalidEventError, type Reason } from './invalid-event.ts';
import { kindOf } from './json.ts';

/**
 * Refuses an event for what one of its fields holds, without a word of that.
 *
 * @param found what the field holds
 * @param expected for the message, such as `a number from 0 to 9`
 */
type Refusing = (field: string, found: unknown, expected: string) => never;

const refusing =
  (reason: Reason): Refusing =>
  (field, found, expected) => {
    throw new InvalidEventError(reason, `${field} is ${kindOf(found)}; expected ${expected}`);
  };

/** Where a processor will not have what the field holds. @throws {InvalidEventError} Refused */
export const refuse: Refusing = refusing('Refused');

/** Where the field holds what it cannot hold in an event of that shape. @throws {InvalidEventError} FieldInvalid */
export const invalid: Refusing = refusing('FieldInvalid');

/** Where the field would be a part of the row's key, and cannot be. @throws {InvalidEventError} KeyMissing */
export const missing: Refusing = refusing('KeyMissing');
