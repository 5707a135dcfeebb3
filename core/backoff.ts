/** How long to wait between tries. Milliseconds. */
export interface Backoff {
  baseMs: number;
  capMs: number;
}

/**
 * Full jitter: anything between nothing and the exponential, so that clients that failed together do not return together.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param attempt how many tries have failed so far, from 1
 * @param random a number from 0 up to 1
 */
export const fullJitter = ({ baseMs, capMs }: Backoff, attempt: number, random: number): number =>
  Math.floor(random * Math.min(capMs, baseMs * 2 ** (attempt - 1)));
