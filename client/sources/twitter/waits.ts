import { announced, type WaitAfter } from '../reconnecting.ts';
import type { SourceContext } from '../source.ts';
import { type Failure, failureOf } from './failure.ts';

/**
 * How long X wants a client to wait, by the kind of the failure. Milliseconds.
 * https://docs.x.com/x-api/fundamentals/handling-disconnections
 */
const RECONNECT = {
  network: { stepMs: 250, capMs: 16_000 },
  server: { baseMs: 5_000, capMs: 320_000 },
  limited: { baseMs: 60_000, capMs: 15 * 60_000 },
  /** X names no wait here: as for a limit. */
  refused: { baseMs: 60_000, capMs: 15 * 60_000 },
  /** Past the end of a rate limit's window, as the clocks of X and of this machine differ. */
  afterResetMs: 1_000,
} as const;

/** Refusals in a row, after the stream has worked, until a person must look: a quarter of an hour of waits. */
const MAX_REFUSALS = 5;

export interface XWaitsOptions extends Pick<SourceContext, 'clock' | 'calendar' | 'note'> {
  /** Failures in a row after which a person must look. @default any number */
  maxFailures?: number;
  /** The error for a failure that ends the source. */
  toError: (failure: Failure) => Error;
}

/**
 * The waits that X asks for. They grow with the failures of one kind since the last success: a lost connection between two
 * refusals must not make the client ask sooner.
 *
 * @returns throws the error for a refusal or for one failure too many; an error that is not about X it throws as it is
 */
export const waitsOfX = ({
  clock,
  calendar,
  note,
  toError,
  maxFailures = Number.POSITIVE_INFINITY,
}: XWaitsOptions): WaitAfter => {
  const count = failureCounter();
  return (error, failures, hasWorked = false) => {
    const failure = failureOf(error);
    if (!failure) throw error;
    const { kind, found, remedy, resetAt } = failure;
    const nth = count(kind, failures === 1);
    if (!hasWorked && (kind === 'refused' || remedy !== undefined)) throw toError(failure);
    const [tries, most] = kind === 'refused' ? [nth, MAX_REFUSALS] : [failures, maxFailures];
    if (tries >= most) throw toError({ ...failure, found: `${found}, the last of ${tries} tries` });
    const least = leastWait(kind, nth, resetAt === undefined ? 0 : resetAt - calendar.now());
    // Chance adds up to a tenth, and takes nothing away from what X asks for.
    return announced(note, found, Math.round((1 + clock.random() / 10) * least));
  };
};

/** Counts the failures of each kind since the last success, and of refusals only those in a row. @returns which one of its kind this is */
const failureCounter = () => {
  let counts = { network: 0, server: 0, limited: 0, refused: 0 };
  return (kind: Failure['kind'], isFirst: boolean): number => {
    if (isFirst) counts = { network: 0, server: 0, limited: 0, refused: 0 };
    if (kind !== 'refused') counts.refused = 0;
    counts[kind] += 1;
    return counts[kind];
  };
};

/** @param nth which failure of its kind this is in a row, from 1 */
const leastWait = (kind: Failure['kind'], nth: number, untilReset: number): number => {
  if (kind === 'network') return Math.min(RECONNECT.network.stepMs * (nth - 1), RECONNECT.network.capMs);
  const { baseMs, capMs } = RECONNECT[kind];
  // A reset further away than a window is long comes from a wrong clock.
  if (untilReset > 0) return Math.min(untilReset + RECONNECT.afterResetMs, capMs);
  return Math.min(baseMs * 2 ** (nth - 1), capMs);
};
