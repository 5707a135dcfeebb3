import { systemClock } from '../../aws/system-clock.ts';
import type { Endpoints } from '../../local/emulators/ports.ts';
import type { Invoke } from '../../local/lambda/invocation.ts';
import { startRunner } from '../../local/runner.ts';
import { localStack } from '../../local/stack.ts';
import { type FaultName, type FunctionFault, seededFunctionFaults } from './faults.ts';

/** What a runner is told, as JSON in its only argument. */
export interface RunnerSettings {
  seed: number;
  /** The name of the one that the function runs. */
  processor: string;
  faults: FaultName[];
  endpoints: Endpoints;
  /** Path of the function that can be made to fail. */
  bundle: string;
  failedBatches: string;
  checkpoints: string;
  parallelizationFactor: number;
  timeoutSeconds: number;
}

/** What a runner sends: that it runs, and the faults of its function as they happen. */
export type RunnerMessage = 'started' | { fault: FunctionFault };

/** A process of its own, so that a soak can kill it: the function, and the mapping that brings it the stream. */
const settings: RunnerSettings = JSON.parse(process.argv[2]!);
const tell = (message: RunnerMessage): void => {
  process.send?.(message);
};

const next = seededFunctionFaults(settings.seed, new Set(settings.faults));
const withFaults =
  (invoke: Invoke): Invoke =>
  (payload) => {
    const fault = next();
    if (fault === undefined) return invoke(payload);
    tell({ fault });
    return invoke(JSON.stringify({ ...JSON.parse(payload), fault }));
  };

const runner = await startRunner({
  stack: localStack({ Processor: settings.processor }),
  endpoints: settings.endpoints,
  failedBatches: settings.failedBatches,
  checkpointFile: settings.checkpoints,
  // Here retries end after seconds, not minutes. A batch that is given up is kept, which is as good as stored.
  settings: {
    batchSize: 100,
    parallelizationFactor: settings.parallelizationFactor,
    maximumRetryAttempts: 3,
    maximumRecordAgeInSeconds: -1,
  },
  function: {
    bundle: settings.bundle,
    handlerName: 'handler',
    timeout: settings.timeoutSeconds,
    aroundInvoke: withFaults,
  },
  onSettled: () => {},
  onLog: () => {},
  onProblem: () => {},
  clock: systemClock,
});

process.once('disconnect', () => runner.close());
tell('started');
