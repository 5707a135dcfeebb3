import { createContext, Script } from 'node:vm';
import { expect } from 'chai';
import { type Found, regularExpressions } from './support/regular-expressions.ts';

/** What is linear takes less than a millisecond for it, what is quadratic several seconds. */
const LENGTH = 100_000;
/** For all texts of an expression, on a machine that is busy with other work. */
const LIMIT_MS = 3_000;

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
  return [...new Set([...classes.filter(([kind]) => kind.test(source)).map(([, sign]) => sign), ...named])].slice(0, 9);
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

const comesToAnEnd = (expression: RegExp, texts: readonly string[], timeout: number): boolean => {
  Object.assign(sandbox, { expression, texts });
  try {
    script.runInContext(sandbox, { timeout });
    return true;
  } catch {
    return false;
  }
};

const nameOf = ({ file, expression }: Found): string => `${file} ${expression}`;

describe('the regular expressions of the product', function () {
  this.timeout(300_000);
  let all: Found[];
  before(async () => {
    all = await regularExpressions();
  });

  it('are found, all of them', () => {
    expect(all).to.have.length.above(120);
    expect(all.map(nameOf)).to.include.members([
      String.raw`core/timestamp.ts /^\d{1,16}$/`,
      String.raw`functions/event-rollups/read-change.ts /^\d{1,40}$/`,
    ]);
  });

  it('take a time that grows with a text, whatever it holds, and not with its square', () => {
    const slow = all
      .filter(({ expression }) => UNBOUNDED.test(expression.source))
      .filter(({ expression }) => !comesToAnEnd(expression, [...hostileTexts(expression)], LIMIT_MS))
      .map(nameOf);
    expect(slow).to.deep.equal([]);
  });

  it('repeat no group without a limit: each turn takes memory, and a text of millions of signs has none left', () => {
    const deep = all.filter(({ expression }) => UNBOUNDED_GROUP.test(expression.source)).map(nameOf);
    expect(deep).to.deep.equal([]);
  });

  it('would be noticed if they were not so', () => {
    for (const bad of [/0+$/, /\/+(?:index\.\w+)?$/, /(\w+\s?)+$/, /[^/]*@/, /<[^>]*>x?/])
      expect(comesToAnEnd(bad, [...hostileTexts(bad)], 500), String(bad)).to.equal(false);
    for (const good of [/(?<!0)0+$/, /^\w+=/, /<[^<>]*>/])
      expect(comesToAnEnd(good, [...hostileTexts(good)], LIMIT_MS), String(good)).to.equal(true);
  });
});
