import type { EventBytes } from '../event-bytes.ts';
import { InvalidEventError } from '../invalid-event.ts';
import { MB, RECORD_BYTES } from '../limits.ts';

/** What an envelope holds. */
export interface Contents {
  /** In their order. */
  events: EventBytes[];
  /** Messages of the envelope's own, which are not events. */
  notices: number;
}

/**
 * Opens one kind of envelope.
 *
 * @returns `undefined` for data that is not in this envelope
 * @throws {InvalidEventError} where the envelope is broken, or holds more than {@link MAX_EVENTS} events
 */
export type Envelope = (bytes: EventBytes) => Contents | undefined;

/** Events of one record. One record must not cost more than a small part of an invocation, whatever is in it. */
export const MAX_EVENTS = 10_000;

/** The rejection of a record of more than {@link MAX_EVENTS}. */
export const tooManyEvents = (): InvalidEventError =>
  new InvalidEventError('TooManyEvents', `the record holds more than ${MAX_EVENTS} events; expected no more`);

/**
 * Bytes of all events of one record, each with its own copy of what they share, and none compressed. The longest names that CloudWatch Logs
 * allows make a full record come to about three times its size.
 */
export const MOST_BYTES = 4 * RECORD_BYTES.most;

/** The rejection of a record of more than {@link MOST_BYTES}. */
export const tooLarge = (): InvalidEventError =>
  new InvalidEventError(
    'TooLarge',
    `the events of the record come to more than ${MOST_BYTES / MB} MiB, each with what they share; expected no more`,
  );
