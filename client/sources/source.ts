import type { Agent } from 'node:https';
import { UserError } from '../../cli/user-error.ts';
import type { Clock } from '../../core/clock.ts';
import type { SourceEvent } from '../../core/source-event.ts';

/** Anything that yields events. The producer pulls, so a source never runs ahead of the stream. */
export type Source = AsyncIterable<SourceEvent>;

/** What a source tells about itself, besides its events, for the progress line and the summary. */
export interface SourceNote {
  /**
   * `notice`: a message that is not an event and was dropped. `repeat`: an event that came before and was dropped. `retry`: the
   * connection ended and is made again. `problem`: something that a person should know.
   */
  kind: 'notice' | 'repeat' | 'retry' | 'connected' | 'problem';
  /** A sentence without secrets or payloads. */
  message: string;
}

export interface SourceContext {
  /** Ends the source: it stops yielding and closes what it holds. */
  signal: AbortSignal;
  note: (note: SourceNote) => void;
  /** Its `now` counts from 1970. */
  clock: Clock;
  /** For connections by TLS, such as one that goes through a proxy. @default that of node:https */
  agent?: Agent;
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
  read: (context: SourceContext) => AsyncGenerator<SourceEvent, unknown>,
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
  events: AsyncGenerator<SourceEvent, unknown>,
  signal: AbortSignal,
): AsyncGenerator<SourceEvent, undefined> {
  try {
    yield* events;
  } catch (error) {
    // Whatever error an abort causes, it is the end that was asked for.
    if (!signal.aborted) throw error;
  }
}
