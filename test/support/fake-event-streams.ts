import type http from 'node:http';
import { LoopbackServer } from './loopback-server.ts';
import { recentChange } from './recent-change.ts';
import { HttpAnswer } from './scripted-server.ts';

export type Script = (answer: EventStreamsAnswer) => void | Promise<void>;

/** The answer to one request, for a script to write. */
export class EventStreamsAnswer extends HttpAnswer {
  /** Begins a stream, as the real one does, with a comment. */
  accept(headers: http.OutgoingHttpHeaders = {}): void {
    this.begin({ 'content-type': 'text/event-stream; charset=utf-8', ...headers });
    this.response.write(':ok\n\n');
  }
}

/** Wikimedia's EventStreams on loopback. A stream stays open and silent, unless a script says otherwise; each is used once. */
export class FakeEventStreams extends LoopbackServer {
  /** The headers of every request. */
  readonly requests: http.IncomingHttpHeaders[] = [];
  readonly #scripts: Script[] = [];

  static start(): Promise<FakeEventStreams> {
    const wikimedia = new FakeEventStreams();
    wikimedia.http.on('request', (request, response) => void wikimedia.#handle(request, response));
    return wikimedia.start();
  }

  /** Where the stream is. */
  get url(): string {
    return `http://${this.host}${PATH}`;
  }

  /** The place each request resumes at, or nothing. */
  get resumed(): (string | undefined)[] {
    return this.requests.map(({ 'last-event-id': id }) => (id === undefined ? id : String(id)));
  }

  get connects(): number {
    return this.requests.length;
  }

  script(...scripts: Script[]): void {
    this.#scripts.push(...scripts);
  }

  #handle(request: http.IncomingMessage, response: http.ServerResponse): void | Promise<void> {
    this.requests.push(request.headers);
    const answer = new EventStreamsAnswer(request, response);
    if (request.method !== 'GET' || request.url !== PATH) return answer.refuse(404);
    const script = this.#scripts.shift() ?? ((open) => open.accept());
    return script(answer);
  }
}

const PATH = '/v2/stream/recentchange';

/** A change by its number, which is its meta.id too. */
export const change = (number: number | string, fields: object = {}, meta: object = {}): object =>
  recentChange({ comment: `🦊 ${number}`, ...fields }, { id: String(number), ...meta });

/** A place in the stream, as the real one names it: a time for each data centre. */
export const placeOf = (number: number | string): string =>
  JSON.stringify([
    { topic: 'eqiad.mediawiki.recentchange', partition: 0, timestamp: number },
    { topic: 'codfw.mediawiki.recentchange', partition: 0, offset: -1 },
  ]);

/** A message as an event of the stream. */
export const event = (message: object, id?: string): Buffer =>
  Buffer.from(`event: message\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(message)}\n\n`);

/** Changes by their numbers, each as an event at a place of its own. */
export const events = (...numbers: number[]): Buffer[] =>
  numbers.map((number) => event(change(number), placeOf(number)));
