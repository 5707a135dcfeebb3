import { localStack, type RunnerOptions, startRunner } from '../../local/runner.ts';

/** A runner in a process of its own, for a test to kill. Its one argument is what the runner is given, in JSON. */
export type ChildOptions = Pick<
  RunnerOptions,
  'checkpointFile' | 'endpoints' | 'failedBatches' | 'function' | 'settings'
>;

const options: ChildOptions = JSON.parse(process.argv[2]!);
await startRunner({
  ...options,
  stack: localStack(),
  onSettled: (records) => process.stdout.write(`settled ${records.length}\n`),
  onLog: () => {},
  onProblem: (message) => process.stderr.write(`${message}\n`),
});
