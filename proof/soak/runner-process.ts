import { systemClock } from '../../aws/system-clock.ts';
import type { Endpoints } from '../../local/emulators/ports.ts';
import type { Invoke } from '../../local/lambda/invocation.ts';
import { startRunner } from '../../local/runner.ts';
import { EVENT_PROCESSOR, localStack, ROLLUPS } from '../../local/stack.ts';
import { isFinished, withRollupFaultsAround } from './deliver-again.ts';
import { type FaultName, seededFunctionFaults } from './faults.ts';
import { seededRollupFaults } from './rollup-faults.ts';
import type { SoakStack } from './soak-services.ts';

/** What a runner is told, as JSON in its only argument. */
export interface RunnerSettings {
  seed: number;
  faults: FaultName[];
  stack: SoakStack;
  endpoints: Endpoints;
  /** Paths of the functions that can be made to fail, by their logical names. */
  bundles: Readonly<Record<string, string>>;
  failedBatches: string;
  checkpoints: string;
  parallelizationFactor: number;
  batchSize: number;
  /** The functions that have little time, until a message of their name comes. */
  hurried: string[];
}

/** What a runner sends: that it runs, the faults of its functions as they happen, and which hurried one did not finish its records. */
export type RunnerMessage = 'started' | { fault: string } | { unfinished: string };

/** The Timeout of the functions. Only a machine that is very busy with other work makes an invocation take so long. */
const TIMEOUT_SECONDS = 60;

/** The time of an invocation that hangs. */
const HANG_SECONDS = 1;

/** What an invocation of a hurried function takes for the time that is left. */
const HURRIED_MS = 600;

/** A process of its own, so that a soak can kill it: the functions, and the mappings that bring them their streams. */
const settings: RunnerSettings = JSON.parse(process.argv[2]!);
const tell = (message: RunnerMessage): void => {
  process.send?.(message);
};

const faults = new Set(settings.faults);
const next = seededFunctionFaults(settings.seed, faults);
const withFaults =
  (invoke: Invoke): Invoke =>
  (payload) => {
    const fault = next();
    if (fault === undefined) return invoke(payload);
    tell({ fault: `function: ${fault}` });
    return invoke(JSON.stringify({ ...JSON.parse(payload), fault }), fault === 'hang' ? HANG_SECONDS : undefined);
  };

const hurried = new Set(settings.hurried);
process.on('message', (name: string) => hurried.delete(name));
const hurrying =
  (name: string) =>
  (invoke: Invoke): Invoke =>
  async (payload, timeout) => {
    if (!hurried.has(name)) return invoke(payload, timeout);
    const answer = await invoke(JSON.stringify({ ...JSON.parse(payload), remainingMs: HURRIED_MS }), timeout);
    if (!isFinished(answer)) tell({ unfinished: name });
    return answer;
  };

const withRollupFaults = withRollupFaultsAround(seededRollupFaults(settings.seed + 1, faults), {
  hangSeconds: HANG_SECONDS,
  tell: (fault) => tell({ fault: `rollups: ${fault}` }),
});

const runner = await startRunner({
  stack: localStack(settings.stack.parameters, settings.stack.name),
  endpoints: settings.endpoints,
  failedBatches: settings.failedBatches,
  checkpointFile: settings.checkpoints,
  functions: {
    [EVENT_PROCESSOR.function]: {
      // Here retries end after seconds, not minutes. A batch that is given up is kept, which is as good as stored.
      settings: {
        batchSize: settings.batchSize,
        parallelizationFactor: settings.parallelizationFactor,
        maximumRetryAttempts: 3,
        maximumRecordAgeInSeconds: -1,
      },
      timeout: TIMEOUT_SECONDS,
      aroundInvoke: (invoke) => withFaults(hurrying(EVENT_PROCESSOR.function)(invoke)),
    },
    [ROLLUPS.function]: {
      // A batch that is given up makes rollups wrong, so none is.
      settings: { batchSize: settings.batchSize, maximumBatchingWindowInSeconds: 0, maximumRecordAgeInSeconds: -1 },
      timeout: TIMEOUT_SECONDS,
      aroundInvoke: (invoke) => withRollupFaults(hurrying(ROLLUPS.function)(invoke)),
    },
  },
  bundles: settings.bundles,
  onLog: () => {},
  onProblem: () => {},
  clock: systemClock,
});

process.once('disconnect', () => runner.close());
tell('started');
