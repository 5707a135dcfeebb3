import { expect } from 'chai';
import fc from 'fast-check';
import { chunks, inBatches } from '../../core/batch.ts';

const cut = (...call: Parameters<typeof inBatches<string>>) => [...inBatches(...call)];
const size = (text: string) => Buffer.byteLength(text);

describe('inBatches', () => {
  it('cuts by the number of items', () => {
    const batches = cut(Array.from({ length: 1_800 }, String), { maxItems: 500, maxBytes: 1e9 }, size);
    expect(batches.map(({ length }) => length)).to.deep.equal([500, 500, 500, 300]);
    expect([...chunks('abcde', 2)]).to.deep.equal([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('cuts by bytes, which are not characters', () => {
    expect(cut(['名前', '名前', 'ab'], { maxItems: 10, maxBytes: 12 }, size)).to.deep.equal([['名前', '名前'], ['ab']]);
  });

  it('gives an item that is too large a batch of its own', () => {
    expect(cut(['a', 'x'.repeat(20), 'b'], { maxItems: 10, maxBytes: 5 }, size)).to.deep.equal([
      ['a'],
      ['x'.repeat(20)],
      ['b'],
    ]);
  });

  it('keeps every item in its order and no batch too large', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 8 })), fc.integer({ min: 1, max: 5 }), (items, maxItems) => {
        const batches = cut(items, { maxItems, maxBytes: 16 }, size);
        expect(batches.flat()).to.deep.equal(items);
        for (const batch of batches) {
          expect(batch.length).to.be.within(1, maxItems);
          if (batch.length > 1) expect(batch.map(size).reduce((a, b) => a + b)).to.be.at.most(16);
        }
      }),
    );
  });
});
