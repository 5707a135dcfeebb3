import { expect } from 'chai';
import { retryAfter } from '../../../client/sources/retry-after.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');

describe('the header Retry-After', () => {
  const cases: [header: string | undefined, ms: number | undefined][] = [
    [undefined, undefined],
    ['0', 0],
    ['120', 120_000],
    ['Fri, 20 Nov 2026 12:02:00 GMT', 120_000],
    ['Friday, 20-Nov-26 12:02:00 GMT', 120_000],
    ['Fri, 20 Nov 2026 11:59:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    ['Fri, 20 Nov 2027 12:00:00 GMT', 3_600_000],
    ['9'.repeat(400), 3_600_000],
  ];
  for (const [header, ms] of cases)
    it(`means ${ms ?? 'nothing'} where it is ${header === undefined ? 'absent' : `"${header.slice(0, 40)}"`}`, () => {
      expect(retryAfter(header, NOW)).to.equal(ms);
    });
});
