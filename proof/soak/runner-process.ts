import { systemClock } from '../../aws/system-clock.ts';
import type { Endpoints } from '../../local/emulators/ports.ts';
import type { Invoke } from '../../local/lambda/invocation.ts';
import { startRunner } from '../../local/runner.ts';
import { localStack, ROLLUPS } from '../../local/stack.ts';
import { withRollupFaultsAround } from './deliver-again.ts';
import { type FaultName, seededFunctionFaults } from './faults.ts';
import { seededRollupFaults } from './rollup-faults.ts';

/** What a runner is told, as JSON in its only argument. */
export interface RunnerSettings {
  seed: number;
  faults: FaultName[];
  stack: { name: string; parameters: Record<string, string> };
  endpoints: Endpoints;
  /** Paths of the functions that can be made to fail, by their logical names. */
  bundles: Readonly<Record<string, string>>;
  failedBatches: string;
  checkpoints: string;
  parallelizationFactor: number;
  timeoutSeconds: number;
}

/** What a runner sends: that it runs, and the faults of its functions as they happen. */
export type RunnerMessage = 'started' | { fault: string };

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
    return invoke(JSON.stringify({ ...JSON.parse(payload), fault }));
  };

const runner = await startRunner({
  stack: localStack(settings.stack.parameters, settings.stack.name),
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
    handlerName: 'handler',
    timeout: settings.timeoutSeconds,
    aroundInvoke: withFaults,
  },
  others: {
    [ROLLUPS.function]: {
      // A batch that is given up makes rollups wrong, so none is.
      settings: { batchSize: 100, maximumBatchingWindowInSeconds: 0, maximumRecordAgeInSeconds: -1 },
      function: {
        handlerName: 'handler',
        timeout: settings.timeoutSeconds,
        aroundInvoke: withRollupFaultsAround(seededRollupFaults(settings.seed + 1, faults), (fault) =>
          tell({ fault: `rollups: ${fault}` }),
        ),
      },
    },
  },
  bundles: settings.bundles,
  onSettled: () => {},
  onLog: () => {},
  onProblem: () => {},
  clock: systemClock,
});

process.once('disconnect', () => runner.close());
tell('started');
