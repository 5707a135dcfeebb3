import { setTimeout as delay } from 'node:timers/promises';

/** Waits until it is true. A test that waits in vain must end, so that it leaves nothing running. */
export const until = async (isTrue: () => boolean | Promise<boolean>, what = 'what was waited for'): Promise<void> => {
  for (const end = Date.now() + 40_000; !(await isTrue()); await delay(2))
    if (Date.now() > end) throw new Error(`${what} did not happen within 40 s`);
};

/** Waits for what callbacks bring, without looking at a clock: each of them calls `changed`. */
export class Changes {
  readonly #waiting = new Set<() => void>();

  changed(): void {
    for (const look of this.#waiting) look();
  }

  /** Resolves as soon as it is true: now, or after a change. */
  until(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isTrue()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}
