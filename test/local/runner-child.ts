import { systemClock } from '../../aws/system-clock.ts';
import { type FunctionRun, type RunnerOptions, startRunner } from '../../local/runner.ts';
import { EVENT_PROCESSOR, localStack } from '../../local/stack.ts';

/** A runner in a process of its own, for a test to kill. Its one argument is what the runner is given, in JSON. */
export type ChildOptions = Pick<RunnerOptions, 'bundles' | 'checkpointFile' | 'endpoints' | 'failedBatches'> &
  Pick<FunctionRun, 'settings'> & { stackName: string };

const { stackName, settings, ...options }: ChildOptions = JSON.parse(process.argv[2]!);
await startRunner({
  ...options,
  stack: localStack({ Rollups: 'false' }, stackName),
  functions: {
    [EVENT_PROCESSOR.function]: {
      ...(settings && { settings }),
      onSettled: (records) => process.stdout.write(`settled ${records.length}\n`),
    },
  },
  onLog: () => {},
  onProblem: (message) => process.stderr.write(`${message}\n`),
  clock: systemClock,
});
