import type { Clock } from '../../core/clock.ts';
import { defined } from '../../core/defined.ts';
import { checkAll, describeProof, type Mutant, MutantError, type Proof } from './mutant.ts';
import { WorkingCopy } from './working-copy.ts';

export interface Trial {
  mutant: Mutant;
  /** The proof that failed. Without one the mutant survived. */
  killedBy?: Proof;
  seconds: number;
}

export interface RunMutants {
  /** The project's folder. */
  root: string;
  mutants: readonly Mutant[];
  /** How long one proof may take. Milliseconds. */
  limitMs: number;
  clock: Pick<Clock, 'now'>;
  signal: AbortSignal;
  /** A sentence about what is done before the first trial. */
  onProgress: (line: string) => void;
  onTrial: (trial: Trial) => void;
}

/**
 * Applies one mutant after another to a copy of the project, and runs its proofs until one fails. Before that, every proof must
 * hold without a change.
 *
 * @throws {MutantError} where mutants do not apply, or a proof fails without a change
 */
export const runMutants = async (options: RunMutants): Promise<Trial[]> => {
  const { root, mutants, limitMs, clock, signal, onProgress, onTrial } = options;
  const copy = await WorkingCopy.of(root);
  try {
    await checkAll(mutants, (file) => copy.read(file));
    const proofs = new Map(mutants.flatMap((mutant) => mutant.proofs).map((proof) => [describeProof(proof), proof]));
    for (const [name, proof] of proofs) {
      onProgress(`Without a change: ${name}`);
      const { holds, output } = await copy.run(proof, limitMs, signal);
      signal.throwIfAborted();
      if (!holds) throw new MutantError(`${name} fails without a change; expected it to pass\n${output}`);
    }
    const trials: Trial[] = [];
    for (const mutant of mutants) {
      const started = clock.now();
      const killedBy = await copy.with(mutant, async () => {
        for (const proof of mutant.proofs) if (!(await copy.run(proof, limitMs, signal)).holds) return proof;
        return undefined;
      });
      signal.throwIfAborted();
      const trial: Trial = { mutant, seconds: (clock.now() - started) / 1000, ...defined({ killedBy }) };
      trials.push(trial);
      onTrial(trial);
    }
    return trials;
  } finally {
    await copy.remove();
  }
};
