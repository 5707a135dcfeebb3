import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../aws/system-clock.ts';
import { duration } from '../../cli/numbers.ts';
import { percentAndTimeLeft, progressOn } from '../../cli/progress.ts';
import { endAll } from './processes.ts';
import { Unavailable } from './unavailable.ts';

const SKIPPED = 77;

/** One line for each step: what holds, and how long it took. */
export type Step = <Result>(name: string, step: () => Promise<Result>) => Promise<Result>;

/**
 * Runs a check as a command. Whatever happens, Ctrl-C too, what it started is ended and its folder removed. The exit code is
 * 0, 1 where something does not hold, or 77 where something that it needs cannot be had, named in the last line.
 *
 * @param steps how many there are, for the progress. @default nobody knows
 */
export const runCheck = async (check: (folder: string, step: Step) => Promise<void>, steps?: number): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'deploy-test-'));
  const cleanUp = async (): Promise<void> => {
    await endAll();
    await rm(folder, { recursive: true, force: true });
  };
  let isInterrupted = false;
  for (const [signal, code] of [
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => {
      isInterrupted = true;
      void cleanUp().finally(() => process.exit(code));
    });

  const progress = progressOn(process.stderr, systemClock, { isQuietInLog: true });
  const started = performance.now();
  let done = 0;
  const step: Step = async (name, run) => {
    const start = performance.now();
    const line = (): string => {
      const [all, own] = [started, start].map((since) => performance.now() - since) as [number, number];
      const how = steps === undefined ? '' : `${percentAndTimeLeft({ done, total: steps }, all)}, `;
      return `${how}${duration(own)}: ${name}`;
    };
    const result = await progress.during(line, run).catch((error) => {
      if (!(error instanceof Unavailable || isInterrupted)) console.log(`FAILED ${name}`);
      throw error;
    });
    done += 1;
    console.log(`${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
    return result;
  };
  try {
    await check(folder, step);
    if (steps !== undefined && done !== steps) throw new Error(`there were ${done} steps; expected ${steps}`);
  } catch (error) {
    if (error instanceof Unavailable) {
      console.log(error.message);
      process.exitCode = SKIPPED;
    } else if (!isInterrupted) {
      // What was ended by a signal did not fail.
      console.error(error);
      process.exitCode = 1;
    }
  } finally {
    await cleanUp();
  }
};
