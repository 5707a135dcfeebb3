import { systemClock } from '../../aws/system-clock.ts';
import { type RunnerOptions, startRunner } from '../../local/runner.ts';
import { localStack } from '../../local/stack.ts';

/** A runner in a process of its own, for a test to kill. Its one argument is what the runner is given, in JSON. */
export type ChildOptions = Pick<
  RunnerOptions,
  'checkpointFile' | 'endpoints' | 'failedBatches' | 'function' | 'settings'
> & { stackName: string };

const { stackName, ...options }: ChildOptions = JSON.parse(process.argv[2]!);
await startRunner({
  ...options,
  stack: localStack({}, stackName),
  onSettled: (records) => process.stdout.write(`settled ${records.length}\n`),
  onLog: () => {},
  onProblem: (message) => process.stderr.write(`${message}\n`),
  clock: systemClock,
});
