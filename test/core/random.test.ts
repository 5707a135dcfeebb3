import { expect } from 'chai';
import { between, seeded } from '../../core/random.ts';

const take = (count: number, seed: number): number[] => {
  const random = seeded(seed);
  return Array.from({ length: count }, random);
};

describe('the seeded numbers', () => {
  it('are those of mulberry32, so that a seed means the same in every version', () => {
    expect(take(3, 1)).to.deep.equal([0.6270739405881613, 0.002735721180215478, 0.5274470399599522]);
  });

  it('are from 0 up to 1, and spread evenly', () => {
    const numbers = take(10_000, 4_294_967_295);
    expect(numbers.every((number) => number >= 0 && number < 1)).to.equal(true);
    expect(numbers.reduce((sum, number) => sum + number) / 10_000).to.be.closeTo(0.5, 0.02);
  });

  it('give whole numbers from the first up to and without the last', () => {
    const random = seeded(1);
    const found = Array.from({ length: 1_000 }, () => between(random, 3, 6));
    expect(new Set(found)).to.deep.equal(new Set([3, 4, 5]));
  });
});
