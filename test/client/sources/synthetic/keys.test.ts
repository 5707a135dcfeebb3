import { expect } from 'chai';
import fc from 'fast-check';
import { keySampler } from '../../../../client/sources/synthetic/synthetic.ts';
import { seeded } from '../../../../core/random.ts';

const DRAWS = 200_000;

const countsOf = (keys: number, skew: number): number[] => {
  const next = keySampler(keys, skew, seeded(7));
  const counts = Array.from({ length: keys }, () => 0);
  for (let i = 0; i < DRAWS; i += 1) counts[next()]! += 1;
  return counts;
};

describe('the keys of synthetic events', () => {
  it('come all alike without skew', () => {
    for (const count of countsOf(20, 0)) expect(count).to.be.closeTo(DRAWS / 20, DRAWS / 200);
  });

  it("follow Zipf's law with a skew of 1: the nth comes an nth as often as the first", () => {
    const counts = countsOf(20, 1);
    const harmonic = counts.reduce((sum, _, i) => sum + 1 / (i + 1), 0);
    for (const [i, count] of counts.entries())
      expect(count).to.be.closeTo(DRAWS / harmonic / (i + 1), DRAWS / 200, `key ${i}`);
  });

  it('are more uneven the larger the skew', () => {
    const [mild, strong] = [0.5, 2].map((skew) => countsOf(20, skew)[0]!);
    expect(mild).to.be.lessThan(countsOf(20, 1)[0]!);
    expect(strong).to.be.greaterThan(DRAWS / 2);
  });

  it('are whole numbers below their count, whatever the chance', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.constantFrom(0, 0.3, 1, 10), random, (keys, skew, chance) => {
        const key = keySampler(keys, skew, () => chance)();
        expect(Number.isInteger(key) && key >= 0 && key < keys).to.equal(true);
      }),
      { seed: 17 },
    );
  });

  it('reach from the first of a million to the last', () => {
    const edges = [0, 1 - 2 ** -32].map((chance) => keySampler(1_000_000, 1, () => chance)());
    expect(edges).to.deep.equal([0, 999_999]);
  });
});
