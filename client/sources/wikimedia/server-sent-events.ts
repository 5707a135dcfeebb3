import { createParser } from 'eventsource-parser';

/** What a body of server-sent events says. */
export type ServerSentMessage =
  /** `id` is the place to resume at after it, byte for byte a character, as headers carry it; none where it names none. */
  | { kind: 'event'; type: string; data: Buffer; id: string | undefined }
  /** How long to wait before the next connection. Milliseconds. */
  | { kind: 'retry'; ms: number }
  /** There was an event longer than the longest to hold. It is skipped. */
  | { kind: 'too-long' };

/**
 * The messages in the bytes of an event stream. An event that the end cut off is none, as the specification wants it.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 *
 * The parser gets each byte as one character (Latin-1), so that a character split over two chunks stays whole, bytes that are
 * no UTF-8 stay as they are, and lengths are in bytes.
 *
 * @param maxBytes the longest event to hold
 * @returns pulls no chunk before all messages of the last one are taken
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
      else messages.push({ kind: 'event', type, data: Buffer.from(data, 'latin1'), id });
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

/** Finds what follows the next empty line, chunk by chunk; nothing while none has come. */
const nextEvent = (): ((text: string) => string | undefined) => {
  let before = '';
  return (text) => {
    const seen = before + text;
    const at = seen.indexOf('\n\n');
    before = at < 0 && seen.endsWith('\n') ? '\n' : '';
    return at < 0 ? undefined : seen.slice(at + 2);
  };
};
