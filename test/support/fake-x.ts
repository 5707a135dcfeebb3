import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import zlib from 'node:zlib';

export const CONSUMER = { consumerKey: 'the-consumer-key', consumerSecret: 'the-consumer-secret' };
/** X's tokens have percent signs in them. */
export const BEARER_TOKEN = 'AAAAAA%2FtheBearerToken%3D';

export interface Rule {
  id: string;
  value: string;
  tag?: string;
}

/** Complete up to here and open for more, as a stream compresses what it sends. */
const FLUSHED = { finishFlush: zlib.constants.Z_SYNC_FLUSH };

/** What a request is for. Each has its own list of scripts. */
export type Endpoint = 'login' | 'rules' | 'stream';

/** Answers one request, in place of what the fake does by itself. */
export type Script = (answer: Answer) => void | Promise<void>;

/** The answer to one request, for a script to write. */
export class Answer {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
  #gzip = false;

  constructor(request: http.IncomingMessage, response: http.ServerResponse) {
    this.request = request;
    this.response = response;
  }

  json(status: number, body: unknown, headers: http.OutgoingHttpHeaders = {}): void {
    this.response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
    this.response.end(JSON.stringify(body));
  }

  /** Begins a stream. */
  accept({ gzip = false } = {}): void {
    this.#gzip = gzip;
    this.response.socket?.setNoDelay(true);
    this.response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      ...(gzip && { 'content-encoding': 'gzip' }),
    });
    this.response.flushHeaders();
    if (gzip) this.response.write(zlib.gzipSync('', FLUSHED));
  }

  /** Writes each chunk on its own, and pauses, so that it arrives on its own. Returns once all of it is on its way. */
  async send(...chunks: (Uint8Array | string)[]): Promise<void> {
    for (const chunk of chunks) {
      if (this.response.destroyed) return;
      const bytes = this.#gzip ? zlib.deflateRawSync(chunk, FLUSHED) : chunk;
      await new Promise<void>((resolve) => {
        this.response.write(bytes, () => resolve());
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

/**
 * X on loopback: the login, the rules and the filtered stream. A stream stays open and silent unless a script says
 * otherwise; scripts are used up one a request.
 */
export class FakeX {
  /** Every request, as `GET /2/tweets/search/stream/rules`. */
  readonly requests: string[] = [];
  /** The query of every request for the stream. */
  readonly queries: URLSearchParams[] = [];
  rules: Rule[] = [];
  readonly #scripts: Record<Endpoint, Script[]> = { login: [], rules: [], stream: [] };
  readonly #sockets = new Set<net.Socket>();
  readonly #server = http.createServer((request, response) => void this.#handle(request, response));
  #nextRuleId = 1n << 60n;

  static async start(): Promise<FakeX> {
    const x = new FakeX();
    x.#server.on('connection', (socket) => {
      x.#sockets.add(socket);
      socket.on('close', () => x.#sockets.delete(socket));
    });
    x.#server.listen(0, '127.0.0.1');
    await once(x.#server, 'listening');
    return x;
  }

  /** Stops listening, and ends what is still open. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Leads every call of the library here, whatever host it names. */
  agent(): https.Agent {
    const { port } = this.#server.address() as net.AddressInfo;
    return new LoopbackAgent(port);
  }

  script(endpoint: Endpoint, ...scripts: Script[]): void {
    this.#scripts[endpoint].push(...scripts);
  }

  /** How many requests for the stream came in. */
  get connects(): number {
    return this.queries.length;
  }

  /** The connections that the client left open, after the time a close takes to arrive. */
  async leftOpen(): Promise<number> {
    for (let tries = 0; tries < 100 && this.#sockets.size > 0; tries += 1) await delay(5);
    return this.#sockets.size;
  }

  async #handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', `https://${request.headers.host}`);
    this.requests.push(`${request.method} ${url.pathname}`);
    const endpoint = ENDPOINTS[`${url.host}${url.pathname}`];
    const answer = new Answer(request, response);
    if (!endpoint) return answer.json(404, { title: 'Not Found Error', detail: `no ${url}`, status: 404 });
    if (endpoint === 'stream') this.queries.push(url.searchParams);
    const script = this.#scripts[endpoint].shift();
    if (script) return script(answer);
    const body = await bodyOf(request);
    if (endpoint === 'login') return login(answer, body);
    if (request.headers.authorization !== `Bearer ${BEARER_TOKEN}`)
      return answer.json(401, { title: 'Unauthorized', type: 'about:blank', status: 401, detail: 'Unauthorized' });
    if (endpoint === 'stream') return answer.accept();
    if (request.method === 'GET') return this.#listRules(answer);
    const change: { add: Omit<Rule, 'id'>[] } | { delete: { ids: string[] } } = JSON.parse(body);
    if ('delete' in change) return this.#deleteRules(answer, change.delete.ids);
    return this.#addRules(answer, change.add);
  }

  /** X leaves out `data` where there are no rules. */
  #listRules(answer: Answer): void {
    const { rules } = this;
    answer.json(200, { ...(rules.length > 0 && { data: rules }), meta: { result_count: rules.length } });
  }

  #deleteRules(answer: Answer, ids: string[]): void {
    this.rules = this.rules.filter(({ id }) => !ids.includes(id));
    answer.json(200, { meta: { summary: { deleted: ids.length, not_deleted: 0 } } });
  }

  #addRules(answer: Answer, rules: Omit<Rule, 'id'>[]): void {
    const data: Rule[] = [];
    const errors: object[] = [];
    for (const rule of rules) {
      const same = this.rules.find(({ value }) => value === rule.value);
      if (same) errors.push({ value: rule.value, id: same.id, title: 'DuplicateRule', type: DUPLICATE });
      else data.push({ id: String(this.#nextRuleId++), ...rule });
    }
    this.rules.push(...data);
    answer.json(data.length > 0 ? 201 : 200, {
      ...(data.length > 0 && { data }),
      meta: { summary: { created: data.length, not_created: errors.length } },
      ...(errors.length > 0 && { errors }),
    });
  }
}

const DUPLICATE = 'https://api.twitter.com/2/problems/duplicate-rules';

const ENDPOINTS: Record<string, Endpoint> = {
  'api.x.com/oauth2/token': 'login',
  'api.x.com/2/tweets/search/stream/rules': 'rules',
  'api.x.com/2/tweets/search/stream': 'stream',
};

const bodyOf = async (request: http.IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

/** X answers wrong credentials with 403 and code 99. */
const login = (answer: Answer, body: string): void => {
  const expected = Buffer.from(`${CONSUMER.consumerKey}:${CONSUMER.consumerSecret}`).toString('base64');
  if (answer.request.headers.authorization === `Basic ${expected}` && body === 'grant_type=client_credentials')
    answer.json(200, { token_type: 'bearer', access_token: BEARER_TOKEN });
  else answer.json(403, { errors: [{ code: 99, message: 'Unable to verify your credentials' }] });
};

/** No TLS, and no name to resolve: every connection goes to one port of loopback. */
class LoopbackAgent extends https.Agent {
  readonly #port: number;

  constructor(port: number) {
    super();
    this.#port = port;
  }

  override createConnection(): Duplex {
    return net.connect(this.#port, '127.0.0.1');
  }
}

/** A tweet as the filtered stream sends it, with its author. */
export const tweet = (id: number | string, text = `yolo 🦊 ${id}`): object => ({
  data: {
    author_id: '2244994945',
    created_at: '2026-11-20T12:00:00.000Z',
    edit_history_tweet_ids: [String(id)],
    id: String(id),
    lang: 'en',
    text,
  },
  includes: { users: [{ id: '2244994945', name: 'Zoë 日本 🦊', username: 'zoe' }] },
  matching_rules: [{ id: '1152921504606846976', tag: 'twitter2kinesis' }],
});

/** A message as a line of the stream. */
export const line = (message: object): Buffer => Buffer.from(`${JSON.stringify(message)}\r\n`);

/** What X sends at least every 20 seconds. */
export const KEEP_ALIVE = '\r\n';
