import type { Context } from 'aws-lambda';

/** The context of an invocation that takes so much time to be left. Milliseconds. @default what is left */
export const withTime = (context: Context, remainingMs: number | undefined): Context =>
  remainingMs === undefined ? context : { ...context, getRemainingTimeInMillis: () => remainingMs };
