import type { Proof } from './mutant.ts';

export const unit = (file: string): Proof => ({ kind: 'unit', file: `test/${file}.test.ts` });

export const property = (file: string): Proof => ({ kind: 'property', file: `test/${file}.test.ts` });

/** A small soak with some of its faults. */
export const soak = (faults: string, { events = 200, seed = 41 } = {}): Proof => ({
  kind: 'soak',
  events,
  seed,
  faults,
});
