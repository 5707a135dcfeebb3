/** Sizes of a function's heap, in MB. */
export interface HeapLimits {
  /** Of each half of the space for new objects. */
  semiSpace: number;
  /** For objects that live longer. */
  oldSpace: number;
}

/**
 * The heap that Lambda gives Node in a function of so much memory: its start script passes 5 and 90 percent of it on to V8. With V8's
 * own limits, which follow the memory of the machine, the same function holds far more.
 * https://dev.to/wonderfulsoap/deep-dive-into-aws-lambda-3-official-nodejs-runtime-analysis-43je
 *
 * @param memorySize of the function, in MB
 */
export const heapLimitsOf = (memorySize: number): HeapLimits => ({
  semiSpace: Math.floor(memorySize * 0.05),
  oldSpace: Math.floor(memorySize * 0.9),
});
