import type { Clock } from '../../../core/clock.ts';
import { DisconnectedError, RefusedError } from '../disconnected.ts';

interface Server {
  url: URL;
  /** When it may be asked again. Milliseconds of the clock. */
  notBefore: number;
  /** Whether its last answer was a refusal. */
  isRefusing: boolean;
}

/** Servers that all offer the same, taken in turn. The wait that one of them asks for does not delay the others. */
export class Servers {
  /** The one to ask comes first. */
  #servers: readonly Server[];
  readonly #clock: Pick<Clock, 'now'>;

  /** @param clock monotonic */
  constructor(urls: readonly URL[], clock: Pick<Clock, 'now'>) {
    this.#servers = urls.map((url) => ({ url, notBefore: Number.NEGATIVE_INFINITY, isRefusing: false }));
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
   * @returns the error for all of them, with the wait until the next one may be asked: a {@link RefusedError} where all refuse
   */
  after(error: unknown): unknown {
    if (!(error instanceof DisconnectedError)) return error;
    const { message, cause, retryAfterMs } = error;
    const now = this.#clock.now();
    const isRefusing = error instanceof RefusedError;
    const waitOf = ({ notBefore }: Server): number => Math.max(notBefore - now, 0);
    const [failed, ...others] = this.#servers;
    const servers = [...others, { ...failed!, notBefore: now + retryAfterMs, isRefusing }];
    this.#servers = servers.toSorted((a, b) => waitOf(a) - waitOf(b));
    const options = { cause, retryAfterMs: waitOf(this.#servers[0]!) };
    return isRefusing && servers.every((server) => server.isRefusing)
      ? new RefusedError(message, { ...options, remedy: error.remedy })
      : new DisconnectedError(message, options);
  }
}
