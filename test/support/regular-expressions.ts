import { transform } from 'esbuild';
import { SOURCES } from './sources.ts';

export interface Found {
  file: string;
  expression: RegExp;
}

/** A comment, a text, or an expression; or what comes before one of them. A slash after a value divides. */
const TOKEN =
  /\/\*[\s\S]*?\*\/|\/\/.*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|(?<=(?:^|[(,=:[!&|?{};\n]|=>|return)\s*)\/((?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([a-z]*)/g;

/** Every regular expression of the product that is written as one. */
export const regularExpressions = async (): Promise<Found[]> =>
  (await Promise.all([...SOURCES].map(([file, code]) => expressionsOf(file, code)))).flat();

const expressionsOf = async (file: string, source: string): Promise<Found[]> => {
  // Without types, and with every text in quotes.
  const { code } = await transform(source, {
    loader: 'ts',
    charset: 'utf8',
    supported: { 'template-literal': false },
  });
  return [...code.matchAll(TOKEN)].flatMap(([, expression, flags]) =>
    expression === undefined ? [] : [{ file, expression: new RegExp(expression, flags) }],
  );
};
