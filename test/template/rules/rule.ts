import type { Stack } from '../stack.ts';

/** What a stack must be so that nobody gets at what is in it. Gives a sentence for each problem. */
export type Rule = (stack: Stack) => string[];
