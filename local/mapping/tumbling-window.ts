import type { KinesisStreamRecord } from 'aws-lambda';
import { fullJitter } from '../../core/retry.ts';
import type { Answer } from '../lambda/lambda.ts';
import { BACKOFF, type DeliveryOptions } from './deliver-batch.ts';

/** Bytes of a window's state, in JSON. https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html */
export const MAX_STATE_BYTES = 1024 * 1024;

/** A window that is open, as a checkpoint keeps it. */
export interface OpenWindow {
  /** Milliseconds since 1970. */
  start: number;
  state: unknown;
}

export interface TumblingWindowOptions {
  /** How long each window lasts. */
  seconds: number;
  shardId: string;
  streamArn: string;
  /** The window that was open when the shard was left. */
  open?: OpenWindow | undefined;
  /** Called when a window has ended. */
  onEnd: () => void;
}

/**
 * The windows of one shard, one after the other, and the state that the function hands from one invocation to the next. A
 * record belongs to the window of its arrival.
 */
export class TumblingWindow {
  readonly #options: TumblingWindowOptions;
  #open: OpenWindow | undefined;
  /** Of the last answer. */
  #answered: unknown;
  #isFull = false;

  constructor(options: TumblingWindowOptions) {
    this.#options = options;
    this.#open = options.open;
  }

  get open(): OpenWindow | undefined {
    return this.#open;
  }

  /** Whether the state is larger than it may be, so that the window has to end early. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Where the window of a record starts. Milliseconds since 1970. */
  startOf({ kinesis }: KinesisStreamRecord): number {
    const ms = this.#options.seconds * 1000;
    return Math.floor((kinesis.approximateArrivalTimestamp * 1000) / ms) * ms;
  }

  /** Whether the window is open and lies before that time, in milliseconds since 1970. */
  isOver(now: number): boolean {
    return this.#open !== undefined && now >= this.#open.start + this.#options.seconds * 1000;
  }

  /** Opens the window of a record, and ends the one before. False only where the signal was aborted meanwhile. */
  async enter(record: KinesisStreamRecord, options: Ending): Promise<boolean> {
    const start = this.startOf(record);
    if (this.#open && this.#open.start !== start && !(await this.end(options))) return false;
    this.#open ??= { start, state: {} };
    return true;
  }

  /** What an event holds beside its records. */
  fields({ isFinal = false, isEarly = false } = {}): object {
    const { seconds, shardId, streamArn } = this.#options;
    const { start, state } = this.#open!;
    return {
      window: { start: timeOf(start), end: timeOf(start + seconds * 1000) },
      state,
      shardId,
      eventSourceARN: streamArn,
      isFinalInvokeForWindow: isFinal,
      isWindowTerminatedEarly: isEarly,
    };
  }

  /** Reads an answer: the state, and what is left. An answer without a state is a failed invocation. */
  accept<T extends Answer>(answer: T): T | Answer {
    if ('error' in answer) return answer;
    const response: unknown = JSON.parse(answer.payload);
    const { state, ...rest } = (typeof response === 'object' && response !== null ? response : {}) as {
      state?: unknown;
    };
    if (state === undefined)
      return {
        error: { errorType: 'Error', errorMessage: 'the response has no state, which a tumbling window needs' },
      };
    this.#answered = state;
    // What is left reports failures, as without a window.
    return { ...answer, payload: JSON.stringify(rest) };
  }

  /** Takes the state of the last answer over. That of an invocation in which every record failed would count them twice. */
  commit(): void {
    this.#open = { start: this.#open!.start, state: this.#answered };
    this.#isFull = Buffer.byteLength(JSON.stringify(this.#answered)) > MAX_STATE_BYTES;
  }

  /**
   * Invokes the function a last time for the window that is open, with its state and no records, until that succeeds. A
   * window that ends early goes on with a fresh state.
   *
   * @returns false only where the signal was aborted before it succeeded
   */
  async end({ invoke, random, signal, sleep }: Ending, { isEarly = false } = {}): Promise<boolean> {
    const open = this.#open;
    if (!open) return true;
    const payload = JSON.stringify({ Records: [], ...this.fields({ isFinal: true, isEarly }) });
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      const answer = await invoke(payload);
      if (!('error' in answer)) {
        this.#isFull = false;
        this.#open = isEarly ? { start: open.start, state: {} } : undefined;
        this.#options.onEnd();
        return true;
      }
      await sleep(fullJitter(BACKOFF, attempt, random()), signal);
    }
    return false;
  }
}

type Ending = Pick<DeliveryOptions, 'invoke' | 'random' | 'signal' | 'sleep'>;

/** As Lambda writes it: seconds, without a fraction. */
const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
