import { transformSync } from 'esbuild';
import { SOURCES } from './sources.ts';

export interface Found {
  file: string;
  expression: RegExp;
}

/** A comment, a text, or an expression; or what comes before one of them. A slash after a value divides. */
const TOKEN =
  /\/\*[\s\S]*?\*\/|\/\/.*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|(?<=(?:^|[(,=:[!&|?{};\n]|=>|return)\s*)\/((?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([a-z]*)/g;

/** Every regular expression of the product that is written as one. */
export const regularExpressions = (): Found[] =>
  [...SOURCES].flatMap(([file, code]) => {
    // Without types, and with every text in quotes.
    const plain = transformSync(code, { loader: 'ts', charset: 'utf8', supported: { 'template-literal': false } }).code;
    return [...plain.matchAll(TOKEN)].flatMap(([, source, flags]) =>
      source === undefined ? [] : [{ file, expression: new RegExp(source, flags) }],
    );
  });
