import { expect } from 'chai';
import { Schedule } from '../../../client/producer/schedule.ts';

/** A schedule with a clock that only moves when it is told to. */
class Bench {
  now = 0;
  /** How far the clock moves whenever it is read. */
  tick = 0;
  /** How often the lanes were asked how long they wait. */
  looks = 0;
  alarms = 0;
  queued = { events: 0, bytes: 0 };
  wait = 0;
  readonly sleeps: { ms: number; wake: () => void; signal: AbortSignal | undefined }[] = [];
  readonly schedule = new Schedule({
    clock: {
      now: () => (this.now += this.tick),
      random: () => 0.5,
      sleep: (ms, signal) => new Promise((wake) => this.sleeps.push({ ms, wake, signal })),
    },
    lanes: Object.defineProperty({ wait: () => this.#look() }, 'queued', { get: () => this.queued }) as {
      queued: { events: number; bytes: number };
      wait: () => number;
    },
    full: { maxItems: 3, maxBytes: 1_000 },
    lingerMs: 20,
    concurrency: 4,
    backoff: { baseMs: 100, capMs: 1_000 },
    onAlarm: () => {
      this.alarms += 1;
    },
  });

  #look(): number {
    this.looks += 1;
    return this.wait;
  }

  /** Queues an event. @returns whether a request should be tried at once */
  queue(bytes = 10): boolean {
    this.queued = { events: this.queued.events + 1, bytes: this.queued.bytes + bytes };
    return this.schedule.eventQueued();
  }
}

describe('the schedule of requests', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
  });
  const openWindow = () => bench.schedule.answered({ hasAccepted: true, isTooFast: false });

  it('sends at once where no request is in flight', () => {
    bench.queue();
    expect(bench.schedule.isTime(0)).to.equal(true);
  });

  it('waits for more events while a request is in flight, but not longer than the linger', () => {
    openWindow();
    bench.schedule.requestBegins(0);
    for (bench.now = 30; bench.now < 50; bench.now += 10) bench.queue();
    expect([49, 50].map((now) => bench.schedule.isTime(now))).to.deep.equal([false, true]);
    expect(bench.sleeps.map(({ ms }) => ms)).to.deep.equal([20]);
  });

  it('sets no alarm where only the end of a request leads on', () => {
    bench.wait = Number.POSITIVE_INFINITY;
    bench.queue();
    expect(bench.sleeps).to.deep.equal([]);
  });

  it('sends a full request at once', () => {
    openWindow();
    bench.schedule.requestBegins(0);
    expect([bench.queue(), bench.queue(), bench.queue()]).to.deep.equal([false, false, true]);
    expect(bench.schedule.isTime(1)).to.equal(true);
  });

  it('does not wait where no more events come before one is settled', () => {
    openWindow();
    bench.schedule.requestBegins(0);
    bench.queue();
    bench.schedule.isFlushing = true;
    expect(bench.schedule.isTime(1)).to.equal(true);
  });

  it('has one request in flight at first, and twice as many after each that no shard found too fast', () => {
    const rooms: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      let requests = 0;
      for (; bench.schedule.hasRoom; requests += 1) bench.schedule.requestBegins(0);
      rooms.push(requests);
      for (let each = 0; each < requests; each += 1) bench.schedule.requestEnds();
      bench.schedule.answered({ hasAccepted: true, isTooFast: round === 0 });
    }
    // A shard refused a part of the first.
    expect(rooms).to.deep.equal([1, 1, 2, 4]);
  });

  it('has one request in flight again after one that was not answered, and rests', () => {
    for (let round = 0; round < 3; round += 1) openWindow();
    bench.schedule.requestBegins(0);
    expect(bench.schedule.hasRoom).to.equal(true);
    bench.schedule.ranOut(0, 0);
    expect([bench.schedule.hasRoom, bench.schedule.isTime(49)]).to.deep.equal([false, false]);
    bench.schedule.requestEnds();
    expect([bench.schedule.hasRoom, bench.schedule.isTime(50)]).to.deep.equal([true, true]);
  });

  it('does not open the window for a request of which nothing was accepted', () => {
    bench.schedule.answered({ hasAccepted: false, isTooFast: false });
    bench.schedule.requestBegins(0);
    expect(bench.schedule.hasRoom).to.equal(false);
  });

  it('rests after a request that failed as a whole, longer each time, until one is accepted', () => {
    bench.queue();
    const restOf = (): number => {
      bench.schedule.failed(bench.now, bench.now);
      const from = bench.now;
      while (!bench.schedule.isTime(bench.now)) bench.now += 1;
      return bench.now - from;
    };
    expect([restOf(), restOf(), restOf()]).to.deep.equal([50, 100, 200]);
    bench.schedule.answered({ hasAccepted: true, isTooFast: false });
    expect(restOf()).to.equal(50);
  });

  it('counts requests once that fail together', () => {
    bench.queue();
    for (let request = 0; request < 8; request += 1) bench.schedule.failed(0, 10);
    expect([59, 60].map((now) => bench.schedule.isTime(now))).to.deep.equal([false, true]);
  });

  it('looks again when a lane may send, and does not once it is stopped', async () => {
    bench.wait = 7;
    bench.queue();
    expect(bench.sleeps.map(({ ms }) => ms)).to.deep.equal([7]);
    bench.sleeps[0]!.wake();
    await Promise.resolve();
    expect(bench.alarms).to.equal(1);
    bench.schedule.setAlarm();
    bench.schedule.stop();
    expect(bench.sleeps[1]!.signal?.aborted).to.equal(true);
    bench.sleeps[1]!.wake();
    await Promise.resolve();
    expect(bench.alarms).to.equal(1);
  });

  it('looks for an event of an idle lane at once, though the alarm is that of a lane that rests', () => {
    bench.wait = 4_000;
    bench.queue();
    bench.now = 10;
    bench.wait = 0;
    bench.queue();
    expect(bench.sleeps.map(({ ms, signal }) => [ms, signal?.aborted])).to.deep.equal([
      [4_000, true],
      [0, false],
    ]);
  });

  it('looks at the lanes once for events that wait together, by a clock that moves on meanwhile', () => {
    openWindow();
    bench.schedule.requestBegins(0);
    bench.tick = 0.1;
    bench.queue();
    bench.queue();
    expect([bench.looks, bench.sleeps.length]).to.deep.equal([1, 1]);
  });

  it('replaces an alarm by an earlier one, and keeps it where the new one would be later', () => {
    bench.wait = 50;
    bench.queue();
    bench.wait = 70;
    bench.schedule.setAlarm();
    expect(bench.sleeps).to.have.length(1);
    bench.wait = 10;
    bench.schedule.setAlarm();
    expect(bench.sleeps.map(({ ms, signal }) => [ms, signal?.aborted])).to.deep.equal([
      [50, true],
      [10, false],
    ]);
  });
});
