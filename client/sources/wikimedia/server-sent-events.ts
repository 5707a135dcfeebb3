import { createParser } from 'eventsource-parser';

/** What a body of server-sent events says. */
export type ServerSentMessage =
  /** `id` is the place to resume at after it, a character for each byte, as headers carry it. */
  | { kind: 'event'; type: string; data: Buffer; id: string | undefined }
  /** How long to wait before the next connection. Milliseconds. */
  | { kind: 'retry'; ms: number }
  /** An event that is longer than the longest to hold was skipped. */
  | { kind: 'too-long' };

/**
 * The messages in the bytes of an event stream. As the specification wants it, an event that the end cut off does not count.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 *
 * The parser gets each byte as one character (Latin-1), so that a character split over two chunks stays whole, bytes that are
 * not UTF-8 stay as they are, and lengths are in bytes.
 *
 * @param maxBytes the longest event to hold
 * @returns asks for a chunk only once all messages of the one before are taken
 */
export async function* serverSentEvents(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<ServerSentMessage> {
  const messages: ServerSentMessage[] = [];
  let isOver = false;
  const parser = createParser({
    maxBufferSize: maxBytes,
    onEvent: ({ data, event: type = 'message', id }) => {
      if (data.length > maxBytes) messages.push({ kind: 'too-long' });
      else messages.push({ kind: 'event', type: fromLatin1(type).toString(), data: fromLatin1(data), id });
    },
    onRetry: (ms) => messages.push({ kind: 'retry', ms }),
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') isOver = true;
    },
  });
  const toLineFeeds = lineFeeds();
  const toNextEvent = nextEvent();
  let isSkipping = false;
  for await (const chunk of chunks) {
    let text: string | undefined = toLineFeeds(chunk.toString('latin1'));
    if (isSkipping) {
      text = toNextEvent(text);
      if (text === undefined) continue;
      isSkipping = false;
    }
    parser.feed(text);
    if (isOver) {
      isOver = false;
      isSkipping = true;
      parser.reset();
      // The empty line that ends the event may begin with the last character.
      toNextEvent(text.slice(-1));
      messages.push({ kind: 'too-long' });
    }
    yield* messages.splice(0);
  }
}

const fromLatin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/**
 * Makes LF of every line end, chunk by chunk. The parser would hold a CR at the end of a chunk back until the next chunk,
 * as it may be half of a CRLF, and with it an event that is complete.
 */
const lineFeeds = (): ((text: string) => string) => {
  let isAfterCr = false;
  return (text) => {
    const rest = isAfterCr && text.startsWith('\n') ? text.slice(1) : text;
    isAfterCr = text.endsWith('\r');
    return rest.replace(/\r\n?/g, '\n');
  };
};

/** Finds what follows the next empty line, chunk by chunk; undefined until there was one. */
const nextEvent = (): ((text: string) => string | undefined) => {
  let before = '';
  return (text) => {
    const seen = before + text;
    const at = seen.indexOf('\n\n');
    before = at < 0 && seen.endsWith('\n') ? '\n' : '';
    return at < 0 ? undefined : seen.slice(at + 2);
  };
};
