import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { recentChange } from './recent-change.ts';

/** Answers one request, in place of a stream that stays open and silent. */
export type Script = (answer: Answer) => void | Promise<void>;

/** The answer to one request, for a script to write. */
export class Answer {
  readonly response: http.ServerResponse;

  constructor(response: http.ServerResponse) {
    this.response = response;
  }

  /** Answers with what is not the stream. */
  refuse(status: number, headers: http.OutgoingHttpHeaders = {}, body: string | Uint8Array = ''): void {
    this.response.writeHead(status, headers);
    this.response.end(body);
  }

  /** Begins a stream, as the real one does, with a comment. */
  accept(headers: http.OutgoingHttpHeaders = {}): void {
    this.response.socket?.setNoDelay(true);
    this.response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', ...headers });
    this.response.write(':ok\n\n');
  }

  /** Writes each chunk on its own, and pauses, so that it arrives on its own. Returns once all of it is on its way. */
  async send(...chunks: (Uint8Array | string)[]): Promise<void> {
    for (const chunk of chunks) {
      if (this.response.destroyed) return;
      await new Promise<void>((resolve) => {
        this.response.write(chunk, () => resolve());
      });
      await delay(2);
    }
  }

  /** Ends the stream as HTTP wants it. */
  end(): void {
    this.response.end();
  }

  /** Closes the socket in the middle of the body. */
  cut(): void {
    this.response.socket?.destroy();
  }

  /** Sends a TCP reset. */
  reset(): void {
    this.response.socket?.resetAndDestroy();
  }
}

/** Wikimedia's EventStreams on loopback. Scripts are used up one a request. */
export class FakeEventStreams {
  /** The headers of every request. */
  readonly requests: http.IncomingHttpHeaders[] = [];
  readonly #scripts: Script[] = [];
  readonly #sockets = new Set<net.Socket>();
  readonly #server = http.createServer((request, response) => {
    this.requests.push(request.headers);
    const answer = new Answer(response);
    if (request.method !== 'GET' || request.url !== PATH) return answer.refuse(404);
    const script = this.#scripts.shift() ?? ((open) => open.accept());
    return void script(answer);
  });

  static async start(): Promise<FakeEventStreams> {
    const wikimedia = new FakeEventStreams();
    wikimedia.#server.on('connection', (socket) => {
      wikimedia.#sockets.add(socket);
      socket.on('close', () => wikimedia.#sockets.delete(socket));
    });
    wikimedia.#server.listen(0, '127.0.0.1');
    await once(wikimedia.#server, 'listening');
    return wikimedia;
  }

  /** Stops listening, and ends what is still open. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Where the stream is. */
  get url(): string {
    const { port } = this.#server.address() as net.AddressInfo;
    return `http://127.0.0.1:${port}${PATH}`;
  }

  /** The place each request resumes at, or nothing. */
  get resumed(): (string | undefined)[] {
    return this.requests.map(({ 'last-event-id': id }) => (id === undefined ? id : String(id)));
  }

  script(...scripts: Script[]): void {
    this.#scripts.push(...scripts);
  }

  /** The connections that the client left open, after the time a close takes to arrive. */
  async leftOpen(): Promise<number> {
    for (let tries = 0; tries < 100 && this.#sockets.size > 0; tries += 1) await delay(5);
    return this.#sockets.size;
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
