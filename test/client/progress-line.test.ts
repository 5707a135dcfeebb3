import { expect } from 'chai';
import { duration } from '../../cli/numbers.ts';
import { progressLine } from '../../client/progress-line.ts';
import { clientCounts } from '../support/counts.ts';

const COUNTS = clientCounts({ read: 2_000, sent: 1_234, inFlight: 500, retried: 12, refused: 3 });

describe('the progress line', () => {
  it('tells what was sent, how fast, what is on its way, and what Kinesis did not take at once', () => {
    expect(progressLine(COUNTS, 456.7)).to.equal('1,234 sent, 457/s, 500 in flight, 12 retried, 3 refused');
  });

  it('tells of failures before all else that a narrow terminal may cut off', () => {
    expect(progressLine({ ...COUNTS, failed: 7 }, 0)).to.match(/^1,234 sent, 0\/s, 7 failed, /);
  });

  it('tells how much of a file is delivered, and how long the rest will take', () => {
    const file = { start: 0, readTo: 500, size: 1_000 };
    const counts = { ...COUNTS, sent: 990, failed: 10, file };
    expect(progressLine(counts, 0, 60_000)).to.match(/^990 sent, 0\/s, 10 failed, 25 %, 3 min left, 500 in flight/);
    const resumed = { ...counts, file: { start: 400, readTo: 600, size: 1_000 } };
    expect(progressLine(resumed, 0, 60_000)).to.contain(' 50 %, 5 min left, ');
  });

  it('tells how far it is on the way to --max, or in its file where that ends before', () => {
    expect(progressLine({ ...COUNTS, sent: 240, failed: 10 }, 0, 60_000, 1_000)).to.contain(' 25 %, 3 min left, ');
    const file = { start: 0, readTo: 500, size: 1_000 };
    expect(progressLine({ ...COUNTS, read: 250, sent: 250, file }, 0, 60_000, 1_000)).to.contain(' 50 %, 60 s left, ');
    expect(progressLine({ ...COUNTS, read: 250, sent: 250, file }, 0, 60_000, 333)).to.contain(' 75 %, 20 s left, ');
  });

  it('tells how far it is behind a live source', () => {
    expect(progressLine({ ...COUNTS, lagMs: 1_240 }, 0)).to.match(/, 1\.2 s behind$/);
  });

  it('fits 80 columns with the numbers of a large run', () => {
    const large = { ...COUNTS, sent: 999_999, inFlight: 4_000, retried: 999, refused: 999, lagMs: 500 };
    expect(progressLine(large, 99_999).length).to.be.below(80);
  });
});

describe('duration', () => {
  for (const [ms, text] of [
    [-50, '0.0 s'],
    [449, '0.4 s'],
    [9_960, '10 s'],
    [119_000, '119 s'],
    [119_700, '2 min'],
    [7_140_000, '119 min'],
    [7_200_000, '2 h'],
    [3_600_000_000, '1,000 h'],
  ] as const)
    it(`is ${text} of ${ms} ms`, () => {
      expect(duration(ms)).to.equal(text);
    });
});
