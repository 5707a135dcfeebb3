import type { Clock } from '../../../core/clock.ts';
import { DisconnectedError } from '../disconnected.ts';

interface Server {
  url: URL;
  /** When it may be asked again. Milliseconds of the clock. */
  notBefore: number;
  /** Whether it would fail again, as where its last answer was a refusal. */
  isHopeless: boolean;
}

/** Servers that all offer the same, taken in turn. The wait that one of them asks for does not delay the others. */
export class Servers {
  /** The one to ask comes first. */
  #servers: readonly Server[];
  readonly #clock: Pick<Clock, 'now'>;

  /** @param clock monotonic */
  constructor(urls: readonly URL[], clock: Pick<Clock, 'now'>) {
    this.#servers = urls.map((url) => ({ url, notBefore: Number.NEGATIVE_INFINITY, isHopeless: false }));
    this.#clock = clock;
  }

  /** The server to ask now. */
  get current(): URL {
    return this.#servers[0]!.url;
  }

  /**
   * Turns to the next server.
   *
   * @param error why the connection to the current one ended
   * @returns the error for all of them, with the wait until the next one may be asked, and with a remedy where all would fail again
   */
  after(error: unknown): unknown {
    if (!(error instanceof DisconnectedError)) return error;
    const { message, cause, retryAfterMs, remedy } = error;
    const now = this.#clock.now();
    const waitOf = ({ notBefore }: Server): number => Math.max(notBefore - now, 0);
    const [failed, ...others] = this.#servers;
    const servers = [...others, { ...failed!, notBefore: now + retryAfterMs, isHopeless: remedy !== undefined }];
    this.#servers = servers.toSorted((a, b) => waitOf(a) - waitOf(b));
    const wait = waitOf(this.#servers[0]!);
    if (servers.every(({ isHopeless }) => isHopeless)) return Object.assign(error, { retryAfterMs: wait });
    return new DisconnectedError(message, { cause, retryAfterMs: wait });
  }
}
