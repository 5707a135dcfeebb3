import type { SourceEvent } from '../../core/source-event.ts';

/** Anything that yields events. The producer pulls, so a source never runs ahead of the stream. */
export type Source = AsyncIterable<SourceEvent>;

/** What a source tells about itself besides its events, for the progress line and the summary. */
export interface SourceNote {
  /**
   * `notice`: a message that is no event and was dropped. `repeat`: an event seen before and dropped. `retry`: the
   * connection ended and is made again. `problem`: something a person should know of.
   */
  kind: 'notice' | 'repeat' | 'retry' | 'connected' | 'problem';
  /** A sentence without secrets or payloads. */
  message: string;
}

export interface SourceContext {
  /** Ends the source: it stops yielding and closes what it holds. */
  signal: AbortSignal;
  note: (note: SourceNote) => void;
}

/** The clock, the chance and the waiting of a source, for tests to replace. */
export interface Timing {
  /** Ends early once the signal is aborted. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A number from 0 up to 1. */
  random: () => number;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** A source cannot go on, and no retry would help. `message` says what was found, what was expected and what to do. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
}

/**
 * A source whose generator waits for others. A generator does not see its consumer leave while it waits; this one is told by
 * its signal, and so closes what it holds at once.
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
    // However an abort shows itself, it is the end that was asked for.
    if (!signal.aborted) throw error;
  }
}
