import type { _Record as StreamRecord } from '@aws-sdk/client-kinesis';
import type { Clock } from '../../core/clock.ts';
import { SHARD } from '../../core/limits.ts';

/**
 * A shard takes five reads a second from all of its readers, and gives them 2 MB. Four reads leave one for the function, and half of the
 * bytes leave it as much as the shard takes. Beyond that it refuses all of them.
 * https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
 */
const READ_EVERY_MS = 250;
const READ_BYTES_PER_MS = SHARD.bytes / 1_000;

export interface ReadPaceOptions {
  /** Whether the stream is on this machine. It has no limits that readers share then. */
  isLocal: boolean;
  /** Durations: only differences matter. */
  clock: Pick<Clock, 'now' | 'sleep'>;
}

/** When a shard may be read again. */
export class ReadPace {
  readonly #options: ReadPaceOptions;
  #asked = Number.NEGATIVE_INFINITY;
  #due = Number.NEGATIVE_INFINITY;

  constructor(options: ReadPaceOptions) {
    this.#options = options;
  }

  /** Resolves when the next read may be made. */
  async ready(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    if (clock.now() < this.#due) await clock.sleep(this.#due - clock.now(), signal);
    this.#asked = clock.now();
    this.#due = this.#asked + READ_EVERY_MS;
  }

  /** @param records what that read gave */
  read(records: readonly Pick<StreamRecord, 'Data'>[]): void {
    const bytes = records.reduce((sum, { Data }) => sum + Data!.length, 0);
    this.#due =
      this.#options.isLocal && records.length > 0
        ? this.#asked
        : Math.max(this.#due, this.#asked + bytes / READ_BYTES_PER_MS);
  }
}
