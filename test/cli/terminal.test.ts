import { expect } from 'chai';
import { columnsOf, isTerminal, paintFor, takesColours } from '../../cli/terminal.ts';

const TERMINAL = { isTTY: true };
const PIPE = {};

describe('isTerminal', () => {
  it('is true of a terminal, unless it calls itself dumb', () => {
    expect(isTerminal(TERMINAL, {})).to.equal(true);
    expect(isTerminal(TERMINAL, { TERM: 'dumb' })).to.equal(false);
    expect(isTerminal(PIPE, {})).to.equal(false);
  });
});

describe('columnsOf', () => {
  it('is 80 where nothing tells the width of a line, and where a terminal has no window', () => {
    expect([PIPE, { isTTY: true, columns: 0 }, { isTTY: true, columns: 132 }].map(columnsOf)).to.deep.equal([
      80, 80, 132,
    ]);
  });
});

describe('takesColours', () => {
  const cases: [name: string, output: object, env: Record<string, string>, expected: boolean][] = [
    ['a terminal', TERMINAL, {}, true],
    ['a pipe', PIPE, {}, false],
    ['a dumb terminal', TERMINAL, { TERM: 'dumb' }, false],
    ['a terminal with NO_COLOR', TERMINAL, { NO_COLOR: '1' }, false],
    ['a terminal with an empty NO_COLOR', TERMINAL, { NO_COLOR: '' }, true],
    ['a pipe with FORCE_COLOR', PIPE, { FORCE_COLOR: '1' }, true],
    ['a terminal with FORCE_COLOR=0', TERMINAL, { FORCE_COLOR: '0' }, false],
    ['a pipe with FORCE_COLOR and NO_COLOR', PIPE, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  ];
  for (const [name, output, env, expected] of cases)
    it(`is ${expected} of ${name}`, () => {
      expect(takesColours(output, env)).to.equal(expected);
    });
});

describe('paintFor', () => {
  it('colours what is good and what is bad, and leaves plain text where there are no colours', () => {
    expect(paintFor(TERMINAL, {})('bad', 'x')).to.equal('\x1b[31mx\x1b[39m');
    expect(paintFor(TERMINAL, {})('good', 'x')).to.equal('\x1b[32mx\x1b[39m');
    expect(paintFor(PIPE, {})('bad', 'x')).to.equal('x');
  });
});
