import { expect } from 'chai';
import { toRefusalError } from '../../../../client/sources/bluesky/refusal.ts';
import { DisconnectedError } from '../../../../client/sources/reconnecting.ts';
import { SourceError } from '../../../../client/sources/source.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const refusal = (statusCode: number, headers = {}) => toRefusalError({ statusCode, headers }, 'example.org', NOW);

describe('an answer that is no WebSocket', () => {
  const passing: [status: number, headers: object, waitMs: number][] = [
    [429, {}, 5_000],
    [429, { 'retry-after': '30' }, 30_000],
    [429, { 'retry-after': 'Fri, 20 Nov 2026 12:02:00 GMT' }, 120_000],
    [503, {}, 0],
    [503, { 'retry-after': '7' }, 7_000],
    [503, { 'retry-after': '99999999' }, 3_600_000],
    [500, { 'retry-after': 'soon' }, 0],
  ];
  for (const [status, headers, waitMs] of passing)
    it(`may be another one later: ${status} ${JSON.stringify(headers)}`, () => {
      const error = refusal(status, headers);
      expect(error).to.be.instanceOf(DisconnectedError);
      expect(error).to.include({ message: `example.org answered ${status}`, retryAfterMs: waitMs });
    });

  const final: [status: number, remedy: RegExp][] = [
    [200, /expected 101 and a WebSocket of Jetstream: check --url/],
    [301, /expected 101/],
    [400, /expected a subscription that it understands: correct the query of --url$/],
    [401, /expected to be let in/],
    [403, /expected to be let in/],
    [404, /expected 101/],
  ];
  for (const [status, remedy] of final)
    it(`is final, and says what to do: ${status}`, () => {
      const error = refusal(status, { 'retry-after': '1' });
      expect(error).to.be.instanceOf(SourceError);
      expect(error.message)
        .to.match(new RegExp(`^example\\.org answered ${status}; `))
        .and.to.match(remedy);
    });
});
