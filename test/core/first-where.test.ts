import { expect } from 'chai';
import { firstWhere } from '../../core/first-where.ts';

describe('firstWhere', () => {
  it('finds the first of any number, and says where there is none', () => {
    for (let count = 0; count < 20; count += 1)
      for (let first = 0; first <= count; first += 1)
        expect(firstWhere(count, (index) => index >= first)).to.equal(first);
  });
});
