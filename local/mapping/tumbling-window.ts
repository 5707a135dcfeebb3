import type { ReadRecord } from './stream-record.ts';

/** A window that has begun and is not closed yet. */
export interface OpenWindow {
  /** Milliseconds since 1970. */
  start: number;
  state: unknown;
}

/** What is read. */
interface Origin {
  shardId: string;
  eventSourceARN: string;
}

/** The windows of one shard, of which one at most is open. A record lies in the window in which it arrived. */
export class TumblingWindow {
  readonly #ms: number;
  readonly #origin: Origin;
  #open: OpenWindow | undefined;

  /** @param open as a checkpoint has it */
  constructor(seconds: number, origin: Origin, open?: OpenWindow) {
    this.#ms = seconds * 1_000;
    this.#origin = origin;
    this.#open = open;
  }

  get open(): OpenWindow | undefined {
    return this.#open;
  }

  /** When the open window is over. Milliseconds since 1970. */
  get end(): number | undefined {
    return this.#open && this.#open.start + this.#ms;
  }

  /** The start of the window in which a record lies. */
  startOf({ arrivedAt }: ReadRecord): number {
    return arrivedAt - (arrivedAt % this.#ms);
  }

  begin(start: number): void {
    this.#open = { start, state: {} };
  }

  /** Keeps what an invocation answered for the next one. */
  keep(state: unknown): void {
    if (this.#open) this.#open = { ...this.#open, state };
  }

  close(): void {
    this.#open = undefined;
  }

  /**
   * What Lambda puts next to the records of an invocation in the open window.
   * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
   *
   * @param isFinal whether the window is over: this invocation has no records
   */
  fields(isFinal: boolean) {
    const { start, state } = this.#open!;
    return {
      window: { start: toSeconds(start), end: toSeconds(start + this.#ms) },
      // What the invocation before answered.
      state,
      ...this.#origin,
      isFinalInvokeForWindow: isFinal,
      isWindowTerminatedEarly: false,
    };
  }
}

const toSeconds = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');
