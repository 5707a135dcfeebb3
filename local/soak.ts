import { runCommand } from '../client/command.ts';
import { number, progressOn } from '../client/progress.ts';
import { FAULT_NAMES } from './soak/faults.ts';
import { readSoakOptions, SOAK_HELP, type SoakOptions } from './soak/options.ts';
import { runSoak, type SoakResult } from './soak/soak.ts';

/** Problems that are shown of a soak; the count says how many there are. */
const SHOWN = 20;

const ledgerOf = ({
  events,
  inTable,
  rejected,
  kept,
  spooled,
  missing,
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
    line('rejected', rejected, 'in RejectedEvents'),
    line('kept', kept, 'in failed batches'),
    ...(spooled > 0 ? [line('spooled', spooled, "in the client's spool")] : []),
    line('missing', missing, ''),
    '',
    `  ${seconds.toFixed(1)} s. Faults: ${tally.map(([name, count]) => `${number(count)} ${name}`).join(', ') || 'none'}.`,
    ...(problems.length > 0
      ? ['', `${number(problems.length)} problems:`, ...problems.slice(0, SHOWN).map((problem) => `  ${problem}`)]
      : []),
    '',
  ].join('\n');
};

const isComplete = ({ missing, problems }: SoakResult): boolean => missing === 0 && problems.length === 0;

const soakOnce = async (options: SoakOptions, seed: number, signal: AbortSignal): Promise<SoakResult> => {
  const progress = progressOn(process.stderr, Date.now);
  const { events, faults } = options;
  try {
    return await runSoak({
      events,
      seed,
      faults,
      signal,
      say: options.soaks === 1 ? progress.say : () => {},
      onProgress: ({ sent, settled }) =>
        progress.show(() => `seed ${seed}: ${number(sent)} of ${number(events)} sent, ${number(settled)} settled`),
    });
  } finally {
    progress.end();
  }
};

const main = async (argv: readonly string[]): Promise<number> => {
  const options = readSoakOptions(argv);
  if (options.help) {
    process.stdout.write(SOAK_HELP);
    return 0;
  }
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort()).once('SIGTERM', () => interrupted.abort());
  const say = (line: string) => (options.json ? process.stderr : process.stdout).write(`${line}\n`);
  const failed: number[] = [];
  const total = { events: 0, inTable: 0, rejected: 0, kept: 0, spooled: 0, missing: 0, seconds: 0 };
  for (let seed = options.seed; seed < options.seed + options.soaks && !interrupted.signal.aborted; seed += 1) {
    const result = await soakOnce(options, seed, interrupted.signal);
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += result[name];
    if (!isComplete(result)) failed.push(seed);
    const verdict = isComplete(result)
      ? 'Every event is where it has to be.'
      : 'NOT every event is where it has to be.';
    if (options.soaks === 1) say(`${verdict}\n\n${ledgerOf(result)}`);
    else if (isComplete(result))
      say(`seed ${seed}: ${number(result.events)} events accounted for in ${result.seconds.toFixed(1)} s`);
    else say(`seed ${seed}: ${verdict}\n${ledgerOf(result)}`);
  }
  if (interrupted.signal.aborted) say('Interrupted.');
  if (options.soaks > 1)
    say(
      failed.length === 0
        ? `${options.soaks} soaks, and no event lost.`
        : `Seeds that lost events: ${failed.join(', ')}`,
    );
  const names = [...options.faults];
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ ...total, seed: options.seed, soaks: options.soaks, faults: names.length === FAULT_NAMES.length ? 'all' : names, failed })}\n`,
    );
  return failed.length === 0 && !interrupted.signal.aborted ? 0 : 1;
};

await runCommand(main, 'npm run soak -- --help');
