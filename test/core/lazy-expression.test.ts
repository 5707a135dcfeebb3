import { expect } from 'chai';
import { lazyExpression } from '../../core/lazy-expression.ts';

describe('a lazy expression', () => {
  it('is made when it is first used, and once', () => {
    expect(lazyExpression('(', 'u')).to.throw(SyntaxError);
    const digits = lazyExpression(String.raw`\p{Nd}+`, 'gu');
    expect(digits()).to.deep.equal(/\p{Nd}+/gu);
    expect(digits()).to.equal(digits());
  });
});
