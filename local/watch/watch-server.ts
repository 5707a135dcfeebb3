import { randomBytes, timingSafeEqual } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { isLoopback } from '../../aws/endpoint.ts';
import { messageOf, UserError } from '../../cli/user-error.ts';
import type { Clock } from '../../core/clock.ts';
import { fieldOf, isText, parsedJson } from '../../core/json.ts';
import { PortInUseError, problemOfListening } from '../emulators/ports.ts';
import { type Listening, listen, urlOf } from '../listen.ts';
import { refuseForeign } from '../refuse-foreign.ts';
import { ROOT } from '../stack.ts';
import { Broadcast } from './broadcast.ts';
import type { Watched } from './watched.ts';

export interface WatchServerOptions {
  watched: Watched;
  /** 0 is any free port. */
  port: number;
  /** The address to listen on. Where others than this machine reach it, the URL holds a random token. @default 127.0.0.1 */
  host?: string;
  /** Whether any free port will do where that one is in use: nobody asked for it. @default false */
  orAnyPort?: boolean;
  /** Whether it holds one in any case: other users of this machine reach the page as well. @default false */
  isSecret?: boolean;
  clock: Pick<Clock, 'sleep'>;
}

export interface WatchServer {
  /** Of the page, with the token where there is one. */
  url: string;
  close: () => Promise<void>;
}

/** Pages that may be open at once. */
const MOST_PAGES = 200;

/** A page that has not taken so many bytes is cut off. Its browser comes again by itself. */
const MOST_BEHIND = 1024 * 1024;

/** Bytes of a request's body. An Id is short. */
const MOST_BODY = 4 * 1024;

/** HEAD too, by which other programs wait until a server is up. https://www.rfc-editor.org/rfc/rfc9110#section-9.1 */
const READING: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD']);

const HEADERS = {
  // No script or style stands within the page, and it asks nobody but this server.
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

const TYPES = { html: 'text/html', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' } as const;

/** What the page is made of, by its path. All of it is read when the server starts. */
const filesOfPage = (): ReadonlyMap<string, { type: string; content: Buffer }> => {
  const own = (name: string): [string, URL] => [name, new URL(`page/${name}`, import.meta.url)];
  const library = (name: string): [string, URL] => [name, new URL(`node_modules/uplot/dist/${name}`, ROOT)];
  const styles = ['page', 'way', 'charts', 'lists', 'phone'].map((name) => `${name}.css`);
  const modules = ['page', 'way', 'charts', 'lists', 'dom'].map((name) => `${name}.js`);
  const files = [
    ...['index.html', 'icon.svg', ...styles, ...modules].map(own),
    ...['uPlot.iife.min.js', 'uPlot.min.css'].map(library),
  ];
  return new Map(
    files.map(([name, file]) => {
      const type = TYPES[name.slice(name.lastIndexOf('.') + 1) as keyof typeof TYPES];
      return [name === 'index.html' ? '' : name, { type: `${type}; charset=utf-8`, content: readFileSync(file) }];
    }),
  );
};

/**
 * Serves the live page of a stack: read-only, but for {@link Watched.putBack} where there is one.
 *
 * @throws {UserError} where it cannot listen, such as a PortInUseError
 */
export const startWatchServer = async ({
  watched,
  port,
  host = '127.0.0.1',
  orAnyPort = false,
  isSecret = false,
  clock,
}: WatchServerOptions): Promise<WatchServer> => {
  const files = filesOfPage();
  const isOpen = !isSecret && isLoopback(urlOf(host, port));
  const token = isOpen ? undefined : randomBytes(24).toString('base64url');
  const broadcast = new Broadcast(watched, clock);
  const closing = new AbortController();
  const { signal } = closing;
  // Each search that is under way listens to it, and Node takes more than ten listeners for a leak.
  setMaxListeners(0, signal);

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(`http://page${request.url}`);
    const path = pathWithin(url.pathname, token);
    if (path === undefined)
      return refuse(response, 404, 'there is nothing here; open the URL that the command printed');
    const is = (method: string, name: string): boolean => request.method === method && path === name;
    const file = READING.has(request.method) ? files.get(path) : undefined;
    if (file) return void response.writeHead(200, { 'content-type': file.type }).end(file.content);
    if (is('GET', 'about')) return reply(response, { ...watched.about, canPutBack: watched.putBack !== undefined });
    if (is('GET', 'events')) return stream(response);
    if (is('GET', 'rows')) return reply(response, await rowsFor(url.searchParams));
    if (is('POST', 'put-back') && watched.putBack) {
      await watched.putBack(await idIn(request), signal);
      return reply(response, {});
    }
    return refuse(response, 404, 'there is nothing here');
  };

  const rowsFor = (query: URLSearchParams) => {
    const [key, rollup, group] = ['key', 'rollup', 'group'].map((name) => query.get(name) ?? undefined);
    if (key) return watched.rowsOfKey(key, signal);
    if (rollup && group !== undefined) return watched.rowsOfGroup(rollup, group, signal);
    throw new UserError('expected a key, or a rollup and a group');
  };

  const stream = (response: ServerResponse): void => {
    if (broadcast.listeners >= MOST_PAGES) {
      refuse(response, 503, `${MOST_PAGES} pages are open already`);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
    const end = broadcast.listen((message) => {
      if (response.writableLength > MOST_BEHIND) response.destroy();
      else response.write(message);
    });
    response.once('close', end);
  };

  const listener: RequestListener = (request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    answer(request, response).catch((error: Error) => {
      const isOurs = error instanceof UserError;
      if (response.headersSent) response.destroy();
      else refuse(response, isOurs ? 400 : 502, messageOf(error));
    });
  };
  const server = createServer(refuseForeign(listener, [host]));
  const listening = async (at: number): Promise<Listening> => {
    try {
      return await listen(server, at, host);
    } catch (error) {
      const problem = problemOfListening(error as Error, host);
      if (orAnyPort && at !== 0 && problem instanceof PortInUseError) return listening(0);
      throw problem ?? error;
    }
  };
  const { endpoint, close } = await listening(port);
  return {
    url: token === undefined ? `${endpoint}/` : `${endpoint}/${token}/`,
    close: async () => {
      closing.abort();
      await close();
      await broadcast.close();
    },
  };
};

/** The path below the token, without the slash in front. Nothing where the token is not the one. */
const pathWithin = (path: string, token: string | undefined): string | undefined => {
  if (token === undefined) return path.slice(1);
  const [, found = '', rest] = /^\/([^/]*)\/(.*)$/.exec(path) ?? [];
  const [expected, given] = [Buffer.from(token), Buffer.from(found)];
  return given.length === expected.length && timingSafeEqual(given, expected) ? rest : undefined;
};

const reply = (response: ServerResponse, value: object): void => {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
};

const refuse = (response: ServerResponse, status: number, message: string): void => {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify({ message }));
};

/**
 * The Id in the body of a request. A form of another page cannot send this type, and a browser asks before a script does.
 *
 * @throws {UserError}
 */
const idIn = async (request: IncomingMessage): Promise<string> => {
  if (request.headers['content-type'] !== 'application/json') throw new UserError('expected application/json');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BODY) throw new UserError(`the request has more than ${MOST_BODY} bytes`);
    chunks.push(chunk);
  }
  const id = fieldOf(parsedJson(Buffer.concat(chunks).toString()), 'id');
  if (isText(id)) return id;
  throw new UserError('expected {"id": the Id of a rejected event}');
};
