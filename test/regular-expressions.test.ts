import { createContext, Script } from 'node:vm';
import { expect } from 'chai';
import { type Found, regularExpressions } from './support/regular-expressions.ts';

/** What is linear takes the CPU for some milliseconds at most, what is quadratic for a tenth of a second or more. */
const LENGTH = 16_000;
/** Of CPU time, for one text. How busy the machine is does not matter to it. */
const LIMIT_MS = 80;
/** What has no end at all is broken off after it. */
const END_MS = 60_000;

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
  const general = classes.filter(([kind]) => kind.test(source)).map(([, sign]) => sign);
  // Letters last: most are those of words, in which one follows the other.
  return [...new Set([...general, ...named.replace(/[a-z]/gi, ''), ...named])].slice(0, 9);
};

/** What no part asks for, and what a part that takes anything else stops at. */
const endsOf = ({ source }: RegExp): string[] => [
  ...new Set(['\u0001', ...[...source.matchAll(/\[\^\\?([^\]\w\\])/g)].map(([, sign]) => sign!)]),
];

/** Texts in which each sign, and each two of them, come very often, and which end with a sign that stops what went on until there. */
function* hostileTexts(expression: RegExp): Generator<string> {
  const signs = signsOf(expression);
  for (const end of endsOf(expression))
    for (const one of signs)
      for (const other of signs) {
        yield `${one}${other.repeat(LENGTH)}${end}`;
        if (one < other) yield `${`${one}${other}`.repeat(LENGTH / 2)}${end}`;
      }
}

const sandbox = createContext({ expression: /x/, text: '' });
const script = new Script("text.replace(expression, '')");

/** How long the CPU is busy with a text. Milliseconds; without end where it is broken off. */
const processorTime = (expression: RegExp, text: string, timeout: number): number => {
  Object.assign(sandbox, { expression, text });
  const before = process.cpuUsage();
  try {
    script.runInContext(sandbox, { timeout });
  } catch {
    return Number.POSITIVE_INFINITY;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};

const isLinear = (expression: RegExp, timeout = END_MS): boolean =>
  [...hostileTexts(expression)].every((text) => {
    // Garbage of earlier texts may be collected just then, but not each time.
    for (let tries = 3; tries > 0; tries -= 1) {
      const ms = processorTime(expression, text, timeout);
      if (ms < LIMIT_MS || ms === Number.POSITIVE_INFINITY) return ms < LIMIT_MS;
    }
    return false;
  });

const nameOf = ({ file, expression }: Found): string => `${file} ${expression}`;

describe('the regular expressions of the product', function () {
  // Each text has its own end.
  this.timeout(0);
  let all: Found[];
  before(async () => {
    all = await regularExpressions();
  });

  it('are found, all of them', () => {
    expect(all).to.have.length.above(120);
    expect(all.map(nameOf)).to.include.members([
      String.raw`core/timestamp.ts /^\d{1,16}$/`,
      String.raw`functions/event-rollups/read-change.ts /^\d{1,40}$/`,
      String.raw`core/extractors/log-level.ts /\p{Cc}\[[\d;]{0,40}[mK]/gu`,
    ]);
  });

  it('take a time that grows with a text, whatever it holds, and not with its square', () => {
    const slow = all
      .filter(({ expression }) => UNBOUNDED.test(expression.source))
      .filter(({ expression }) => !isLinear(expression))
      .map(nameOf);
    expect(slow).to.deep.equal([]);
  });

  it('repeat no group without a limit: each turn takes memory, and a text of millions of signs has none left', () => {
    const deep = all.filter(({ expression }) => UNBOUNDED_GROUP.test(expression.source)).map(nameOf);
    expect(deep).to.deep.equal([]);
  });

  it('would be noticed if they were not so', () => {
    for (const bad of [/0+$/, /\/+(?:index\.\w+)?$/, /(\w+\s?)+$/, /[^/]*@/, /<[^>]*>x?/, /^[^(]*\/[^(]*$/])
      expect(isLinear(bad, LIMIT_MS), String(bad)).to.equal(false);
    for (const good of [/(?<!0)0+$/, /^\w+=/, /<[^<>]*>/]) expect(isLinear(good), String(good)).to.equal(true);
  });
});
