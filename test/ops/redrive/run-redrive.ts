import { systemClock } from '../../../aws/system-clock.ts';
import { defined } from '../../../core/defined.ts';
import { dryRun, type ReasonCounts } from '../../../ops/redrive/dry-run.ts';
import { openStores } from '../../../ops/redrive/open-stores.ts';
import { type PutBack, type PutBackOptions, putBack } from '../../../ops/redrive/put-back.ts';
import { readRedriveFlags } from '../../../ops/redrive/redrive-flags.ts';
import { readRedriveSettings } from '../../../ops/redrive/redrive-settings.ts';
import { countPassedOver, type PassedOver } from '../../../ops/redrive/select-entries.ts';
import type { EntryError, SetAsideStore } from '../../../ops/redrive/set-aside.ts';
import type { StreamStore } from '../../../ops/redrive/stream-store.ts';
import type { RetryPolicy } from '../../../ops/service-retry.ts';
import { ENDLESS_PATIENCE, withoutLimits } from '../../support/unhurried-clock.ts';

/** Retries at once, for as long as it takes. */
const POLICY: RetryPolicy = {
  backoff: { baseMs: 1, capMs: 5 },
  patience: ENDLESS_PATIENCE,
  clock: withoutLimits(systemClock),
};

interface Problems {
  /** What was said of single entries. */
  entries: string[];
  /** The names of the errors of whole stores. */
  stores: string[];
  passedOver: PassedOver;
  /** Where the stream itself was read. */
  fromStream: StreamStore | undefined;
}

interface Changes {
  policy?: Partial<RetryPolicy>;
  putBack?: Partial<PutBackOptions>;
  /** The start of the run. */
  now?: number;
}

const withStores = async <T>(
  argv: readonly string[],
  { policy = {}, now = Date.now() }: Changes,
  work: (options: Omit<PutBackOptions, 'drain' | 'stop'>) => Promise<T>,
): Promise<T & Problems> => {
  const settings = readRedriveSettings(readRedriveFlags(argv), {}, now);
  const whole = { ...POLICY, ...policy };
  const { putRecords, stores, fromStream, close } = await openStores(settings, whole);
  const { passedOver, onPassedOver, onLimit } = countPassedOver(settings.selection);
  const problems: Problems = { entries: [], stores: [], passedOver, fromStream };
  try {
    const result = await work({
      stores,
      selection: settings.selection,
      ...defined({ limit: settings.limit, rate: settings.rate }),
      producer: { backoff: whole.backoff, patience: whole.patience, putRecords },
      clock: whole.clock,
      calendar: systemClock,
      onBadEntry: (_: SetAsideStore, error: Error | EntryError) => problems.entries.push(error.message),
      onBadStore: (_: SetAsideStore, error: Error) => problems.stores.push(error.name),
      onPassedOver,
      onLimit,
    });
    return { ...result, ...problems };
  } finally {
    close();
  }
};

/** Puts back what the flags name, in this process. */
export const runPutBack = (argv: readonly string[], changes: Changes = {}): Promise<PutBack & Problems> =>
  withStores(argv, changes, (options) => {
    const never = new AbortController().signal;
    return putBack({ ...options, drain: never, stop: never, ...changes.putBack });
  });

/** What a dry run finds. */
export const runDryRun = (
  argv: readonly string[],
  changes: Changes = {},
): Promise<{ found: ReasonCounts[] } & Problems> =>
  withStores(argv, changes, async (options) => ({
    found: await dryRun({ ...options, clock: options.calendar, signal: new AbortController().signal, samples: 2 }),
  }));
