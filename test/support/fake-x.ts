import type http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { LoopbackServer } from './loopback-server.ts';
import { HttpAnswer } from './scripted-server.ts';

export const CONSUMER = { consumerKey: 'the-consumer-key', consumerSecret: 'the-consumer-secret' };
/** X's tokens have percent signs in them. */
export const BEARER_TOKEN = 'AAAAAA%2FtheBearerToken%3D';

export interface Rule {
  id: string;
  value: string;
  tag?: string;
}

/** What a request is for. Each has its own list of scripts. */
export type Endpoint = 'login' | 'rules' | 'stream';

export type Script = (answer: XAnswer) => void | Promise<void>;

/** The answer to one request, for a script to write. */
export class XAnswer extends HttpAnswer {
  json(status: number, body: unknown, headers: http.OutgoingHttpHeaders = {}): void {
    this.refuse(status, { 'content-type': 'application/json; charset=utf-8', ...headers }, JSON.stringify(body));
  }

  /** Begins a stream. */
  accept(): void {
    this.begin({ 'content-type': 'application/json; charset=utf-8' });
  }
}

/**
 * X on loopback: the login, the rules and the filtered stream. A stream stays open and silent unless a script says
 * otherwise; scripts are used up one a request.
 */
export class FakeX extends LoopbackServer {
  /** Every request, as `GET /2/tweets/search/stream/rules`. */
  readonly requests: string[] = [];
  /** The query of every request for the stream. */
  readonly queries: URLSearchParams[] = [];
  rules: Rule[] = [];
  readonly #scripts: Record<Endpoint, Script[]> = { login: [], rules: [], stream: [] };
  #nextRuleId = 1n << 60n;

  static start(): Promise<FakeX> {
    const x = new FakeX();
    x.http.on('request', (request, response) => void x.#handle(request, response));
    return x.start();
  }

  /** Leads every call of the library here, whatever host it names. */
  agent(): https.Agent {
    return new LoopbackAgent(this.port);
  }

  script(endpoint: Endpoint, ...scripts: Script[]): void {
    this.#scripts[endpoint].push(...scripts);
  }

  /** How many requests for the stream came in. */
  get connects(): number {
    return this.queries.length;
  }

  async #handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', `https://${request.headers.host}`);
    this.requests.push(`${request.method} ${url.pathname}`);
    const endpoint = ENDPOINTS[`${url.host}${url.pathname}`];
    const answer = new XAnswer(request, response);
    if (!endpoint) return answer.json(404, { title: 'Not Found Error', detail: `no ${url}`, status: 404 });
    if (endpoint === 'stream') this.queries.push(url.searchParams);
    const script = this.#scripts[endpoint].shift();
    if (script) return script(answer);
    const body = await text(request);
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
  #listRules(answer: XAnswer): void {
    const { rules } = this;
    answer.json(200, { ...(rules.length > 0 && { data: rules }), meta: { result_count: rules.length } });
  }

  #deleteRules(answer: XAnswer, ids: string[]): void {
    this.rules = this.rules.filter(({ id }) => !ids.includes(id));
    answer.json(200, { meta: { summary: { deleted: ids.length, not_deleted: 0 } } });
  }

  #addRules(answer: XAnswer, rules: Omit<Rule, 'id'>[]): void {
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

/** X answers wrong credentials with 403 and code 99. */
const login = (answer: XAnswer, body: string): void => {
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

/** A tweet as the filtered stream sends it, with no more than the client asks for. */
export const tweet = (id: number | string, text = `yolo 🦊 ${id}`): object => ({
  data: {
    author_id: '2244994945',
    created_at: '2026-11-20T12:00:00.000Z',
    edit_history_tweet_ids: [String(id)],
    id: String(id),
    lang: 'en',
    text,
  },
  matching_rules: [{ id: '1152921504606846976', tag: 'twitter2kinesis' }],
});

/** A message as a line of the stream. */
export const line = (message: object): Buffer => Buffer.from(`${JSON.stringify(message)}\r\n`);

/** What X sends at least every 20 seconds. */
export const KEEP_ALIVE = '\r\n';
