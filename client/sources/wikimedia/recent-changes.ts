import { defined } from '../../../core/defined.ts';
import { isText, shown } from '../../../core/json.ts';
import { metaOf, recentChange } from '../../../core/shapes/recent-change.ts';
import { objectIn, type SourceEvent, toSourceEvent } from '../../../core/source-event.ts';
import { DisconnectedError } from '../disconnected.ts';
import { newIds } from '../recent-ids.ts';
import { bytesOf } from '../response-body.ts';
import type { PlacedEvent, SourceContext } from '../source.ts';
import { type Usability, unusableMessages } from '../unusable.ts';
import { type EventStreamOptions, openEventStream, quotedExplanation } from './event-stream.ts';
import { type ServerSentMessage, serverSentEvents } from './server-sent-events.ts';

/** Far more than any change has. Bytes. */
export const MAX_EVENT_BYTES = 4 * 1024 * 1024;

/** Some minutes of the stream. A stream resumes at a time, not after an event, and so repeats some events. */
const REMEMBERED_IDS = 10_000;

/** More than any place in the stream takes; servers refuse headers that are much longer. Characters. */
const MAX_LAST_EVENT_ID = 4 * 1024;

/** A longer wait than this is a mistake. Milliseconds. */
const MAX_RETRY_MS = 60 * 60_000;

const REMEDY = 'expected the stream of recent changes: check --url, or leave it out for that of all wikis';

export interface ChangeReaderOptions extends SourceContext, Omit<EventStreamOptions, 'lastEventId'> {
  /** How long Wikimedia may send nothing. Milliseconds. */
  idleMs: number;
  /** The place to resume at first. */
  from?: string;
}

/**
 * Reads connections to the stream of recent changes: each resumes where the last one ended, and repeats nothing.
 *
 * @returns makes a connection and yields its changes; it always ends with an error, mostly a {@link DisconnectedError}
 */
export const changeReader = (options: ChangeReaderOptions) => {
  const { from, idleMs, clock, signal, note, passed = () => {} } = options;
  const isNew = newIds(REMEMBERED_IDS, note, 'Wikimedia repeated the change');
  let resume = from;
  let retryMs = 0;

  /** The change in a message, where it is a new one. What else there is to a message is noted. */
  const changeIn = (message: ServerSentMessage, { usable, unusable }: Usability): PlacedEvent | undefined => {
    if (message.kind === 'retry') {
      retryMs = Math.min(message.ms, MAX_RETRY_MS);
      return undefined;
    }
    // An empty one takes the place back.
    if (message.kind === 'event' && isHeader(message.id)) resume = message.id || undefined;
    const parsed = parseMessage(message);
    if (parsed.kind === 'problem') {
      unusable(parsed.message);
      return undefined;
    }
    usable();
    if (parsed.kind === 'notice') note(parsed);
    if (parsed.kind === 'change' && isNew(parsed.id)) return { ...parsed.event, ...defined({ resume }) };
    if (resume !== undefined) passed(resume);
    return undefined;
  };

  return async function* (): AsyncGenerator<readonly PlacedEvent[], never> {
    const usability = unusableMessages(note, REMEDY);
    try {
      const body = await openEventStream({ ...options, lastEventId: resume });
      note({ kind: 'connected', message: 'connected to the recent changes of Wikimedia' });
      const bytes = bytesOf(body, { clock, idleMs, sender: 'Wikimedia' });
      for await (const message of serverSentEvents(bytes, MAX_EVENT_BYTES)) {
        signal.throwIfAborted();
        const change = changeIn(message, usability);
        if (change) yield [change];
      }
      throw new DisconnectedError('Wikimedia closed the connection');
    } catch (error) {
      if (error instanceof DisconnectedError) error.retryAfterMs = Math.max(error.retryAfterMs, retryMs);
      throw error;
    }
  };
};

/** Whether a request may carry it. After an event without a place, or with one that no header holds, the last one stays. */
const isHeader = (id: string | undefined): id is string =>
  id !== undefined && id.length <= MAX_LAST_EVENT_ID && /^[\t\x20-\x7e\x80-\xff]*$/.test(id);

/** What an event of the stream is. */
type StreamEvent =
  | { kind: 'change'; id: string; event: SourceEvent }
  /** Something else than a change. */
  | { kind: 'notice'; message: string }
  | { kind: 'problem'; message: string };

const parseMessage = (message: Exclude<ServerSentMessage, { kind: 'retry' }>): StreamEvent => {
  if (message.kind === 'too-long')
    return { kind: 'problem', message: `Wikimedia sent an event of more than ${MAX_EVENT_BYTES} bytes` };
  const { type, data } = message;
  const json = objectIn(data);
  // Errors of the server have another type than changes have.
  if (type !== 'message' || !json || !recentChange.matches(json)) {
    const found = `Wikimedia sent an event of the type ${shown(type)} and ${data.length} bytes`;
    return { kind: 'problem', message: `${found} that is not a recent change${quotedExplanation(data)}` };
  }
  const { id, domain, dt } = metaOf(json);
  // Sent into every stream from time to time, to show that it works.
  // https://wikitech.wikimedia.org/wiki/Event_Platform/EventStreams_HTTP_Service#Canary_events
  if (domain === 'canary') return { kind: 'notice', message: 'Wikimedia sent a canary event' };
  if (!isText(id))
    return { kind: 'problem', message: `Wikimedia sent a change of ${data.length} bytes without a meta.id` };
  const time = isText(dt) ? Date.parse(dt) : Number.NaN;
  return { kind: 'change', id, event: { ...toSourceEvent(data, json), ...(!Number.isNaN(time) && { time }) } };
};
