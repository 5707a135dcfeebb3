import { expect } from 'chai';
import {
  causeText,
  DisconnectedError,
  explanationIn,
  RefusedError,
  retryAfter,
  toDisconnected,
} from '../../../client/sources/disconnected.ts';

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

describe('why a connection failed', () => {
  it('is the message, or the code where there is none, as where several addresses refuse', () => {
    const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    const noTls = new Error('write EPROTO 80:error:0A00010B:SSL routines::wrong version number:\n');
    expect([new Error('reset'), noTls, refused, new RangeError()].map(causeText)).to.deep.equal([
      'reset',
      'write EPROTO 80:error:0A00010B:SSL routines::wrong version number:',
      'ECONNREFUSED',
      'RangeError',
    ]);
  });
});

describe('an answer that is not a stream', () => {
  const errorOf = (status: number, headers = {}) =>
    toDisconnected({ status, headers, found: `it answered ${status}`, remedy: 'expected a stream', now: NOW });

  const passing: [status: number, headers: object, waitMs: number][] = [
    [429, {}, 5_000],
    [429, { 'retry-after': '0' }, 0],
    [429, { 'retry-after': '30' }, 30_000],
    [429, { 'retry-after': 'Fri, 20 Nov 2026 12:02:00 GMT' }, 120_000],
    [408, {}, 0],
    [503, {}, 0],
    [503, { 'retry-after': '7' }, 7_000],
    [503, { 'retry-after': '99999999' }, 3_600_000],
    [500, { 'retry-after': 'soon' }, 0],
  ];
  for (const [status, headers, waitMs] of passing)
    it(`passes by itself: ${status} ${JSON.stringify(headers)}`, () => {
      const error = errorOf(status, headers);
      expect(error).to.be.instanceOf(DisconnectedError).and.not.instanceOf(RefusedError);
      expect(error).to.include({ message: `it answered ${status}`, retryAfterMs: waitMs });
    });

  for (const status of [200, 204, 301, 400, 401, 403, 404, 410])
    it(`is a refusal: ${status}`, () => {
      expect(errorOf(status)).to.be.instanceOf(RefusedError).and.include({ remedy: 'expected a stream' });
    });
});

describe('the explanation in an answer', () => {
  const cases: [answer: unknown, expected: string][] = [
    [{ type: 'x', title: 'Too Many', detail: 'Too many from your IP.' }, 'Too Many: Too many from your IP.'],
    [{ message: 'no' }, 'no'],
    [{ errors: [{ title: 'a' }, { message: 'b', details: ['c'] }, 7] }, 'a: b: c'],
    [{ title: 'a', errors: [{ title: 'a' }] }, 'a'],
    [{ title: 'x'.repeat(500) }, `${'x'.repeat(300)}…`],
    [{ title: `x${'🦊'.repeat(150)}` }, `x${'🦊'.repeat(149)}…`],
    [{ title: 'down\u001b[31m\u007f\u009b\u202e\ud800' }, String.raw`down\u001b[31m\u007f\u009b\u202e\ud800`],
    [{ title: 7 }, ''],
    ['a page', ''],
    [undefined, ''],
  ];
  for (const [answer, expected] of cases)
    it(`is ${JSON.stringify(expected.slice(0, 40))} for ${JSON.stringify(answer)?.slice(0, 60)}`, () => {
      expect(explanationIn(answer)).to.equal(expected);
    });
});
