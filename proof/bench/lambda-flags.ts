import { limitOf } from '../../local/lambda/function-options.ts';
import { heapLimitsOf } from '../../local/lambda/heap-limits.ts';
import { localStack } from '../../local/stack.ts';

/** The flags with which Lambda starts Node for a function of the template. @param logicalName in the template */
export const lambdaFlagsOf = (logicalName: string): string[] => {
  const { semiSpace, oldSpace } = heapLimitsOf(limitOf('MemorySize', logicalName, localStack()));
  return [`--max-semi-space-size=${semiSpace}`, `--max-old-space-size=${oldSpace}`];
};
