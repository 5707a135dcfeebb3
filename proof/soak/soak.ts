import { monotonicClock, systemClock } from '../../aws/system-clock.ts';
import { type Call, command } from '../../cli/command.ts';
import { EXIT, INTERRUPTED } from '../../cli/exit-code.ts';
import { STOP_SIGNALS, unlessAborted } from '../../cli/interrupts.ts';
import { count, number } from '../../cli/numbers.ts';
import { progressOn } from '../../cli/progress.ts';
import { bundleFaultyFunctions } from './bundles.ts';
import { FAULT_NAMES } from './faults.ts';
import { progressLine } from './progress-line.ts';
import { runSoak, type SoakResult } from './run-soak.ts';
import { readSoakOptions, SOAK_HELP, type SoakOptions } from './soak-options.ts';
import type { Soak } from './soak-settings.ts';

/** How many problems of a soak are shown. */
const MOST_PROBLEMS = 20;

const ledgerOf = ({
  events,
  inTable,
  dropped,
  rejected,
  kept,
  spooled,
  missing,
  groups,
  seconds,
  faults,
  problems,
}: SoakResult): string => {
  const line = (name: string, count: number, where: string): string =>
    `  ${name.padEnd(9)} ${number(count).padStart(9)}   ${where}`;
  const tally = Object.entries(faults).toSorted(([, a], [, b]) => b - a);
  return [
    line('in', events, 'events'),
    line('table', inTable, 'in EventData, or replaced there by a newer one'),
    ...(dropped > 0 ? [line('dropped', dropped, 'of which there is no row to store')] : []),
    line('rejected', rejected, 'in RejectedEvents'),
    line('kept', kept, 'in failed batches'),
    ...(spooled > 0 ? [line('spooled', spooled, "in the client's spool")] : []),
    line('missing', missing, ''),
    line('rollups', groups, 'groups in windows, compared with the rows'),
    '',
    `  ${seconds.toFixed(1)} s. Faults: ${tally.map(([name, count]) => `${number(count)} ${name}`).join(', ') || 'none'}.`,
    ...(problems.length > 0
      ? [
          '',
          `${count(problems.length, 'problem')}:`,
          ...problems.slice(0, MOST_PROBLEMS).map((problem) => `  ${problem}`),
        ]
      : []),
    '',
  ].join('\n');
};

/** The figures of all soaks together that --json prints. */
const SUMMED = ['events', 'inTable', 'dropped', 'rejected', 'kept', 'spooled', 'missing', 'groups', 'seconds'] as const;

const isComplete = ({ missing, problems }: SoakResult): boolean => missing === 0 && problems.length === 0;

const soakOnce = async (
  options: SoakOptions,
  { started, ...its }: Pick<Soak, 'seed' | 'bundles' | 'signal'> & { started: number },
): Promise<SoakResult> => {
  const { events, soaks } = options;
  const progress = progressOn(process.stderr, systemClock);
  let soFar = { sent: 0, settled: 0 };
  const line = (): string =>
    progressLine({ ...soFar, events, before: its.seed - options.seed, soaks }, monotonicClock.now() - started);
  return progress.during(line, () =>
    runSoak({
      ...options,
      ...its,
      clock: monotonicClock,
      say: soaks === 1 ? progress.say : () => {},
      onProgress: (now) => {
        soFar = now;
        progress.show(line);
      },
    }),
  );
};

/** What one soak says, shorter where it is one of many. */
const reportOf = (result: SoakResult, seed: number, soaks: number): string => {
  const verdict = `${isComplete(result) ? 'Every' : 'NOT every'} event is where it has to be.`;
  if (soaks === 1) return `${verdict}\n\n${ledgerOf(result)}`;
  if (!isComplete(result)) return `seed ${seed}: ${verdict}\n\n${ledgerOf(result)}`;
  return `seed ${seed}: ${count(result.events, 'event')} accounted for in ${result.seconds.toFixed(1)} s`;
};

const main = async ({ argv }: Call): Promise<number> => {
  const options = readSoakOptions(argv);
  const { seed: firstSeed, soaks, faults, json } = options;
  const interrupted = new AbortController();
  for (const signal of STOP_SIGNALS) process.once(signal, () => interrupted.abort());
  const { signal } = interrupted;
  const say = (line: string) => (json ? process.stderr : process.stdout).write(`${line}\n`);
  const failed: number[] = [];
  const results: SoakResult[] = [];

  const started = monotonicClock.now();
  const bundles = await unlessAborted(bundleFaultyFunctions, signal);
  for (let seed = firstSeed; bundles && seed < firstSeed + soaks && !signal.aborted; seed += 1) {
    const result = await unlessAborted(() => soakOnce(options, { seed, started, bundles, signal }), signal);
    if (!result) break;
    if (!isComplete(result)) failed.push(seed);
    results.push(result);
    say(reportOf(result, seed, soaks));
  }
  if (signal.aborted) {
    say('Interrupted: nobody has looked where the events are.');
    return INTERRUPTED;
  }
  if (soaks > 1)
    say(
      failed.length === 0
        ? `${soaks} soaks, and no event lost.`
        : `Something is wrong with the seeds ${failed.join(', ')}.`,
    );
  const names = faults.size === FAULT_NAMES.length ? 'all' : [...faults];
  const totals = SUMMED.map((name) => [name, results.reduce((sum, result) => sum + result[name], 0)]);
  const summary = { ...Object.fromEntries(totals), soaks, seed: firstSeed, faults: names, failed };
  if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  return failed.length === 0 ? EXIT.ok : EXIT.error;
};

export default command(main, 'npm run soak -- --help', SOAK_HELP, import.meta.url);
