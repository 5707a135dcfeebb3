import { defined } from '../../core/defined.ts';
import type { Proof } from './mutant.ts';

/** @param test part of the names of the tests that are run. @default all of the file */
export const unit = (file: string, test?: string): Proof => ({
  kind: 'unit',
  file: `test/${file}.test.ts`,
  ...defined({ test }),
});

/** A small soak with some of its faults. */
export const soak = (faults: string, { events = 200, seed = 41, processor = 'default' } = {}): Proof => ({
  kind: 'soak',
  events,
  seed,
  faults,
  processor,
});
