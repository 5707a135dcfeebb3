import type { EventBytes } from '../event-bytes.ts';
import { InvalidEventError } from '../invalid-event.ts';

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

export const tooManyEvents = (): InvalidEventError =>
  new InvalidEventError('TooManyEvents', `the record holds more than ${MAX_EVENTS} events; expected no more`);
