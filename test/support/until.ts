import { setTimeout as delay } from 'node:timers/promises';

/** Waits until it is true. A test that waits in vain must end, so that it leaves nothing running. */
export const until = async (isTrue: () => boolean | Promise<boolean>, what = 'what was waited for'): Promise<void> => {
  for (const end = Date.now() + 40_000; !(await isTrue()); await delay(2))
    if (Date.now() > end) throw new Error(`${what} did not happen within 40 s`);
};
