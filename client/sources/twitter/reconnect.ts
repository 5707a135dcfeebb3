import type { Failure } from './failure.ts';

/**
 * How long X wants a client to wait, by the kind of the failure. Milliseconds.
 * https://docs.x.com/x-api/fundamentals/handling-disconnections
 */
export const RECONNECT = {
  network: { stepMs: 250, capMs: 16_000 },
  server: { baseMs: 5_000, capMs: 320_000 },
  limited: { baseMs: 60_000, capMs: 15 * 60_000 },
  /** Past the end of a rate limit's window, as the clocks of X and of this machine differ. */
  afterResetMs: 1_000,
} as const;

/**
 * Milliseconds to wait before the next try.
 *
 * @param nth which failure of its kind this is in a row, from 1
 * @param now milliseconds since 1970
 * @param random a number from 0 up to 1; it adds up to a tenth, and takes nothing away from what X asks for
 */
export const waitAfter = (
  { kind, resetAt }: Pick<Failure, 'resetAt'> & { kind: Exclude<Failure['kind'], 'final'> },
  nth: number,
  now: number,
  random: number,
): number => Math.round((1 + random / 10) * leastWait(kind, nth, resetAt === undefined ? 0 : resetAt - now));

const leastWait = (kind: Exclude<Failure['kind'], 'final'>, nth: number, untilReset: number): number => {
  if (kind === 'network') return Math.min(RECONNECT.network.stepMs * (nth - 1), RECONNECT.network.capMs);
  const { baseMs, capMs } = RECONNECT[kind];
  // A reset further away than a window is long comes from a wrong clock.
  if (untilReset > 0) return Math.min(untilReset + RECONNECT.afterResetMs, capMs);
  return Math.min(baseMs * 2 ** (nth - 1), capMs);
};
