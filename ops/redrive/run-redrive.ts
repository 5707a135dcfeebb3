import type { Call, Clocks } from '../../cli/command.ts';
import { listenForInterrupts } from '../../cli/interrupts.ts';
import { beginStep, progressOn } from '../../cli/progress.ts';
import { RecentRate } from '../../cli/recent-rate.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { patienceOf } from '../../client/producer/patience.ts';
import { defined } from '../../core/defined.ts';
import { printable } from '../../core/printable.ts';
import { explainStore } from '../explain-store.ts';
import type { RetryPolicy } from '../service-retry.ts';
import { dryRun } from './dry-run.ts';
import { openStores } from './open-stores.ts';
import { putBack, type StoreCounts } from './put-back.ts';
import { progressLine, type Report, reportDryRun, reportPutBack } from './redrive-report.ts';
import type { RedriveSettings } from './redrive-settings.ts';
import { countPassedOver } from './select-entries.ts';
import type { SetAsideEntry, SetAsideStore } from './set-aside.ts';

/** Samples that a dry run shows of each reason. Those of a stream would say nothing. */
const SAMPLES = 3;

/** What the work needs of the call; its `stderr` shows progress, and problems as they are met. */
export type RedriveContext = Clocks & Pick<Call, 'env' | 'stderr' | 'signals'>;

/**
 * Puts back what the settings select, or says what that would be.
 *
 * @returns the report, and whether all that was asked for is done
 * @throws {UsageError} where there is no such folder of failed batches, or no such shard
 */
export const runRedrive = async (
  settings: RedriveSettings,
  { clock, calendar, env, stderr, signals }: RedriveContext,
): Promise<Report & { isDone: boolean }> => {
  const policy: RetryPolicy = {
    backoff: { baseMs: 50, capMs: 5_000 },
    patience: patienceOf(settings.patienceMs),
    clock,
  };
  const { putRecords, stores, fromStream, close } = await openStores(settings, policy);
  const progress = progressOn(stderr, { now: calendar.now, sleep: clock.sleep }, { env });
  const interrupts = listenForInterrupts(progress.say, clock, signals);
  const { passedOver, onPassedOver, onLimit } = countPassedOver(settings.selection);
  const { met, throwMisuse, onBadEntry, onBadStore } = problemsSaid(progress.say);
  const selecting = {
    stores,
    selection: settings.selection,
    ...defined({ limit: settings.limit, recordLimit: settings.recordLimit }),
    onBadEntry,
    onBadStore,
    onPassedOver,
    onLimit,
  };
  const { drain, stop } = interrupts;
  try {
    if (settings.dryRun) {
      const samples = fromStream ? 0 : SAMPLES;
      const read = beginStep('reading what was set aside', clock, { unit: 'record', total: settings.limit });
      const onEntry = ({ size }: SetAsideEntry): void => {
        read.done += size;
      };
      const found = await progress.during(read.line, () =>
        dryRun({ ...selecting, clock: calendar, signal: drain, samples, onEntry }),
      );
      throwMisuse();
      const report = reportDryRun(found, met.entries, passedOver, settings);
      const lines = [...report.lines, ...whatIsLeft(met.unread, drain.aborted)];
      return { ...report, lines, isDone: met.entries + met.unread.length === 0 && !drain.aborted };
    }
    const started = clock.now();
    const rate = new RecentRate(started);
    let counts: readonly StoreCounts[] = [];
    const line = (): string =>
      progressLine(counts, { rate, started, now: clock.now(), ...defined({ limit: settings.limit, fromStream }) });
    const done = await progress.during(line, () =>
      putBack({
        ...selecting,
        producer: { backoff: policy.backoff, patience: policy.patience, putRecords },
        clock,
        calendar,
        ...defined({ rate: settings.rate }),
        drain,
        stop,
        onProgress: (now) => {
          counts = now;
          progress.show(line);
        },
      }),
    );
    throwMisuse();
    const report = reportPutBack(done, stores, passedOver, settings, fromStream);
    // That of a stream says from when on to go on.
    const lines = fromStream ? report.lines : [...report.lines, ...whatIsLeft(met.unread, done.isCutShort)];
    return {
      ...report,
      lines,
      isDone: met.entries + met.unread.length === 0 && report.errors.length === 0 && !done.isCutShort,
    };
  } finally {
    progress.end();
    interrupts.dispose();
    close();
  }
};

/** Says of entries and stores that cannot be read why, as they are met, and counts them. */
const problemsSaid = (say: (line: string) => void) => {
  const met = { entries: 0, unread: [] as string[] };
  let misuse: UsageError | undefined;
  return {
    met,
    onBadEntry: ({ name }: SetAsideStore, { message }: Error): void => {
      met.entries += 1;
      say(`error: ${printable(`${message} (left in ${name})`)}`);
    },
    onBadStore: (store: SetAsideStore, error: Error): void => {
      if (error instanceof UsageError) {
        misuse ??= error;
        return;
      }
      met.unread.push(store.name);
      say(`error: ${printable(explainStore(error, store))}`);
    },
    throwMisuse: (): void => {
      if (misuse) throw misuse;
    },
  };
};

/** Without this the counts of a run that could not read all, or ended early, read as if nothing were left. */
const whatIsLeft = (unread: readonly string[], isCutShort: boolean): string[] => [
  ...unread.map((name) => `Not all of ${name} could be read: what is left there does not count here.`),
  ...(isCutShort ? ['Stopped early. What comes after that was not looked at: start it again for the rest.'] : []),
];
