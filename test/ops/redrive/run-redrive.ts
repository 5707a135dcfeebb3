import { setTimeout as delay } from 'node:timers/promises';
import { putRecordsTo } from '../../../aws/kinesis.ts';
import type { EntryError, Place } from '../../../ops/redrive/entry.ts';
import { open } from '../../../ops/redrive/open.ts';
import { countPassedOver, type PassedOver } from '../../../ops/redrive/passed-over.ts';
import { type PutBack, type PutBackOptions, putBack } from '../../../ops/redrive/put-back.ts';
import { readRedriveFlags, readRedriveSettings } from '../../../ops/redrive/redrive-settings.ts';
import type { RetryPolicy } from '../../../ops/redrive/retry.ts';
import { type ReasonCounts, survey } from '../../../ops/redrive/survey.ts';

/** Retries at once, and gives up within a second. */
const POLICY: RetryPolicy = {
  backoff: { baseMs: 1, capMs: 5 },
  patience: { firstMs: 1_000, ms: 1_000 },
  random: Math.random,
  now: Date.now,
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
};

interface Problems {
  /** What was said of single entries. */
  entries: string[];
  /** The names of the errors of whole places. */
  places: string[];
  passedOver: PassedOver;
}

interface Changes {
  policy?: Partial<RetryPolicy>;
  putBack?: Partial<PutBackOptions>;
  /** The start of the run. */
  now?: number;
}

const withOpen = async <T>(
  argv: readonly string[],
  { policy = {}, now = Date.now() }: Changes,
  work: (parts: { options: Omit<PutBackOptions, 'drain' | 'stop'>; problems: Problems }) => Promise<T>,
): Promise<T & Problems> => {
  const settings = readRedriveSettings(readRedriveFlags(argv), {}, now);
  const whole = { ...POLICY, ...policy };
  const { kinesis, places, close } = await open(settings, whole);
  const { passedOver, onPassedOver, onLimit } = countPassedOver(settings.selection);
  const problems: Problems = { entries: [], places: [], passedOver };
  try {
    const result = await work({
      options: {
        places,
        selection: settings.selection,
        ...(settings.limit === undefined ? {} : { limit: settings.limit }),
        ...(settings.rate === undefined ? {} : { rate: settings.rate }),
        producer: { ...whole, putRecords: putRecordsTo(kinesis, settings.stream) },
        onBadEntry: (_: Place, error: Error | EntryError) => problems.entries.push(error.message),
        onBadPlace: (_: Place, error: Error) => problems.places.push(error.name),
        onPassedOver,
        onLimit,
      },
      problems,
    });
    return { ...result, ...problems };
  } finally {
    close();
  }
};

/** Puts back what the flags name, in this process. */
export const runPutBack = (argv: readonly string[], changes: Changes = {}): Promise<PutBack & Problems> =>
  withOpen(argv, changes, ({ options }) => {
    const never = new AbortController().signal;
    return putBack({ ...options, drain: never, stop: never, ...changes.putBack });
  });

/** What a dry run finds. */
export const runSurvey = (argv: readonly string[]): Promise<{ found: ReasonCounts[] } & Problems> =>
  withOpen(argv, {}, async ({ options }) => ({
    found: await survey({ ...options, signal: new AbortController().signal, samples: 2 }),
  }));
