import { InvalidEventError } from './invalid-event.ts';
import { kindOf } from './json.ts';

/**
 * Refuses an event for what one of its fields holds, without a word of that.
 *
 * @param found what the field holds
 * @param expected for the message, such as `a number from 0 to 9`
 * @throws {InvalidEventError} Refused
 */
export const refuse = (field: string, found: unknown, expected: string): never => {
  throw new InvalidEventError('Refused', `${field} is ${kindOf(found)}; expected ${expected}`);
};
