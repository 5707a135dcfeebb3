/** What must fail once a mutant is applied: a file of tests, or a small soak. */
export type Proof =
  | {
      kind: 'unit';
      file: string;
      /** Part of the names of the tests that are run. @default all of the file */
      test?: string;
    }
  | { kind: 'soak'; events: number; seed: number; faults: string; processor: string };

/** A small change that makes the product wrong. At least one of its proofs must fail. */
export interface Mutant {
  /** What the changed code does. */
  name: string;
  /** From the folder of the project. */
  file: string;
  /** Text that the file has exactly once, and the text that takes its place. */
  find: string;
  replace: string;
  /** In the order in which they are tried. */
  proofs: readonly Proof[];
}

/** A mutant that does not apply, or a proof that fails without a change. */
export class MutantError extends Error {
  override readonly name = 'MutantError';
}

/** @returns the source with the change @throws {MutantError} where the text is not there exactly once */
export const applyTo = (source: string, { name, file, find, replace }: Mutant): string => {
  const found = source.split(find).length - 1;
  if (found !== 1)
    throw new MutantError(`"${name}": ${file} has "${find}" ${found} times; expected once. Adapt the mutant.`);
  if (find === replace) throw new MutantError(`"${name}" changes nothing; expected another text in place of "${find}"`);
  return source.replace(find, () => replace);
};

/** @param sourceOf reads the file of a mutant @throws {MutantError} that names every mutant that does not apply */
export const checkAll = async (
  mutants: readonly Mutant[],
  sourceOf: (file: string) => Promise<string>,
): Promise<void> => {
  const problems: string[] = [];
  for (const mutant of mutants)
    await sourceOf(mutant.file)
      .then((source) => applyTo(source, mutant))
      .catch((error: Error) => problems.push(error.message));
  if (problems.length > 0) throw new MutantError(problems.join('\n'));
};

/** How a proof is run, as arguments of Node. */
export const argumentsOf = (proof: Proof): string[] =>
  proof.kind === 'soak'
    ? [
        ...['cli/run.cjs', 'proof/soak/soak.ts', '--events', String(proof.events)],
        ...['--seed', String(proof.seed), '--faults', proof.faults, '--processor', proof.processor],
      ]
    : [
        ...['node_modules/mocha/bin/mocha.js', '--no-parallel', '--bail', proof.file],
        ...(proof.test === undefined ? [] : ['--fgrep', proof.test]),
      ];

/** `unit test/functions/ddb-event-processor/process-batch.test.ts` */
export const describeProof = (proof: Proof): string =>
  proof.kind === 'soak'
    ? `soak of ${proof.events} events, seed ${proof.seed}, ${proof.faults}, processor ${proof.processor}`
    : `${proof.kind} ${proof.file}${proof.test === undefined ? '' : `: ${proof.test}`}`;
