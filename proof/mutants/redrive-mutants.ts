import type { Mutant } from './mutant.ts';
import { unit } from './proofs.ts';

/** Faults of redrive, next to those of the client, whose producer it shares. */
export const REDRIVE_MUTANTS: readonly Mutant[] = [
  {
    name: 'redrive removes an entry before all of its events are acknowledged',
    file: 'ops/redrive/put-back.ts',
    find: 'if (task.unsettled > 0) return;',
    replace: '',
    proofs: [unit('ops/redrive/failed-batches')],
  },
  {
    name: 'redrive removes an entry whose events were not sent',
    file: 'ops/redrive/put-back.ts',
    find: 'else task.error ??= outcome.error;',
    replace: '',
    proofs: [unit('ops/redrive/rejected-events')],
  },
  {
    name: 'redrive goes on removing after a removal failed for good',
    file: 'ops/redrive/remover.ts',
    find: 'if (this.#error) throw this.#error;',
    replace: '',
    proofs: [unit('ops/redrive/remover')],
  },
];
