/** A line in its place, or what takes the place of one. */
export interface LinePiece {
  /** `too-long`: longer than the longest to hold; it comes without its bytes. `rest`: what follows the last line end. */
  kind: 'line' | 'too-long' | 'rest';
  /** Without the line end, which is LF or CR LF. */
  bytes: Buffer;
  /** The first byte, and the one after the line end, counted from the first byte of the file. */
  start: number;
  end: number;
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * Cuts bytes into lines, and says where each one is. Bytes, not text: a character that two chunks share stays whole, and a line
 * that is not UTF-8 stays as it is.
 *
 * @param at where in the file the first chunk begins
 * @param maxBytes the longest line to hold, its line end not included
 * @returns asks for a chunk only once all lines of the one before are taken
 */
export async function* piecesOf(
  chunks: AsyncIterable<Uint8Array>,
  at: number,
  maxBytes: number,
): AsyncGenerator<LinePiece> {
  let parts: Uint8Array[] = [];
  let start = at;
  let length = 0;
  const add = (part: Uint8Array): void => {
    length += part.length;
    if (length <= maxBytes) parts.push(part);
    else parts = [];
  };
  const take = (kind: LinePiece['kind'], lineEnd: number): LinePiece => {
    const end = start + length + lineEnd;
    const bytes = Buffer.concat(parts);
    const isTooLong = length > maxBytes;
    const piece: LinePiece = {
      kind: isTooLong ? 'too-long' : kind,
      bytes: bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes,
      start,
      end,
    };
    parts = [];
    length = 0;
    start = end;
    return piece;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      add(chunk.subarray(from, end));
      yield take('line', 1);
      from = end + 1;
    }
    if (from < chunk.length) add(chunk.subarray(from));
  }
  if (length > 0) yield take('rest', 0);
}
