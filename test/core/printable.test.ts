import { expect } from 'chai';
import fc from 'fast-check';
import { shown } from '../../core/json.ts';
import { printable } from '../../core/printable.ts';
import { shortened } from '../../core/shortened.ts';
import { anyText } from '../support/any-text.ts';

describe('printable text', () => {
  it('has an escape for each control character and each turn of direction', () => {
    expect(printable('a\u001b[31mRED\u0007\u009b31m\u007f\n\t')).to.equal(
      'a\\u001b[31mRED\\u0007\\u009b31m\\u007f\\u000a\\u0009',
    );
    for (const code of [0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2066, 0x2069, 0xfeff, 0xd800])
      expect(printable(String.fromCharCode(code))).to.equal(`\\u${code.toString(16).padStart(4, '0')}`);
  });

  it('is every other text as it stands', () => {
    for (const text of ['naïve café', '名前 🦊', 'שלום', '👩‍👩‍👧‍👦', '\\u001b', ''])
      expect(printable(text)).to.equal(text);
  });

  it('holds nothing that a terminal acts upon, whatever the text', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        for (const value of [printable(text), shown(text)])
          expect(value).not.to.match(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a text that is shortened', () => {
  it('stays whole where it has room', () => {
    for (const text of ['', 'ab', '🦊']) expect(shortened(text, 2)).to.equal(text);
  });

  it('ends between two characters', () => {
    expect(shortened('a🦊🦊', 4)).to.equal('a🦊…');
    expect(shortened('a🦊🦊', 3)).to.equal('a🦊…');
    expect(shown(`a${'🦊'.repeat(40)}`)).to.equal(`"a${'🦊'.repeat(39)}…"`);
  });
});
