import type { Random } from '../../../core/random.ts';
import { TextCutter } from './text.ts';

/** The parts of the envelope around what differs. Nothing in an event needs escaping, so none is built by a serializer. */
const BEFORE_ID = '{"specversion":"1.0","source":"/synthetic","type":"example.synthetic","id":"';
const BEFORE_SUBJECT = '","subject":"';
const BEFORE_DATA = '","data":"';
const END = '"}';

/** The last number an event may have: a run at a million a second has used them up after 285 years. */
const LAST = Number.MAX_SAFE_INTEGER;

const opening = (seed: number, n: number, subject: string): string =>
  `${BEFORE_ID}${seed}-${n}${BEFORE_SUBJECT}${subject}${BEFORE_DATA}`;

/** Bytes of the smallest event that every number and every key fit into. */
export const leastSize = ({ seed, longestKey }: { seed: number; longestKey: string }): number =>
  opening(seed, LAST, longestKey).length + END.length;

export interface EventMakerOptions {
  seed: number;
  /** Bytes of each event, {@link leastSize} or more. */
  size: number;
  random: Random;
}

/**
 * Makes CloudEvents of exactly `size` bytes: the nth has the id `<seed>-<n>`, and a text for its data.
 *
 * @returns takes the number of the event and its subject, which is ASCII without quotes
 */
export const eventMaker = ({ seed, size, random }: EventMakerOptions): ((n: number, subject: string) => Buffer) => {
  const text = new TextCutter(random);
  return (n, subject) => {
    const event = Buffer.allocUnsafe(size);
    const start = event.write(opening(seed, n, subject), 'latin1');
    const end = size - END.length;
    text.fill(event, start, end);
    event.write(END, end, 'latin1');
    return event;
  };
};
