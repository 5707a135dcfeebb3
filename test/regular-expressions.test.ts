import { createContext, Script } from 'node:vm';
import { expect } from 'chai';
import { type Found, regularExpressions } from './support/regular-expressions.ts';

/** What is linear takes less than a thousandth of it, what is quadratic at least twice as long. */
const LIMIT_MS = 1_500;
const LENGTH = 100_000;

const UNBOUNDED = /[*+]|\{\d+,\}/;
const UNBOUNDED_GROUP = /\)(?:[*+]|\{\d+,\})/;

/** What a part of an expression may match: the signs that it names, and one of each class in it. */
const signsOf = ({ source }: RegExp): string[] => {
  const classes: [RegExp, string][] = [
    [/\\s|\\S/, ' '],
    [/\\d|\\D|\\p\{N/, '1'],
    [/\\w|\\W|\\p\{/, 'a'],
    [/\\p\{/, 'é'],
    [/\[\^|\.|\\[SDW]/, '\u0002'],
  ];
  const named = source.replace(/\\[a-zA-Z](?:\{[^}]*\})?|\(\?[:=!<]*|[\^$|()[\]{}?*+\\-]/g, '');
  return [...new Set([...classes.filter(([kind]) => kind.test(source)).map(([, sign]) => sign), ...named])].slice(
    0,
    14,
  );
};

/** Texts in which each sign, and each two of them, come very often, and which end with a sign that nothing asks for. */
function* hostileTexts(expression: RegExp): Generator<string> {
  const signs = signsOf(expression);
  for (const one of signs)
    for (const other of signs) {
      yield `${one}${other.repeat(LENGTH)}\u0001`;
      if (one !== other) yield `${`${one}${other}`.repeat(LENGTH / 2)}\u0001`;
    }
}

const sandbox = createContext({ expression: /x/, texts: [''] });
const script = new Script("for (const text of texts) text.replace(expression, '')");

const comesToAnEnd = (expression: RegExp, texts: readonly string[]): boolean => {
  Object.assign(sandbox, { expression, texts });
  try {
    script.runInContext(sandbox, { timeout: LIMIT_MS });
    return true;
  } catch {
    return false;
  }
};

/** The first text of which the expression does not come to an end. */
const hostileTextOf = (expression: RegExp): string | undefined => {
  const texts = [...hostileTexts(expression)];
  if (comesToAnEnd(expression, texts)) return undefined;
  const text = texts.find((each) => !comesToAnEnd(expression, [each]));
  return text && `${JSON.stringify(text.slice(0, 6))}…`;
};

const nameOf = ({ file, expression }: Found): string => `${file} ${expression}`;

describe('the regular expressions of the product', () => {
  const all = regularExpressions();

  it('are found, all of them', () => {
    expect(all).to.have.length.above(120);
    expect(all.map(nameOf)).to.include.members([
      String.raw`core/timestamp.ts /^\d{1,16}$/`,
      String.raw`core/exact-json.ts /\d[\d.]{15}|\d[eE][+-]?\d{3}/`,
    ]);
  });

  it('take a time that grows with a text, whatever it holds, and not with its square', () => {
    const slow = all
      .filter(({ expression }) => UNBOUNDED.test(expression.source))
      .flatMap((found) => {
        const text = hostileTextOf(found.expression);
        return text === undefined ? [] : [`${nameOf(found)} on ${text}`];
      });
    expect(slow).to.deep.equal([]);
  });

  it('repeat no group without a limit: each turn takes memory, and a text of millions of signs has none left', () => {
    const deep = all.filter(({ expression }) => UNBOUNDED_GROUP.test(expression.source)).map(nameOf);
    expect(deep).to.deep.equal([]);
  });

  it('would be noticed if they were not so', () => {
    for (const bad of [/0+$/, /\/+(?:index\.\w+)?$/, /(\w+\s?)+$/, /[^/]*@/, /<[^>]*>x?/])
      expect(hostileTextOf(bad), String(bad)).to.be.a('string');
    for (const good of [/(?<!0)0+$/, /^\w+=/, /<[^<>]*>/])
      expect(hostileTextOf(good), String(good)).to.equal(undefined);
  });
});
