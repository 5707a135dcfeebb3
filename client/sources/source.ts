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
