/** A line longer than a reader is willing to hold in memory. */
export class LineTooLongError extends Error {
  override readonly name = 'LineTooLongError';
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * Cuts bytes into lines at LF or CRLF, which are not part of them. Bytes, not text: a character split across two chunks
 * stays whole, and a line that is not UTF-8 stays as it is.
 *
 * @param maxBytes the longest line to hold
 * @returns every line, empty ones too, and a last one without its line end; pulls no chunk before it is asked to
 * @throws {LineTooLongError}
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer> {
  let parts: Uint8Array[] = [];
  let length = 0;
  const take = (last: Uint8Array): Buffer => {
    const line = parts.length === 0 ? Buffer.from(last) : Buffer.concat([...parts, last]);
    parts = [];
    length = 0;
    return line.at(-1) === CR ? line.subarray(0, -1) : line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      const line = take(chunk.subarray(from, end));
      if (line.length > maxBytes) throw tooLong(maxBytes);
      yield line;
      from = end + 1;
    }
    if (from === chunk.length) continue;
    parts.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > maxBytes) throw tooLong(maxBytes);
  }
  if (length > 0) yield take(new Uint8Array());
}

const tooLong = (maxBytes: number): LineTooLongError => new LineTooLongError(`a line of more than ${maxBytes} bytes`);
