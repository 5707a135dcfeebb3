import { DisconnectedError } from '../reconnecting.ts';
import { type SourceContext, SourceError } from '../source.ts';

interface Server {
  url: URL;
  /** When it may be asked again. Milliseconds since 1970. */
  notBefore: number;
}

/** Servers that all offer the same, taken in turn. The wait that one of them asks for does not hold up the others. */
export class Servers {
  /** The one to ask comes first. */
  #servers: readonly Server[];
  readonly #now: () => number;
  readonly #note: SourceContext['note'];

  constructor(urls: readonly URL[], { now, note }: { now: () => number; note: SourceContext['note'] }) {
    this.#servers = urls.map((url) => ({ url, notBefore: Number.NEGATIVE_INFINITY }));
    this.#now = now;
    this.#note = note;
  }

  /** The server to ask now. */
  get current(): URL {
    return this.#servers[0]!.url;
  }

  /**
   * Turns to the next server.
   *
   * @param error why the current one is of no use
   * @returns the error for those who wanted one that is: final only where no server is left
   */
  after(error: unknown): unknown {
    const [failed, ...others] = this.#servers;
    if (error instanceof SourceError && others.length > 0) {
      this.#note({ kind: 'problem', message: `${error.message}; the other servers are asked instead` });
      this.#servers = others;
      return this.#disconnected(`${failed!.url.host} refused`, error);
    }
    if (!(error instanceof DisconnectedError)) return error;
    this.#servers = [...others, { ...failed!, notBefore: this.#now() + error.retryAfterMs }];
    return this.#disconnected(error.message, error.cause);
  }

  #disconnected(message: string, cause: unknown): DisconnectedError {
    const now = this.#now();
    const waitOf = ({ notBefore }: Server): number => Math.max(notBefore - now, 0);
    this.#servers = this.#servers.toSorted((a, b) => waitOf(a) - waitOf(b));
    return new DisconnectedError(message, { cause, retryAfterMs: waitOf(this.#servers[0]!) });
  }
}
