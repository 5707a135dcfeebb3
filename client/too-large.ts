import { shown } from '../core/json.ts';
import type { Outcome } from './producer/producer.ts';

/** How many events get a line. Otherwise a source of such events would flood the terminal. */
const MAX_LINES = 5;

/**
 * Reports an event that no record can hold at once: the reason, its partition key, and where it is kept.
 *
 * @param whereKept the file that keeps it, or nothing if it could not be kept
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
    if (events === MAX_LINES) say(`There may be more such events. The report at the end has their number.`);
  };
};
