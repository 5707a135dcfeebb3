import type { Call } from '../../cli/command.ts';
import type { Clock } from '../../core/clock.ts';
import type { Outcome } from '../producer/settlement.ts';
import type { Place, PlacedEvent } from '../sources/source.ts';
import type { SourceSettings } from '../sources/source-settings.ts';
import type { Checkpoint, CheckpointOptions } from './checkpoint.ts';
import { openCheckpoint, type Start } from './source-checkpoint.ts';
import { Spool } from './spool.ts';

/** The files that outlive a run: the spool, and the checkpoint where one is asked for. */
export interface KeptSettings extends Pick<SourceSettings, 'source' | 'file' | 'url' | 'follow'> {
  /** The file for what cannot be delivered. @default a new one, see {@link Spool} */
  spool?: string;
  /** For sources that can be read again: remembers there how far it came, and continues from there. */
  checkpoint?: string;
}

export interface KeptFilesOptions extends Partial<Pick<Call, 'stdin'>>, Pick<CheckpointOptions, 'clock' | 'onProblem'> {
  calendar: Pick<Clock, 'now'>;
}

/** Keeps what a run could not deliver, and how far it came. */
export class KeptFiles {
  readonly spool: Spool;
  /** Where this run begins; undefined without a checkpoint, and for a live source that was not read before. */
  readonly start: Start;
  readonly #checkpoint: Checkpoint | undefined;

  private constructor(spool: Spool, kept?: { checkpoint: Checkpoint; start: Start }) {
    this.spool = spool;
    this.start = kept?.start;
    this.#checkpoint = kept?.checkpoint;
  }

  /**
   * @param clock for waits
   * @param calendar milliseconds since 1970
   * @param onProblem told why the checkpoint cannot be written
   * @throws {UsageError} where the spool or the checkpoint cannot be used
   */
  static async open(
    { spool: path, checkpoint, ...settings }: KeptSettings,
    { clock, calendar, stdin = () => process.stdin, onProblem }: KeptFilesOptions,
  ): Promise<KeptFiles> {
    const { source, file = '' } = settings;
    const spool = new Spool({ path, source: source === 'stdin' ? stdin().fd : file || undefined, calendar });
    if (checkpoint === undefined) return new KeptFiles(spool);
    const beforeSave = (): boolean => spool.sync();
    return new KeptFiles(spool, await openCheckpoint({ ...settings, checkpoint }, { beforeSave, onProblem, clock }));
  }

  /** The next event was read. */
  read(event: PlacedEvent): void {
    if (event.resume !== undefined) this.#checkpoint?.read(event, event.resume);
  }

  /** The source has reached a place without an event. */
  passed(place: Place): void {
    this.#checkpoint?.passed(place);
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
