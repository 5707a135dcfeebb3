import { explain, type Target } from '../aws/explain.ts';
import { number } from '../cli/numbers.ts';
import type { Clock } from '../core/clock.ts';
import { shown } from '../core/json.ts';
import type { Outcome } from './producer/settlement.ts';
import type { SourceNote } from './sources/source.ts';

/** How often a kind of message that may come for each event gets a line. Milliseconds. */
const EVERY_MS = 10_000;

/** Notes that count, or change what the report says. */
const SILENT = new Set<SourceNote['kind']>(['notice', 'repeat', 'packed']);

/** Notes that may come as often as events do. */
const FREQUENT = new Set<SourceNote['kind']>(['unusable', 'skipped']);

/**
 * Tells a person what a source notes. Of a kind that may come for each message the first is told at once, and then one in ten
 * seconds, with the number of the others.
 *
 * @param clock monotonic
 * @returns `note` takes a note; `end` tells how many were not told yet
 */
export const tellNotes = (
  say: (line: string) => void,
  clock: Pick<Clock, 'now'>,
): { note: (note: SourceNote) => void; end: () => void } => {
  const untold = new Map<SourceNote['kind'], { next: number; count: number; last: string }>();
  const tell = (count: number, last: string): void =>
    say(count === 1 ? last : `${last} (the last of ${number(count)} such since the line before)`);
  return {
    note: ({ kind, message }) => {
      if (SILENT.has(kind)) return;
      if (!FREQUENT.has(kind)) return say(message);
      const now = clock.now();
      const { next = now, count = 0 } = untold.get(kind) ?? {};
      if (now < next) untold.set(kind, { next, count: count + 1, last: message });
      else {
        tell(count + 1, message);
        untold.set(kind, { next: now + EVERY_MS, count: 0, last: message });
      }
    },
    end: () => {
      for (const { count, last } of untold.values()) if (count > 0) tell(count, last);
    },
  };
};

/** A Kinesis that has taken nothing for so long gets a line. Connections that were closed while nothing was sent do not. Milliseconds. */
const WAITED_MS = 2_000;

/**
 * Tells why Kinesis takes nothing, once until it has taken another event.
 *
 * @param sent how many it has taken
 * @returns what to call where the producer waits: with the reason, and for how long that has been so
 */
export const tellOfWaiting = (
  say: (line: string) => void,
  sent: () => number,
  target: Target,
): ((reason: Error, ms: number) => void) => {
  let told = -1;
  return (reason, ms) => {
    if (ms < WAITED_MS || told === sent()) return;
    told = sent();
    say(`waiting for Kinesis: ${explain(reason, target)}`);
  };
};

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
