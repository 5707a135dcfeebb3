import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import type { Context, Runnable } from 'mocha';

/** The test that runs or ran last, and when it began. Other checks than those of mocha have none. */
let current: { test: Runnable; began: number } | undefined;

/** Mocha calls it before each test of every file. */
export const mochaHooks = {
  beforeEach(this: Context): void {
    current = { test: this.currentTest!, began: performance.now() };
  },
};

/** For a wait that no test has begun, as in a hook. Milliseconds. */
const WITHOUT_TEST_MS = 55_000;

/**
 * How long a wait that begins now may take. It ends a little before its test does, so that it can say what it saw, and goes on for
 * nobody. It never decides between two outcomes: a wait in vain fails. Milliseconds.
 */
const timeLeft = (): number => {
  // One that is over has a state.
  if (!current || current.test.state) return WITHOUT_TEST_MS;
  const limit = current.test.timeout() || Number.POSITIVE_INFINITY;
  // A timer takes no more.
  return Math.min(2 ** 31 - 1, Math.max(0, 0.95 * limit - (performance.now() - current.began)));
};

const inVain = (isTrue: () => unknown, what = `${isTrue}`): Error => new Error(`waited in vain: ${what}`);

/** Waits until it is true. What a test asserts after a wait has to follow from it: see {@link untilEqual}. */
export const until = async (isTrue: () => boolean | Promise<boolean>, what?: string): Promise<void> => {
  for (const end = performance.now() + timeLeft(); !(await isTrue()); await delay(2))
    if (performance.now() > end) throw inVain(isTrue, what);
};

/**
 * Waits until what is read is what is expected, and fails with the difference where it never is. A test that waits for one thing and
 * then asserts another fails on a busy machine, so all that is asserted is read here.
 */
export const untilEqual = async <Value>(
  read: () => Value | Promise<Value>,
  expected: Value,
  limitMs = timeLeft(),
): Promise<void> => {
  const end = performance.now() + limitMs;
  for (;;) {
    const found = await read();
    if (isDeepStrictEqual(found, expected)) return;
    if (performance.now() > end) expect(found, 'waited in vain').to.deep.equal(expected);
    await delay(2);
  }
};

/** Waits for what callbacks bring, without asking again and again: each of them calls `changed`. */
export class Changes {
  readonly #waiting = new Set<() => void>();

  changed(): void {
    for (const look of this.#waiting) look();
  }

  /** Resolves as soon as it is true: now, or after a change. */
  until(isTrue: () => boolean, what?: string): Promise<void> {
    return this.#wait(isTrue, () => {
      throw inVain(isTrue, what);
    });
  }

  /** As {@link untilEqual}, which looks after each change. */
  untilEqual<Value>(read: () => Value, expected: Value): Promise<void> {
    return this.#wait(
      () => isDeepStrictEqual(read(), expected),
      () => expect(read(), 'waited in vain').to.deep.equal(expected),
    );
  }

  #wait(isOver: () => boolean, fail: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      const look = (): void => {
        if (!isOver()) return;
        end();
        resolve();
      };
      const timer = setTimeout(() => {
        end();
        try {
          fail();
          resolve();
        } catch (error) {
          reject(error);
        }
      }, timeLeft());
      this.#waiting.add(look);
      look();
    });
  }
}
