import { number } from '../cli/numbers.ts';
import { shown } from '../core/json.ts';
import type { Outcome } from './producer/producer.ts';

/** Lines for events of their own; a source that yields nothing else would bury all others. */
const MAX_LINES = 5;

/**
 * Tells of an event that no record can hold as soon as it is met: its reason, its partition key, where it is kept.
 *
 * @param whereKept the file that keeps it, or nothing where it could not be kept
 * @returns what to call with each outcome
 */
export const tellOfTooLarge = (
  say: (line: string) => void,
  whereKept: () => string | undefined,
): ((outcome: Outcome) => void) => {
  let events = 0;
  return (outcome) => {
    if (outcome.status === 'sent' || outcome.error.name !== 'EventTooLargeError') return;
    events += 1;
    if (events > MAX_LINES) return;
    const path = whereKept();
    const kept = path === undefined ? 'It could not be kept.' : `It is kept in ${path}.`;
    say(`not sent: ${outcome.error.message}; its partition key is ${shown(outcome.event.partitionKey)}. ${kept}`);
    if (events === MAX_LINES) say(`Of more than ${number(MAX_LINES)} such events the end tells the number alone.`);
  };
};
