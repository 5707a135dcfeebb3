import { styleText } from 'node:util';
import type { Environment } from './environment.ts';

/** What an output says of itself. */
export interface Output {
  isTTY?: boolean;
  /** Characters of a line, where it is a terminal. */
  columns?: number;
}

/** Whether a line can be rewritten in place. A terminal that calls itself dumb knows no escape codes. */
export const isTerminal = (output: Output, env: Environment): boolean => output.isTTY === true && env.TERM !== 'dumb';

/**
 * Whether an output takes colours: a terminal does, unless NO_COLOR says otherwise. FORCE_COLOR comes before all, as in Node,
 * and `0` or `false` there stands for no colours.
 * https://no-color.org, https://nodejs.org/api/tty.html#writestreamgetcolordepthenv
 */
export const takesColours = (output: Output, env: Environment): boolean => {
  const { FORCE_COLOR: forced, NO_COLOR: none } = env;
  if (forced !== undefined) return !['0', 'false'].includes(forced);
  return isTerminal(output, env) && (none === undefined || none === '');
};

/** Colours by what they say. */
export type Paint = (meaning: keyof typeof COLOURS, text: string) => string;

const COLOURS = { good: 'green', bad: 'red', minor: 'dim' } as const;

export const paintFor = (output: Output, env: Environment): Paint =>
  takesColours(output, env)
    ? // Whether the output takes them is decided already, and for another one than this function would look at.
      (meaning, text) => styleText(COLOURS[meaning], text, { validateStream: false })
    : (_, text) => text;
