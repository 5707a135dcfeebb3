import type { Call } from '../../cli/command.ts';
import type { Clock } from '../../core/clock.ts';
import type { Outcome } from '../producer/settlement.ts';
import type { Place, PlacedEvent } from '../sources/source.ts';
import type { SourceSettings } from '../sources/source-settings.ts';
import type { CheckpointOptions } from './checkpoint.ts';
import { openCheckpoint } from './source-checkpoint.ts';
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

/**
 * Keeps what a run could not deliver, and how far it came.
 *
 * @returns `start` is where this run begins: undefined without a checkpoint, and for a live source that was not read before
 * @throws {UsageError} where the spool or the checkpoint cannot be used
 */
export const openKept = async (
  { spool: path, checkpoint: itsPath, ...settings }: KeptSettings,
  { clock, calendar, stdin = () => process.stdin, onProblem }: KeptFilesOptions,
) => {
  const { source, file = '' } = settings;
  const spool = new Spool({ path, source: source === 'stdin' ? stdin().fd : file || undefined, calendar });
  const options = { beforeSave: () => spool.sync(), onProblem, clock };
  const { checkpoint, start } =
    itsPath === undefined ? {} : await openCheckpoint({ ...settings, checkpoint: itsPath }, options);
  return {
    spool,
    start,
    /** The next event was read. */
    read: (event: PlacedEvent): void => {
      if (event.resume !== undefined) checkpoint?.read(event, event.resume);
    },
    /** The source has reached a place without an event. */
    passed: (place: Place): void => checkpoint?.passed(place),
    /** The event has its outcome. @returns whether the spool keeps it */
    settled: ({ status, event }: Outcome): boolean => {
      const isKept = status === 'failed' && spool.keep(event);
      if (isKept || status === 'sent') checkpoint?.done(event);
      return isKept;
    },
    /** The spool is closed first, since the checkpoint relies on it. @returns why the checkpoint could not be written */
    close: async (): Promise<Error | undefined> => {
      spool.close();
      return checkpoint?.close();
    },
  };
};
