import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { recentChange } from '../../core/shapes/recent-change.ts';
import type { Shape } from '../../core/shapes/shape.ts';
import { type Listening, listen } from '../../local/listen.ts';
import { refuseForeign } from '../../local/refuse-foreign.ts';
import type { LiveSettings } from './client-process.ts';
import type { SentEvent } from './events.ts';
import type { FaultName } from './faults.ts';

/** One of so many events of a soak comes from a live source. */
const LIVE_EVERY = 10;

/** How many of the events, the last ones, come from a live source. A processor that knows no such events gets none. */
export const liveOf = (count: number, faults: ReadonlySet<FaultName>, shapes: readonly Shape[]): number =>
  (faults.has('live-refused') || faults.has('live-kill')) && shapes.includes(recentChange)
    ? Math.floor(count / LIVE_EVERY)
    : 0;

/** The event of a live source with this number: a change to a wiki. */
export const liveEvent = (number: number): SentEvent => ({
  number,
  data: Buffer.from(
    JSON.stringify({
      $schema: '/mediawiki/recentchange/1.0.0',
      meta: { id: `change-${number}`, dt: '2026-11-20T12:34:56.789Z', domain: 'ja.wikipedia.org' },
      title: '狐',
      comment: `#${number}# naïve 🦊`,
      user: `編集者 ${number % 50}`,
    }),
  ),
});

/** The spool of the client for a live source. @param folder of the soak */
export const liveSpoolIn = (folder: string): string => join(folder, 'live-spool.ndjson');

const CHECKPOINT = 'live-checkpoint.json';

/** With which the server refuses one connection after another. */
const REFUSALS = [403, 429, 400, 410] as const;

export interface LiveSourceOptions {
  /** Where the client keeps its checkpoint and its spool. */
  folder: string;
  /** The numbers of its events, without the last. */
  from: number;
  to: number;
  /** Whether it breaks off in the middle, and refuses the next connection. */
  refuses: boolean;
  /** Called with each thing that goes wrong. */
  note: (name: string) => void;
}

/**
 * A server such as Wikimedia's EventStreams. A connection begins at the event that it names as its last one, so that one comes again; one
 * that names none misses what came before. It sends no more events than {@link release} allows: the client is in the middle of them for as
 * long as the soak wants.
 */
export class LiveSource {
  readonly #options: LiveSourceOptions;
  #server!: Listening;
  #released: number;
  /** Connections since the client was last started. */
  #connections = 0;
  #refusals = 0;
  /** Whether a client is expected to name where it stood. */
  #knowsClient = false;
  #stream: { next: number; response: ServerResponse } | undefined;

  private constructor(options: LiveSourceOptions) {
    this.#options = options;
    this.#released = options.from;
  }

  static async start(options: LiveSourceOptions): Promise<LiveSource> {
    const source = new LiveSource(options);
    source.#server = await listen(
      createServer(refuseForeign((request, response) => source.#answer(request, response))),
    );
    return source;
  }

  get url(): string {
    return `${this.#server.endpoint}/changes`;
  }

  /** Lets more of the events out. @param share of all, from 0 to 1 */
  release(share: number): void {
    const { from, to } = this.#options;
    this.#released = Math.max(this.#released, from + Math.ceil(Math.min(1, share) * (to - from)));
    this.#send();
  }

  /** What the client is told. */
  get settings(): LiveSettings {
    const { folder, to } = this.#options;
    return { url: this.url, last: to - 1, checkpoint: join(folder, CHECKPOINT), spool: liveSpoolIn(folder) };
  }

  /** The client is started anew. Its first connection has to work: what never did is not tried again. */
  async clientEnded(): Promise<void> {
    const saved = await readFile(this.settings.checkpoint, 'utf8').catch(() => '{}');
    this.#knowsClient = typeof JSON.parse(saved).place === 'string';
    this.#connections = 0;
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  #answer({ headers }: IncomingMessage, response: ServerResponse): void {
    const { from, refuses, note } = this.#options;
    this.#connections += 1;
    if (refuses && this.#connections === 2) {
      const status = REFUSALS[this.#refusals % REFUSALS.length]!;
      this.#refusals += 1;
      note(`live source: ${status}`);
      response.writeHead(status).end();
      return;
    }
    const last = headers['last-event-id'];
    const start = this.#knowsClient ? this.#released : from;
    this.#stream = { next: last === undefined ? start : Number(last), response };
    response.on('drain', () => this.#send());
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':ok\n\n');
    this.#send();
  }

  #send(): void {
    const stream = this.#stream;
    if (!stream || stream.response.destroyed) return;
    let sent = 0;
    // A client that reads slowly does not make this process hold all of them.
    for (; stream.next < this.#released && !stream.response.writableNeedDrain; stream.next += 1, sent += 1)
      stream.response.write(`id: ${stream.next}\ndata: ${liveEvent(stream.next).data}\n\n`);
    this.#knowsClient ||= sent > 0;
    if (!this.#options.refuses || this.#connections !== 1 || sent === 0) return;
    // In the middle of an event, after what was written before has gone out.
    stream.response.write(`id: ${stream.next}\ndata: {"cut`, () => stream.response.destroy());
    this.#stream = undefined;
    this.#options.note('live source: broken off');
  }
}
