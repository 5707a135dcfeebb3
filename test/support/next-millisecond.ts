import { setImmediate as turn } from 'node:timers/promises';

/**
 * Waits until the clock of this machine has moved on by a millisecond: times of arrival are no finer, and the emulators take them from
 * it. So nothing that has arrived shares a millisecond with what arrives after it.
 *
 * @returns a millisecond that nothing shares
 */
export const nextMillisecond = async (): Promise<number> => {
  const before = Date.now();
  while (Date.now() <= before + 1) await turn();
  return before + 1;
};
