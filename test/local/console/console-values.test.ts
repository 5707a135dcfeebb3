import { expect } from 'chai';
import fc from 'fast-check';
import { asShown } from '../../../local/console/console-values.ts';
import { bytes } from '../../support/events.ts';

describe('what the console shows of a value', () => {
  it('is the value itself, where JSON can hold it', () => {
    const unchanged = (value: unknown): void => {
      expect(asShown(value)).to.deep.equal(value);
    };
    fc.assert(fc.property(fc.jsonValue(), unchanged));
  });

  it('is the text of bytes that are UTF-8, and base64 of others', () => {
    const shown = asShown({ Data: bytes('{"cut": "東京 👩‍👩‍👧‍👦'), Zipped: Uint8Array.of(0x1f, 0x8b, 0xff) });
    expect(shown).to.deep.equal({ Data: '{"cut": "東京 👩‍👩‍👧‍👦', Zipped: 'H4v/' });
  });

  it('is a list for a set, and digits for an integer that JavaScript does not hold exactly', () => {
    const shown = asShown({ nested: [{ tags: new Set(['a', 'b']), id: 1991478936813379585n }] });
    expect(shown).to.deep.equal({ nested: [{ tags: ['a', 'b'], id: '1991478936813379585' }] });
  });
});
