import { expect } from 'chai';
import fc from 'fast-check';
import { RequestTime } from '../../../client/producer/request-time.ts';
import { runs } from '../../support/runs.ts';

const MB = 1_000_000;
const PATIENCE = 300_000;
const begun = () => new RequestTime(6_000);

describe('the time that a request may take', () => {
  it('is six seconds, and a second for each megabyte in flight', () => {
    expect([0, MB, 8 * MB].map((bytes) => begun().limitFor(bytes, 0, PATIENCE))).to.deep.equal([6_000, 7_000, 14_000]);
  });

  it('doubles where there was no answer in it, once for all that were in flight together', () => {
    const time = begun();
    for (let request = 0; request < 8; request += 1) time.ranOut(0, request, 6_000 + request);
    expect(time.limitFor(0, 7_000, PATIENCE)).to.equal(12_000);
    time.ranOut(0, 7_000, 19_000);
    expect(time.limitFor(0, 19_000, PATIENCE)).to.equal(24_000);
  });

  it('follows an answer that took long, before the next one takes longer than its time', () => {
    const time = begun();
    time.answered(0, 0, 2_999);
    expect(time.limitFor(0, 3_000, PATIENCE)).to.equal(6_000);
    time.answered(0, 0, 5_000);
    expect(time.limitFor(0, 5_000, PATIENCE)).to.equal(10_000);
  });

  it('is as at first after a fast answer to a request as large, and not after one to a small request', () => {
    const time = begun();
    time.ranOut(MB, 0, 7_000);
    time.answered(1_000, 7_000, 7_100);
    expect(time.limitFor(MB, 7_100, PATIENCE)).to.equal(14_000);
    time.answered(MB, 7_100, 7_200);
    expect(time.limitFor(MB, 7_200, PATIENCE)).to.equal(7_000);
  });

  it('is as at first once no request needed more for ten minutes', () => {
    const time = begun();
    time.ranOut(0, 0, 6_000);
    expect(time.limitFor(0, 606_000, PATIENCE)).to.equal(12_000);
    expect(time.limitFor(0, 606_001, PATIENCE)).to.equal(6_000);
  });

  it('grows no longer than the patience, and is never shorter than at first', () => {
    const time = begun();
    for (let failures = 0; failures < 20; failures += 1) time.ranOut(0, failures * 1e6, failures * 1e6);
    expect(time.limitFor(0, 2e7 - 1e6, PATIENCE)).to.equal(300_000);
    expect(time.limitFor(9 * MB, 2e7 - 1e6, 1_000)).to.equal(15_000);
  });

  it('lets every request through a slow uplink in the end, whatever else is sent on it', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 2_000 }),
        fc.array(fc.integer({ min: 100, max: 5 * MB }), { minLength: 1, maxLength: 40 }),
        (bytesPerMs, sizes) => {
          const time = begun();
          let now = 0;
          let lost = 0;
          for (const bytes of sizes) {
            const took = bytes / bytesPerMs + 50;
            for (
              let limit = time.limitFor(bytes, now, PATIENCE);
              took > limit;
              limit = time.limitFor(bytes, now, PATIENCE)
            ) {
              const sentAt = now;
              now += limit;
              time.ranOut(bytes, sentAt, now);
              lost += 1;
            }
            now += took;
            time.answered(bytes, now - took, now);
          }
          // About as often as six seconds double up to the patience, not with each request.
          expect(lost).to.be.at.most(8);
        },
      ),
      { seed: 4711, numRuns: runs(180) },
    ));
});
