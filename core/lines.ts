/** A line longer than a reader is willing to hold in memory. */
export class LineTooLongError extends Error {
  override readonly name = 'LineTooLongError';
}

/** A line in its place, or what takes the place of one. */
export interface LinePiece {
  /** Whether it is longer than the longest line to hold. Then it comes without its bytes. */
  isTooLong: boolean;
  /** Without the line end, which is LF or CR LF. A copy, so that a line that stays in memory does not keep its whole chunk there. */
  bytes: Buffer;
  /** The first byte, and the one after the line end, counted from the first byte of the whole. */
  start: number;
  end: number;
}

export const LF = 0x0a;
const CR = 0x0d;

/**
 * Cuts bytes into lines, and says where each one is. Bytes, not text: a character that two chunks share stays whole, and a line
 * that is not UTF-8 stays as it is. Zeros before a line are not part of it, see {@link zerosBefore}.
 */
export class LineCutter {
  readonly #maxBytes: number;
  /** Of the line that has not ended yet: its parts, its first byte, and its bytes so far. */
  #parts: Uint8Array[] = [];
  #start: number;
  #length = 0;

  /**
   * @param at where in the whole the first chunk begins
   * @param maxBytes the longest line to hold, its LF not included
   */
  constructor(at: number, maxBytes: number) {
    this.#start = at;
    this.#maxBytes = maxBytes;
  }

  /** The lines that end in the next chunk. */
  cut(chunk: Uint8Array): LinePiece[] {
    const pieces: LinePiece[] = [];
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      this.#add(chunk.subarray(from, end));
      pieces.push(this.#take(1));
      from = end + 1;
    }
    if (from < chunk.length) this.#add(chunk.subarray(from));
    return pieces;
  }

  /** What follows the last line end, once there are no more chunks; undefined where that is nothing. */
  rest(): LinePiece | undefined {
    return this.#length > 0 ? this.#take(0) : undefined;
  }

  /** Whether the line that has not ended yet is too long already. */
  get isTooLong(): boolean {
    return this.#length > this.#maxBytes;
  }

  #add(bytes: Uint8Array): void {
    const zeros = this.#length === 0 ? zerosBefore(bytes) : 0;
    const part = zeros === 0 ? bytes : bytes.subarray(zeros);
    this.#start += zeros;
    this.#length += part.length;
    if (this.isTooLong) this.#parts = [];
    // Also an empty part keeps its whole chunk in memory.
    else if (part.length > 0) this.#parts.push(part);
  }

  #take(lineEnd: number): LinePiece {
    const [start, end] = [this.#start, this.#start + this.#length + lineEnd];
    const bytes = Buffer.concat(this.#parts);
    const { isTooLong } = this;
    this.#parts = [];
    this.#length = 0;
    this.#start = end;
    return { isTooLong, bytes: bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes, start, end };
  }
}

/**
 * How many bytes of value 0 are before a line. A program that does not append writes on where it was after its log was truncated, and
 * the disk fills up what is before that, be it gigabytes. No line of text begins so.
 */
export const zerosBefore = (bytes: Uint8Array): number => {
  let zeros = 0;
  while (bytes[zeros] === 0) zeros += 1;
  return zeros;
};

/**
 * The lines of a stream of bytes, which end with LF or CRLF.
 *
 * @param maxBytes the longest line to hold
 * @returns every line, empty ones too, and a last one without its line end; pulls no chunk before it is asked to
 * @throws {LineTooLongError} before it has all of a line that is too long
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer> {
  const cutter = new LineCutter(0, maxBytes);
  for await (const chunk of chunks) {
    for (const { bytes, isTooLong } of cutter.cut(chunk)) {
      if (isTooLong) throw tooLong(maxBytes);
      yield bytes;
    }
    if (cutter.isTooLong) throw tooLong(maxBytes);
  }
  const rest = cutter.rest();
  if (rest) yield rest.bytes;
}

const tooLong = (maxBytes: number): LineTooLongError => new LineTooLongError(`a line of more than ${maxBytes} bytes`);
