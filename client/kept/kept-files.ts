import type { Clock } from '../../core/clock.ts';
import type { SourceEvent } from '../../core/source-event.ts';
import type { Outcome } from '../producer/producer.ts';
import type { SourceSettings } from '../sources/source-settings.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { Spool } from './spool.ts';

/** The files that outlive a run: the spool, and the checkpoint where one is asked for. */
export interface KeptSettings extends Pick<SourceSettings, 'source' | 'file'> {
  /** The file for what cannot be delivered. @default a new one, see {@link Spool} */
  spool?: string;
  /** For `file`: remembers there how far it came, and continues from there. */
  checkpoint?: string;
}

/** Keeps what a run could not deliver, and how far it came. */
export class KeptFiles {
  readonly spool: Spool;
  readonly #checkpoint: Checkpoint | undefined;

  private constructor(spool: Spool, checkpoint: Checkpoint | undefined) {
    this.spool = spool;
    this.#checkpoint = checkpoint;
  }

  /**
   * @param clock milliseconds since 1970
   * @throws {UsageError} where the spool or the checkpoint cannot be used
   */
  static async open(
    { source, file = '', spool: path, checkpoint }: KeptSettings,
    clock: Pick<Clock, 'now'>,
  ): Promise<KeptFiles> {
    const spool = new Spool({ path, source: source === 'stdin' ? process.stdin.fd : file || undefined, clock });
    if (checkpoint === undefined) return new KeptFiles(spool, undefined);
    const beforeSave = (): boolean => spool.sync();
    return new KeptFiles(spool, await openCheckpoint({ path: checkpoint, file, beforeSave }));
  }

  /** The byte of the file where this run begins; undefined without a checkpoint. */
  get start(): number | undefined {
    return this.#checkpoint?.start;
  }

  /** The next event was read. @param end the byte after it, in a file */
  read(event: SourceEvent, end: number): void {
    this.#checkpoint?.read(event, end);
  }

  /** The event has its outcome. @returns whether the spool keeps it */
  settled({ status, event }: Outcome): boolean {
    const isKept = status === 'failed' && this.spool.keep(event);
    if (isKept || status === 'sent') this.#checkpoint?.done(event);
    return isKept;
  }

  /** The spool is closed first, since the checkpoint relies on it. @returns why the checkpoint could not be written */
  async close(): Promise<Error | undefined> {
    this.spool.close();
    return this.#checkpoint?.close();
  }
}
