import { LineTooLongError, linesOf } from '../../../core/lines.ts';
import { type Keying, type SourceEvent, toSourceEvent } from '../../../core/source-event.ts';
import { SourceError } from '../source.ts';

/** An event that was a line. */
export interface LineEvent extends SourceEvent {
  /** The byte after it and its line end, counted from the first byte of the file. */
  end: number;
}

/** Where a line is. */
export interface LinePlace {
  /** Which line of those read in this run, from 1, blank ones included. */
  number: number;
  /** Its first byte, counted from the first byte of the file. */
  start: number;
}

/** Makes an event of a line, which comes without its line end. */
export type ToEvent = (line: Buffer, place: LinePlace) => SourceEvent;

/** Lines that are events as they stand. */
export const keyedBy =
  (keying: Keying): ToEvent =>
  (line) =>
    toSourceEvent(line, undefined, keying);

export interface LinesOptions {
  /** Where in the file the first chunk begins. Bytes. @default 0 */
  start?: number;
  /** @default the line is an event as it stands */
  toEvent?: ToEvent;
}

const LF = 0x0a;

/**
 * The longest line to hold: three times what any stream takes, so that everything that could be an event is spooled with its
 * reason. Binary data may have no line end at all.
 */
const MAX_LINE_BYTES = 32 * 1024 * 1024;

/**
 * The lines of a byte stream, each an event, except for blank ones.
 *
 * @param chunks end early once the signal is aborted
 * @throws {SourceError} for a line longer than {@link MAX_LINE_BYTES}; what `chunks` throw
 */
export async function* linesSource(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  { start = 0, toEvent = (line) => toSourceEvent(line) }: LinesOptions = {},
): AsyncGenerator<LineEvent> {
  let chunk: Uint8Array = new Uint8Array();
  let chunkStart = start;
  let from = 0;
  // Lines come without their line ends, of which there are two kinds, so the chunks show where a line ends.
  const watched = async function* (): AsyncGenerator<Uint8Array> {
    for await (const next of chunks) {
      chunkStart += chunk.length;
      chunk = next;
      from = 0;
      yield next;
    }
  };
  const lineEnd = (): number => {
    const at = chunk.indexOf(LF, from);
    from = at < 0 ? chunk.length : at + 1;
    return chunkStart + from;
  };
  let number = 0;
  let end = start;
  try {
    for await (const line of linesOf(watched(), MAX_LINE_BYTES)) {
      const place: LinePlace = { number: ++number, start: end };
      end = lineEnd();
      if (line.every(isSpace)) continue;
      yield { ...toEvent(line, place), end };
    }
  } catch (error) {
    // Whatever error an abort causes, it is the end that was asked for.
    if (signal.aborted) return;
    if (!(error instanceof LineTooLongError)) throw error;
    throw new SourceError(
      `line ${number + 1}, which begins at byte ${end}, has more than ${MAX_LINE_BYTES / 1024 / 1024} MiB; expected one event a line, and no stream takes one so large: is this a file of lines?`,
      { cause: error },
    );
  }
}

const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
