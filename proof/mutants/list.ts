import { CLIENT_MUTANTS } from './client-mutants.ts';
import { FUNCTION_MUTANTS } from './function-mutants.ts';
import { MAPPING_MUTANTS } from './mapping-mutants.ts';
import type { Mutant } from './mutant.ts';
import { PROCESSOR_MUTANTS } from './processor-mutants.ts';
import { REDRIVE_MUTANTS } from './redrive-mutants.ts';
import { ROLLUP_MUTANTS } from './rollup-mutants.ts';

/** Every mutant. Where the source changes, its mutants change with it. */
export const MUTANTS: readonly Mutant[] = [
  ...FUNCTION_MUTANTS,
  ...CLIENT_MUTANTS,
  ...REDRIVE_MUTANTS,
  ...MAPPING_MUTANTS,
  ...PROCESSOR_MUTANTS,
  ...ROLLUP_MUTANTS,
];
