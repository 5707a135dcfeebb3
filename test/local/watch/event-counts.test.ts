import { expect } from 'chai';
import { EventCounts } from '../../../local/watch/event-counts.ts';
import { Paced } from '../../../local/watch/paced.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const batch = (fields: object): string => JSON.stringify({ message: 'batch processed', written: 0, ...fields });
const never = new AbortController().signal;

describe('the counts of a local stack', () => {
  it('are what the lines of both functions say', () => {
    const counts = new EventCounts(new ManualClock(1_000_000));
    for (const line of [
      batch({
        events: 9,
        written: 3,
        superseded: 2,
        stale: 1,
        rejected: 2,
        unwritten: 1,
        newestRecordMilliseconds: 40,
      }),
      // Below the threshold of the log a line has metrics only.
      JSON.stringify({ FunctionName: 'f', events: 4, written: 4, dropped: 1, _aws: {} }),
      JSON.stringify({ message: 'changes applied', changes: 7 }),
      JSON.stringify({ message: 'events rejected', rejectedForReason: 2, Reason: 'NotJson' }),
      'START RequestId: x',
      '{"cut',
      'null',
    ])
      counts.line(line);
    expect(counts.figures()).to.deep.equal({
      events: 13,
      written: 7,
      superseded: 2,
      stale: 1,
      rejected: 2,
      unwritten: 1,
      dropped: 1,
      changes: 7,
      lag: 40,
    });
    expect(counts.lines).to.equal(3);
  });

  it('show a minute at least, with what was stored and rejected in each second that is over', () => {
    const clock = new ManualClock(1_000_000_000);
    const counts = new EventCounts(clock);
    for (const fields of [{ written: 3, rejected: 2 }, { written: 1, rejected: 1 }, { written: 4 }])
      counts.line(batch(fields));
    counts.line(JSON.stringify({ message: 'changes applied', changes: 7 }));
    expect(counts.rate().times, 'the first second is not over').to.have.length(60);
    expect(Math.max(...counts.rate().stored)).to.equal(0);
    clock.advance(10_000);
    const { times, stored, rejected } = counts.rate();
    expect([times[0], times.at(-1)]).to.deep.equal([1_000_010 - 60, 1_000_009]);
    const at = times.indexOf(1_000_000);
    expect([stored[at], rejected[at]]).to.deep.equal([8, 3]);
    expect([stored, rejected].map((all) => all.filter((events) => events !== 0))).to.deep.equal([[8], [3]]);
  });

  it('remember five minutes by second, however long it runs', () => {
    const clock = new ManualClock(1_000_000_000);
    const counts = new EventCounts(clock);
    for (let second = 0; second < 4_000; second += 1) {
      counts.line(batch({ written: second, rejected: 1 }));
      clock.advance(1_000);
    }
    const { times, stored, rejected } = counts.rate();
    expect(new Set(rejected)).to.deep.equal(new Set([1]));
    expect(times).to.have.length(299);
    expect(times.at(-1)).to.equal(1_000_000 + 3_999);
    expect(stored).to.deep.equal(Array.from({ length: 299 }, (_, index) => 3_701 + index));
    clock.advance(299_000);
    expect(counts.rate().stored.slice(1)).to.deep.equal(Array(298).fill(0));
  });
});

describe('a value that takes a while to find', () => {
  it('is found again after a pause, and only where something has changed', async () => {
    const clock = new ManualClock();
    let [version, finds] = [0, 0];
    let pause: number | undefined;
    const value = new Paced({
      find: async () => {
        finds += 1;
        clock.advance(100);
        return finds;
      },
      pauseAfter: (ms) => pause ?? ms * 9,
      version: () => version,
      clock,
    });
    const later = () => new Promise(setImmediate);
    expect(value.latest(never)).to.equal(undefined);
    await later();
    expect(value.latest(never)).to.equal(1);
    clock.advance(10_000);
    value.latest(never);
    await later();
    expect(finds).to.equal(1);
    version += 1;
    value.latest(never);
    await later();
    expect(value.latest(never)).to.equal(2);
    version += 1;
    clock.advance(899);
    value.latest(never);
    await later();
    expect(finds).to.equal(2);
    clock.advance(1);
    value.latest(never);
    await later();
    expect(finds).to.equal(3);
    value.expire();
    value.latest(never);
    await later();
    expect(finds).to.equal(4);
    // Long before the pause is over, but nothing moves any more.
    pause = 3_600_000;
    version += 1;
    clock.advance(900);
    for (const [ms, expected] of [
      [0, 5],
      [1, 5],
      [1_999, 5],
      [1, 6],
      [10_000, 6],
    ] as const) {
      if (ms === 1) version += expected === 5 ? 1 : 0;
      clock.advance(ms);
      value.latest(never);
      await later();
      expect(finds, `after ${ms} ms`).to.equal(expected);
    }
  });

  it('stays what it was where it cannot be found, and says why', async () => {
    const clock = new ManualClock();
    const answers: (() => number)[] = [
      () => 1,
      () => {
        throw new Error('no table');
      },
      () => 2,
    ];
    const value = new Paced({ find: async () => answers.shift()!(), pauseAfter: () => 0, clock });
    const seen: unknown[] = [];
    for (let look = 0; look < 4; look += 1) {
      seen.push([value.latest(never), value.problem]);
      await new Promise(setImmediate);
      if (answers.length === 0) break;
    }
    expect(seen).to.deep.equal([
      [undefined, undefined],
      [1, undefined],
      [1, 'Error: no table'],
    ]);
    expect(value.latest(never)).to.equal(2);
    expect(value.problem, 'it was found again').to.equal(undefined);
  });

  it('is looked for once at a time, and again where something changed while it was being found', async () => {
    const waiting: ((value: number) => void)[] = [];
    const signals: AbortSignal[] = [];
    const value = new Paced({
      find: (signal) => {
        signals.push(signal);
        return new Promise<number>((resolve) => waiting.push(resolve));
      },
      pauseAfter: () => 1_000,
      version: () => 1,
      clock: new ManualClock(),
    });
    value.latest(never);
    value.expire();
    value.latest(never);
    expect(signals).to.deep.equal([never]);
    waiting[0]!(1);
    await new Promise(setImmediate);
    expect(value.latest(never)).to.equal(1);
    expect(waiting, 'it was expired meanwhile').to.have.length(2);
  });

  it('is looked for again after a failure, though nothing has changed, but a page that was closed is not a failure', async () => {
    let finds = 0;
    const value = new Paced({
      find: async () => {
        finds += 1;
        throw new Error('no table');
      },
      pauseAfter: () => 0,
      version: () => 1,
      clock: new ManualClock(),
    });
    value.latest(AbortSignal.abort());
    await new Promise(setImmediate);
    expect(value.problem).to.equal(undefined);
    value.expire();
    for (let look = 0; look < 2; look += 1) {
      value.latest(never);
      await new Promise(setImmediate);
    }
    expect(value.problem).to.equal('Error: no table');
    expect(finds).to.equal(3);
  });
});
