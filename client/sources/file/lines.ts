import { number as shownNumber } from '../../../cli/numbers.ts';
import { quotedPath } from '../../../cli/shown.ts';
import { MB } from '../../../core/limits.ts';
import { LineCutter, type LinePiece } from '../../../core/lines.ts';
import { type Keying, type SourceEvent, toSourceEvent } from '../../../core/source-event.ts';
import { type PlacedEvent, type SourceContext, SourceError } from '../source.ts';
import type { FileIdentity } from './identity.ts';

/** An event that was a line. */
export interface LineEvent extends PlacedEvent {
  /** Its first byte. */
  start: number;
  /** The byte after it and its line end, counted from the first byte of the file. */
  end: number;
}

/** Where a line is. */
interface LinePlace {
  /** Which line of those read in this run, from 1, blank ones included. */
  number: number;
  /** Its first byte, counted from the first byte of the file. */
  start: number;
}

/** Makes a new event of a line, which comes without its line end. */
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
  /** The file that the lines are of. Without it the events have no place to resume at. */
  file?: FileIdentity;
  /** Whether the bytes after the last line end are a line. @default they are */
  isWhole?: (rest: LinePiece) => boolean;
  /** Hears of the lines that are too long. */
  note?: SourceContext['note'];
  /** What holds the lines, for messages. @default the input */
  name?: string;
}

/**
 * The longest line to hold: three times what any stream takes, so that everything that could be an event is spooled with its
 * reason. Binary data may have no line end at all.
 */
const MAX_LINE_BYTES = 32 * MB;

/**
 * The lines of a byte stream, each an event, except for blank ones. Those that end in one chunk come together. A line of more than
 * {@link MAX_LINE_BYTES} is noted and passed over. A byte order mark before a line is not part of it.
 *
 * @param chunks end early once the signal is aborted
 * @throws {SourceError} where the system cannot read them, or gzip is damaged; what else `chunks` throw
 */
export async function* linesSource(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  { start = 0, toEvent = keyedBy({}), file, isWhole = () => true, note, name = 'the input' }: LinesOptions = {},
): AsyncGenerator<LineEvent[]> {
  const cutter = new LineCutter(start, MAX_LINE_BYTES);
  let number = 0;
  const eventsOf = (pieces: readonly LinePiece[]): LineEvent[] => {
    const events: LineEvent[] = [];
    for (const piece of pieces) {
      number += 1;
      if (piece.isTooLong) {
        note?.({ kind: 'skipped', message: tooLong(name, piece) });
        continue;
      }
      const line = withoutMark(piece.bytes);
      if (isBlank(line)) continue;
      const { start, end } = piece;
      const event = toEvent(line, { number, start });
      // A copy of the event would cost as much as all else here.
      events.push(Object.assign(event, { start, end }, file && { resume: { file, offset: end } }));
    }
    return events;
  };
  try {
    for await (const chunk of chunks) {
      const events = eventsOf(cutter.cut(chunk));
      if (events.length > 0) yield events;
    }
    const rest = cutter.rest();
    if (!rest || !(rest.isTooLong || isWhole(rest))) return;
    const events = eventsOf([rest]);
    if (events.length > 0) yield events;
  } catch (error) {
    // Whatever error an abort causes, it is the end that was asked for.
    if (signal.aborted) return;
    const problem = problemWith(name, error as NodeJS.ErrnoException);
    throw problem === undefined ? error : new SourceError(problem, { cause: error });
  }
}

/** Why no more can be read. Without the name a pipe that is lost would pass, by its code, for a Kinesis that cannot be reached. */
const problemWith = (name: string, { message, code = '', syscall }: NodeJS.ErrnoException): string | undefined => {
  if (code.startsWith('Z_')) return `${name} is damaged gzip (${message}); expected a file that gzip -t accepts`;
  if (syscall === undefined) return undefined;
  if (code === 'EAGAIN')
    return `${name} has no more lines for now, and nobody can wait for those of a device; expected a pipe: cat ${quotedPath(name)} | … --file -`;
  return `${name} cannot be read any further (${message}); look at its disk, or at what sends it`;
};

const tooLong = (name: string, { start, end }: LinePiece): string =>
  `${name}: the line of ${shownNumber(end - start)} bytes that begins at byte ${start} is passed over; expected at most ${MAX_LINE_BYTES / MB} MiB, more than any stream takes`;

/**
 * Without the byte order mark with which files from Windows may begin, of which several may come one after the other. Each line is looked
 * at, so it is done without a view of the bytes.
 */
const withoutMark = (line: Buffer): Buffer =>
  line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf ? line.subarray(3) : line;

const isBlank = (line: Buffer): boolean => {
  for (const byte of line) if (byte !== 0x20 && (byte < 0x09 || byte > 0x0d)) return false;
  return true;
};
