import { expect } from 'chai';
import { waitAfter } from '../../../../client/sources/twitter/reconnect.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');

/** What X asks for, without the random part. */
const wait = (kind: 'network' | 'server' | 'limited', nth: number, resetAt?: number): number =>
  waitAfter({ kind, ...(resetAt !== undefined && { resetAt }) }, nth, NOW, 0);

describe('the wait before a reconnect', () => {
  it('is nothing after the first lost connection, and 250 ms more after each, up to 16 s', () => {
    expect([1, 2, 3, 65, 66, 1_000].map((nth) => wait('network', nth))).to.deep.equal([
      0, 250, 500, 16_000, 16_000, 16_000,
    ]);
  });

  it('doubles from 5 s up to 320 s while X is not well', () => {
    expect([1, 2, 3, 7, 8, 5_000].map((nth) => wait('server', nth))).to.deep.equal([
      5_000, 10_000, 20_000, 320_000, 320_000, 320_000,
    ]);
  });

  it('doubles from 60 s up to a whole window while X limits the rate', () => {
    expect([1, 2, 3, 4, 5].map((nth) => wait('limited', nth))).to.deep.equal([
      60_000, 120_000, 240_000, 480_000, 900_000,
    ]);
  });

  it('lasts until a second after the reset, where X says when that is', () => {
    expect(wait('limited', 3, NOW + 12_000)).to.equal(13_000);
  });

  it('does not trust a reset in the past or further away than a window', () => {
    expect(wait('limited', 1, NOW - 5_000)).to.equal(60_000);
    expect(wait('limited', 1, NOW + 3_600_000)).to.equal(900_000);
  });

  it('gets up to a tenth longer by chance, and never shorter', () => {
    expect(waitAfter({ kind: 'server' }, 1, NOW, 0.5)).to.equal(5_250);
    expect(waitAfter({ kind: 'network' }, 1, NOW, 0.5)).to.equal(0);
  });
});
