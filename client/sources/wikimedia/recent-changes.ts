import type { IncomingMessage } from 'node:http';
import type { SourceEvent } from '../../../core/source-event.ts';
import { bytesOf } from '../body.ts';
import { RecentIds } from '../recent-ids.ts';
import { DisconnectedError } from '../reconnecting.ts';
import type { SourceContext } from '../source.ts';
import { messageOf } from './recent-change-message.ts';
import { serverSentEvents } from './server-sent-events.ts';

/** Far more than any change has. Bytes. */
export const MAX_EVENT_BYTES = 4 * 1024 * 1024;

/** Some minutes of the stream. A resumed one begins at a time, not behind an event, and so repeats some. */
const REMEMBERED_IDS = 10_000;

/** More than any place in the stream takes; servers refuse headers that are much longer. Characters. */
const MAX_LAST_EVENT_ID = 4 * 1024;

/** A wait further away than this is a mistake. Milliseconds. */
const MAX_RETRY_MS = 60 * 60_000;

export interface RecentChangesOptions extends SourceContext {
  /** Asks for the stream. @param lastEventId the place to resume at; '' for what comes from now on */
  connect: (lastEventId: string) => Promise<IncomingMessage>;
  /** How long Wikimedia may send nothing. Milliseconds. */
  idleMs: number;
}

/** The stream of recent changes, over several connections: each resumes where the last one ended, and repeats nothing. */
export class RecentChanges {
  readonly #options: RecentChangesOptions;
  readonly #seen = new RecentIds(REMEMBERED_IDS);
  #lastEventId = '';
  #retryMs = 0;

  constructor(options: RecentChangesOptions) {
    this.#options = options;
  }

  /** The changes of one connection, until it ends. @throws {DisconnectedError} in the end, or what `connect` throws */
  async *read(): AsyncGenerator<SourceEvent, never> {
    try {
      yield* this.#read();
      throw new DisconnectedError('Wikimedia closed the connection');
    } catch (error) {
      if (!(error instanceof DisconnectedError)) throw error;
      const { message, cause, retryAfterMs } = error;
      throw new DisconnectedError(message, { cause, retryAfterMs: Math.max(retryAfterMs, this.#retryMs) });
    }
  }

  async *#read(): AsyncGenerator<SourceEvent> {
    const { connect, idleMs, signal, note } = this.#options;
    const body = await connect(this.#lastEventId);
    note({ kind: 'connected', message: 'connected to the recent changes of Wikimedia' });
    const toError = (message: string, options?: ErrorOptions) => new DisconnectedError(message, options);
    const bytes = bytesOf(body, { idleMs, sender: 'Wikimedia', toError });
    for await (const message of serverSentEvents(bytes, MAX_EVENT_BYTES)) {
      signal.throwIfAborted();
      if (message.kind === 'retry') this.#retryMs = Math.min(message.ms, MAX_RETRY_MS);
      else if (message.kind === 'too-long')
        note({ kind: 'problem', message: `Wikimedia sent an event of more than ${MAX_EVENT_BYTES} bytes` });
      else {
        if (isHeader(message.id)) this.#lastEventId = message.id;
        const event = this.#eventOf(message.type, message.data);
        if (event) yield event;
      }
    }
  }

  #eventOf(type: string, data: Buffer): SourceEvent | undefined {
    const { note } = this.#options;
    const message = messageOf(type, data);
    if (message.kind !== 'change') note(message);
    else if (this.#seen.add(message.id)) return message.event;
    else note({ kind: 'repeat', message: `Wikimedia repeated the change ${JSON.stringify(message.id.slice(0, 80))}` });
    return undefined;
  }
}

/** Whether a request may carry it: an event without a place, or with one that no header holds, leaves the last one. */
const isHeader = (id: string | undefined): id is string =>
  id !== undefined && id.length <= MAX_LAST_EVENT_ID && /^[\t\x20-\x7e\x80-\xff]*$/.test(id);
