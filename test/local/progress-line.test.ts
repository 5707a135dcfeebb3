import { expect } from 'chai';
import { progressLine } from '../../local/progress-line.ts';

const COUNTS = { read: 400, sent: 300, failed: 0, stored: 200, rolledUp: 0 };

describe('the progress of npm start', () => {
  it('tells what is stored, and how fast, where nobody knows the end', () => {
    expect(progressLine({ ...COUNTS, rolledUp: 150 }, 99.6, 60_000)).to.equal(
      '200 stored, 100/s, 400 read, 300 sent, 150 in rollups',
    );
  });

  it('counts a part of a file as done once its events are stored', () => {
    const file = { start: 0, readTo: 500, size: 1_000 };
    expect(progressLine({ ...COUNTS, file }, 0, 60_000)).to.contain(', 25 %, 3 min left, ');
  });

  it('tells how far it is on the way to --max, and of failures before what a narrow terminal cuts off', () => {
    expect(progressLine({ ...COUNTS, failed: 50 }, 0, 60_000, 1_000)).to.match(
      /^200 stored, 0\/s, 50 failed, 25 %, 3 min left, /,
    );
  });
});
