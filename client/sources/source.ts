import type { Agent } from 'node:https';
import type { Readable } from 'node:stream';
import { UserError } from '../../cli/user-error.ts';
import type { Clock } from '../../core/clock.ts';
import type { SourceEvent } from '../../core/source-event.ts';
import type { FilePlace } from './file/identity.ts';

/** Where to go on: the place in a file, Jetstream's cursor in microseconds, or Wikimedia's id of an event. */
export type Place = FilePlace | string;

/** An event, and where to go on after it, where the source can be read again from there. */
export interface PlacedEvent extends SourceEvent {
  resume?: Place;
}

/**
 * Anything that yields events, in batches: those that came together, in their order, such as the lines of one read of a file. A promise
 * for each event would cost more than the event. The producer pulls, so a source never runs ahead of the stream by more than a batch.
 */
export type Source = AsyncIterable<readonly PlacedEvent[]>;

/** What a source tells about itself, besides its events, for the progress line and the summary. */
export interface SourceNote {
  /**
   * `notice`: a message that is not an event and was dropped. `repeat`: an event that came before and was dropped. `unusable`: a
   * message that the source should not send, dropped. `skipped`: a line that is too long. `packed`: what is read is packed with gzip,
   * and the places of its events are those of what it unpacks to. `retry`: the connection ended and is made again. `connected`: it is
   * made. `problem`: something that a person should know.
   */
  kind: 'notice' | 'repeat' | 'unusable' | 'skipped' | 'packed' | 'retry' | 'connected' | 'problem';
  /** A sentence without secrets or payloads. */
  message: string;
}

export interface SourceContext {
  /** Ends the source: it stops yielding and closes what it holds. */
  signal: AbortSignal;
  note: (note: SourceNote) => void;
  /** Hears of a place that was reached without an event, after which nothing before it needs to be read again. */
  passed?: (place: Place) => void;
  /** Monotonic: it measures durations. */
  clock: Clock;
  /** Milliseconds since 1970: for dates. */
  calendar: Pick<Clock, 'now'>;
  /** For connections by TLS, such as one that goes through a proxy. @default that of node:https */
  agent?: Agent;
  /** Opens standard input. @default that of the process */
  stdin?: () => Readable;
}

/** A source cannot go on, and another try would not help. `message` says what was found, what was expected and what to do. */
export class SourceError extends UserError {
  override readonly name = 'SourceError';
}

/**
 * A source whose generator waits for a server or a clock. A generator does not notice that its consumer leaves while it waits.
 * This one learns it from its signal, and so closes what it holds at once.
 *
 * @param read yields the events; it ends, with or without an error, once its signal is aborted
 */
export const leavable = (
  read: (context: SourceContext) => AsyncGenerator<readonly PlacedEvent[], unknown>,
  context: SourceContext,
): Source => ({
  [Symbol.asyncIterator]: () => {
    const left = new AbortController();
    const signal = AbortSignal.any([context.signal, left.signal]);
    const events = untilAborted(read({ ...context, signal }), signal);
    return {
      next: () => events.next(),
      return: () => {
        left.abort();
        return events.return(undefined);
      },
    };
  },
});

async function* untilAborted(
  events: AsyncGenerator<readonly PlacedEvent[], unknown>,
  signal: AbortSignal,
): AsyncGenerator<readonly PlacedEvent[], undefined> {
  try {
    yield* events;
  } catch (error) {
    // Whatever error an abort causes, it is the end that was asked for.
    if (!signal.aborted) throw error;
  }
}
