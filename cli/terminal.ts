import { styleText } from 'node:util';
import type { Environment } from './environment.ts';

/** What is known of an output. */
export interface Output {
  isTTY?: boolean;
  /** Characters of a line of a terminal. */
  columns?: number;
}

/** Whether a line can be rewritten in place. A dumb terminal knows no escape codes. */
export const isTerminal = (output: Output, env: Environment): boolean => output.isTTY === true && env.TERM !== 'dumb';

/** Characters of a line; 80 where nobody knows, as of a file, or of a terminal behind a serial line or without a window. */
export const columnsOf = ({ columns }: Output): number => columns || 80;

/**
 * Whether an output takes colours: a terminal does, unless NO_COLOR is set. FORCE_COLOR decides where it is set, as in Node; `0`
 * and `false` mean no colours.
 * https://no-color.org, https://nodejs.org/api/tty.html#writestreamgetcolordepthenv
 */
export const takesColours = (output: Output, env: Environment): boolean => {
  const { FORCE_COLOR: forced, NO_COLOR: none } = env;
  if (forced !== undefined) return !['0', 'false'].includes(forced);
  return isTerminal(output, env) && (none === undefined || none === '');
};

/** Colours by their meaning. */
export type Paint = (meaning: keyof typeof COLOURS, text: string) => string;

const COLOURS = { good: 'green', bad: 'red', minor: 'dim' } as const;

/** Paints a text, or leaves it as it is where the output takes no colours. */
export const paintFor = (output: Output, env: Environment): Paint =>
  takesColours(output, env)
    ? // styleText would check another output, and this one is checked already.
      (meaning, text) => styleText(COLOURS[meaning], text, { validateStream: false })
    : (_, text) => text;
