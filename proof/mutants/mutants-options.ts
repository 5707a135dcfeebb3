import { readCount, readFlags, switches, values } from '../../cli/flags.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { seeded } from '../../core/random.ts';
import type { Mutant } from './mutant.ts';

export const MUTANTS_HELP = `Proves the proofs: makes small changes to a copy of the project, each of which some test or soak must notice.

  npm run mutants -- [options]

  --sample N    only this many of them
  --seed N      which ones; the same seed chooses the same   [default 1]
  --only TEXT   only those whose name or file has the text
  --list        shows them with their proofs and checks that each applies; runs nothing
  -h, --help    this text

The exit code is 0 if every mutant was killed, 1 if one survived or does not apply, 2 if the command was called wrongly.
`;

export interface MutantsOptions {
  sample: number | undefined;
  seed: number;
  only: string;
  list: boolean;
}

/** @throws {UsageError} with every problem at once */
export const readMutantsOptions = (argv: readonly string[]): MutantsOptions => {
  const flags = readFlags(argv, {
    ...values('sample', 'seed', 'only'),
    ...switches('list'),
  });
  const problems: string[] = [];
  const sample = readCount('sample', flags.sample, problems);
  const seed = readCount('seed', flags.seed, problems) ?? 1;
  if (problems.length > 0) throw new UsageError(problems);
  return { sample, seed, only: flags.only ?? '', list: flags.list ?? false };
};

/** The mutants that the options choose, in the order of the list. @throws {UsageError} where there are none: nothing would be proven */
export const choose = (
  mutants: readonly Mutant[],
  { sample = mutants.length, seed, only }: Pick<MutantsOptions, 'sample' | 'seed' | 'only'>,
): Mutant[] => {
  const random = seeded(seed);
  const named = mutants.filter(({ name, file }) => `${name} ${file}`.includes(only));
  if (named.length === 0)
    throw new UsageError([`--only is "${only}"; expected text that the name or the file of a mutant has, see --list`]);
  const chosen = new Set(
    named
      .map((mutant) => ({ mutant, rank: random() }))
      .toSorted((a, b) => a.rank - b.rank)
      .slice(0, sample)
      .map(({ mutant }) => mutant),
  );
  return mutants.filter((mutant) => chosen.has(mutant));
};
