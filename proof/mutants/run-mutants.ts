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

/** What runs now, and how many of its kind were run before, of how many. */
export interface MutantRun {
  kind: 'proof' | 'mutant';
  name: string;
  before: number;
  total: number;
}

export interface RunMutants {
  /** The project's folder. */
  root: string;
  mutants: readonly Mutant[];
  /** How long a proof may take, and where it has run already, how long it took without a change. Milliseconds. */
  limit: (withoutChange?: number) => number;
  clock: Pick<Clock, 'now' | 'sleep'>;
  signal: AbortSignal;
  /** Called before each run: of all proofs without a change, and then of each mutant. */
  onRun: (run: MutantRun) => void;
  onTrial: (trial: Trial) => void;
}

/**
 * Applies one mutant after another to a copy of the project, and runs its proofs until one fails. Before that, every proof must
 * hold without a change.
 *
 * @throws {MutantError} where mutants do not apply, or a proof fails without a change
 */
export const runMutants = async (options: RunMutants): Promise<Trial[]> => {
  const { root, mutants, limit, clock, signal, onRun, onTrial } = options;
  const copy = await WorkingCopy.of(root, clock);
  try {
    await checkAll(mutants, (file) => copy.read(file));
    const proofs = new Map(mutants.flatMap((mutant) => mutant.proofs).map((proof) => [describeProof(proof), proof]));
    const limits = new Map<string, number>();
    for (const [before, [name, proof]] of [...proofs].entries()) {
      onRun({ kind: 'proof', name, before, total: proofs.size });
      const started = clock.now();
      const { holds, output } = await copy.run(proof, limit(), signal);
      signal.throwIfAborted();
      limits.set(name, limit(clock.now() - started));
      if (!holds) throw new MutantError(`${name} fails without a change; expected it to pass\n${output}`);
    }
    const trials: Trial[] = [];
    for (const [before, mutant] of mutants.entries()) {
      onRun({ kind: 'mutant', name: mutant.name, before, total: mutants.length });
      const started = clock.now();
      const killedBy = await copy.with(mutant, async () => {
        for (const proof of mutant.proofs)
          if (!(await copy.run(proof, limits.get(describeProof(proof))!, signal)).holds) return proof;
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
