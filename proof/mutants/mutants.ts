import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { monotonicClock, systemClock } from '../../aws/system-clock.ts';
import { type Call, command } from '../../cli/command.ts';
import { EXIT, INTERRUPTED } from '../../cli/exit-code.ts';
import { STOP_SIGNALS, unlessAborted } from '../../cli/interrupts.ts';
import { count } from '../../cli/numbers.ts';
import { progressOn } from '../../cli/progress.ts';
import { MUTANTS } from './list.ts';
import { checkAll, describeProof } from './mutant.ts';
import { choose, MUTANTS_HELP, readMutantsOptions } from './mutants-options.ts';
import { progressLine } from './progress-line.ts';
import { type MutantRun, runMutants } from './run-mutants.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** No proof takes a third of it on an idle machine. Milliseconds. */
const LIMIT_MS = 240_000;

/** Many mutants make their proof wait for ever. So it has only some times as long as it took without the change. */
const limit = (withoutChange = LIMIT_MS): number => Math.min(LIMIT_MS, Math.max(15_000, 3 * withoutChange));

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const main = async ({ argv }: Call): Promise<number> => {
  const options = readMutantsOptions(argv);
  const mutants = choose(MUTANTS, options);
  if (options.list) {
    for (const { name, file, proofs } of mutants) print(`${name} (${file}): ${proofs.map(describeProof).join(', ')}`);
    await checkAll(mutants, (file) => readFile(`${ROOT}${file}`, 'utf8'));
    return EXIT.ok;
  }
  const interrupted = new AbortController();
  for (const stop of STOP_SIGNALS) process.once(stop, () => interrupted.abort());
  const { signal } = interrupted;
  const progress = progressOn(process.stderr, systemClock, { isQuietInLog: true });
  let current: { run: MutantRun; first: number; began: number } | undefined;
  const line = (): string => {
    if (!current) return 'copying the project';
    const { run, first, began } = current;
    return progressLine(run, { beforeMs: began - first, elapsedMs: monotonicClock.now() - began });
  };
  const printAbove = (text: string): void => {
    progress.end();
    print(text);
  };
  const run = () =>
    runMutants({
      root: ROOT,
      mutants,
      limit,
      clock: monotonicClock,
      signal,
      onRun: (run) => {
        if (run.kind === 'proof') printAbove(`Without a change: ${run.name}`);
        const began = monotonicClock.now();
        // Proofs and mutants are counted apart.
        current = { run, began, first: run.before === 0 ? began : current!.first };
      },
      onTrial: ({ mutant, killedBy, seconds }) =>
        printAbove(
          killedBy
            ? `killed in ${seconds.toFixed(1)} s: ${mutant.name}; by ${describeProof(killedBy)}`
            : `SURVIVED: ${mutant.name} (${mutant.file}); ${mutant.proofs.map(describeProof).join(', ')} passed`,
        ),
    });
  const trials = await progress.during(line, () => unlessAborted(run, signal));
  if (!trials) return INTERRUPTED;
  const survived = trials.filter(({ killedBy }) => !killedBy).length;
  print(`${count(trials.length, 'mutant')}, ${trials.length - survived} killed, ${survived} survived`);
  return survived === 0 ? EXIT.ok : EXIT.error;
};

export default command(main, 'npm run mutants -- --help', MUTANTS_HELP, import.meta.url);
