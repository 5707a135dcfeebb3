import type { Clock } from '../../core/clock.ts';
import { describeError } from '../../core/describe-error.ts';
import type { Parts, Watched } from './watched.ts';

/** How often a stack is looked at while a page is open. Milliseconds. */
const EVERY_MS = 1_000;

/** The first looks come sooner, since what takes a while to find is found after the first of them. Each pause is twice as long. */
const FIRST_PAUSE_MS = 50;

/** Takes one message of server-sent events. */
export type Listener = (message: string) => void;

/**
 * Looks at a stack about once a second while anyone listens, and tells all of them what has changed. A message is made once, however many
 * there are. It remembers the last message of each part and nothing else.
 */
export class Broadcast {
  readonly #watched: Watched;
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #listeners = new Set<Listener>();
  readonly #last = new Map<string, string>();
  readonly #closed = new AbortController();
  #looking: Promise<void> | undefined;
  #idle = new AbortController();

  constructor(watched: Watched, clock: Pick<Clock, 'sleep'>) {
    this.#watched = watched;
    this.#clock = clock;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Tells a listener what is known, and then all that changes. @returns ends that */
  listen(listener: Listener): () => void {
    for (const message of this.#last.values()) listener(message);
    this.#listeners.add(listener);
    this.#looking ??= this.#look();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#idle.abort();
    };
  }

  /** Ends looking. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#idle.abort();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { signal } = this.#closed;
    let pause = FIRST_PAUSE_MS;
    while (this.#listeners.size > 0 && !signal.aborted) {
      this.#idle = new AbortController();
      try {
        this.#tell(await this.#watched.look(signal));
      } catch (error) {
        this.#tell({ problem: describeError(error) });
      }
      await this.#clock.sleep(pause, this.#idle.signal);
      pause = Math.min(2 * pause, EVERY_MS);
    }
    this.#looking = undefined;
  }

  #tell(parts: Partial<Parts> | { problem: string }): void {
    for (const [name, part] of Object.entries(parts)) {
      const message = `event: ${name}\ndata: ${JSON.stringify(part)}\n\n`;
      if (this.#last.get(name) === message) continue;
      if (name !== 'problem') this.#last.set(name, message);
      for (const listener of this.#listeners) listener(message);
    }
  }
}
