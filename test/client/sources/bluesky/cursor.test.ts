import { expect } from 'chai';
import { Cursor } from '../../../../client/sources/bluesky/cursor.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const SECOND = 1_000_000;
const HOUR = 3_600 * SECOND;
const YEAR = 365 * 24 * HOUR;
const micros = (ms: number): number => ms * 1_000;

describe('the cursor of Bluesky', () => {
  let clock: ManualClock;
  beforeEach(() => {
    clock = new ManualClock(NOW);
  });
  const now = (): number => micros(clock.now());

  it('is the time of the newest message, in whatever order they come', () => {
    const cursor = new Cursor(undefined, clock);
    for (const seconds of [5, 2, 3]) cursor.reach(now() - seconds * SECOND);
    expect(cursor.time).to.equal(now() - 2 * SECOND);
  });

  it('is nothing before the first message that has a time', () => {
    const cursor = new Cursor(undefined, clock);
    cursor.reach(undefined);
    expect(cursor.time).to.equal(undefined);
    cursor.reach(now());
    cursor.reach(undefined);
    expect(cursor.time).to.equal(now());
  });

  it('is the present where a server is up to a minute ahead, or where it was seconds behind', () => {
    const resumed = new Cursor(String(now() - HOUR), clock);
    resumed.reach(now() + 60 * SECOND);
    expect(resumed.time).to.equal(now());
    const behind = new Cursor(undefined, clock);
    behind.reach(now() - 5 * SECOND);
    behind.reach(now() + YEAR);
    expect(behind.time).to.equal(now());
  });

  it('is not moved from where an earlier run ended by a message from the future', () => {
    const cursor = new Cursor(String(now() - HOUR), clock);
    cursor.reach(now() + YEAR);
    expect(cursor.time).to.equal(now() - HOUR);
    cursor.reach(now() - HOUR + SECOND);
    cursor.reach(now() + YEAR);
    expect(cursor.time).to.equal(now() - HOUR + SECOND);
  });

  it('tells once what a connection lacks, behind a message from the future as well', () => {
    const from = now() - HOUR;
    const cursor = new Cursor(String(from), clock);
    expect(cursor.resume()).to.equal(from);
    for (const time of [undefined, now() + YEAR]) expect(cursor.reach(time)).to.equal(undefined);
    expect(cursor.reach(now())).to.deep.equal({ from, to: now() });
    expect(cursor.reach(now() + HOUR)).to.equal(undefined);
    cursor.resume();
    clock.advance(60_000);
    expect(cursor.reach(now())).to.equal(undefined);
  });

  it('goes on with a clock that is late: no connection repeats the whole run', () => {
    const cursor = new Cursor(undefined, clock);
    for (let minute = 0; minute < 60; minute += 1) {
      cursor.reach(now() + 2 * HOUR);
      clock.advance(60_000);
    }
    expect(cursor.time).to.equal(now() - 60 * SECOND);
  });

  it('goes on with a late clock where it has caught up with what an earlier run left', () => {
    const cursor = new Cursor(String(now() - 10 * SECOND), clock);
    for (let second = -9; second < 3_600; second += 1) cursor.reach(now() + second * SECOND);
    expect(cursor.time).to.equal(now());
    clock.advance(60_000);
    cursor.reach(now() + 2 * HOUR);
    expect(cursor.time).to.equal(now());
  });

  it('stands still where the clock is set back, and goes on once that is over', () => {
    const cursor = new Cursor(undefined, clock);
    cursor.reach(now());
    const before = now();
    clock.advance(-HOUR / 1_000);
    cursor.reach(before + SECOND);
    expect(cursor.time).to.equal(before);
    clock.advance(HOUR / 1_000 + 2_000);
    cursor.reach(before + SECOND);
    expect(cursor.time).to.equal(before + SECOND);
  });
});
