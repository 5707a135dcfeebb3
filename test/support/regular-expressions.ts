import { transform } from 'esbuild';
import { SOURCES } from './sources.ts';

export interface Found {
  file: string;
  expression: RegExp;
}

/** A comment, a text, or an expression; or what comes before one of them. A slash after a value divides. */
const TOKEN =
  /\/\*[\s\S]*?\*\/|\/\/.*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|(?<=(?:^|[(,=:[!&|?{};\n]|=>|return)\s*)\/((?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([a-z]*)/g;

/** One that is made when it is first used. */
const LAZY = /\blazyExpression\(\s*String\.raw`([^`]+)`,\s*'([a-z]*)',?\s*\)/g;

/** Every regular expression of the product, but for those that are put together from others. */
export const regularExpressions = async (): Promise<Found[]> =>
  (await Promise.all([...SOURCES].map(([file, code]) => expressionsOf(file, code)))).flat();

const expressionsOf = async (file: string, source: string): Promise<Found[]> => {
  // Without types, and with every text in quotes.
  const { code } = await transform(source, {
    loader: 'ts',
    charset: 'utf8',
    supported: { 'template-literal': false },
  });
  return [...code.matchAll(TOKEN), ...source.matchAll(LAZY)].flatMap(([, expression, flags]) =>
    expression === undefined ? [] : [{ file, expression: new RegExp(expression, flags) }],
  );
};
