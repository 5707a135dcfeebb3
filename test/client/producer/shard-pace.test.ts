import { expect } from 'chai';
import { Pace, unitsOf } from '../../../client/producer/shard-pace.ts';

/** A shard that takes so many units a second, and saves up those of one second. */
class Shard {
  readonly rate: number;
  #left: number;
  #at = 0;

  constructor(rate: number) {
    this.rate = rate;
    this.#left = rate;
  }

  takes(now: number): boolean {
    this.#left = Math.min(this.rate, this.#left + (this.rate * (now - this.#at)) / 1000);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}

/** Sends as much as the pace lets through, in requests of 500, for so many milliseconds. */
const drive = (pace: Pace, shard: Shard, from: number, ms: number): { taken: number; refused: number } => {
  const counts = { taken: 0, refused: 0 };
  for (let now = from; now < from + ms; now += 5) {
    if (pace.wait(10_000, now) > 0) continue;
    let isRefused = false;
    for (let sent = 0; sent < 500 && pace.isOpen; sent += 1) {
      pace.spend(1, now);
      if (shard.takes(now + 5)) {
        counts.taken += 1;
        pace.accepted(1, now + 5);
      } else {
        counts.refused += 1;
        isRefused = true;
      }
    }
    if (isRefused) pace.refused(now, now + 5);
  }
  return counts;
};

describe('the pace of a shard', () => {
  it('has no limit before the shard refused something', () => {
    const pace = new Pace();
    for (let now = 0; now < 1_000; now += 1) {
      pace.spend(1_000, now);
      pace.accepted(1_000, now);
    }
    expect(pace.limit).to.equal(Number.POSITIVE_INFINITY);
    expect(pace.wait(10_000, 1_000)).to.equal(0);
    expect(pace.isOpen).to.equal(true);
  });

  for (const rate of [1_000, 3_000, 20_000])
    it(`keeps a shard of ${rate} records a second full, and hardly outruns it`, () => {
      const [pace, shard] = [new Pace(), new Shard(rate)];
      drive(pace, shard, 0, 3_000);
      const { taken, refused } = drive(pace, shard, 3_000, 20_000);
      expect(taken).to.be.above(rate * 20 * 0.95);
      expect(refused).to.be.below(taken * 0.05);
    });

  it('finds the new limit of a shard that takes more, and of one that takes less', () => {
    const [pace, slow, fast] = [new Pace(), new Shard(1_000), new Shard(8_000)];
    drive(pace, slow, 0, 3_000);
    drive(pace, fast, 3_000, 5_000);
    expect(drive(pace, fast, 8_000, 5_000).taken).to.be.above(36_000);
    drive(pace, slow, 13_000, 3_000);
    expect(drive(pace, slow, 16_000, 5_000).refused).to.be.below(500);
  });

  it('is cut once for the requests that were in flight together, and again for one that was sent after the cut', () => {
    const pace = new Pace();
    pace.spend(10_000, 0);
    pace.accepted(10_000, 990);
    const refused = (sentAt: number, now: number): number => {
      pace.refused(sentAt, now);
      return pace.limit;
    };
    const cut = refused(980, 1_000);
    expect([refused(990, 1_010), refused(1_000, 1_020)]).to.deep.equal([cut, cut]);
    expect(refused(1_001, 1_030)).to.be.below(0.91 * cut);
  });

  it('is cut a little below what the shard accepted so far, and saves nothing up before that', () => {
    const pace = new Pace();
    pace.spend(2_000, 100_000);
    pace.accepted(2_000, 100_500);
    pace.refused(100_400, 100_500);
    expect(pace.limit).to.be.within(3_500, 4_600);
    expect(pace.wait(10_000, 100_500)).to.be.above(0);
  });

  it('grows to twice as much at most, however long nothing was sent', () => {
    const pace = new Pace();
    pace.spend(1_000, 0);
    pace.accepted(1_000, 1_000);
    pace.refused(900, 1_000);
    const { limit } = pace;
    pace.accepted(1, 20_000);
    expect(pace.limit).to.equal(2 * limit);
  });

  it('sends a record that is larger than what is saved up, and then waits it off', () => {
    const [pace, shard] = [new Pace(), new Shard(1_000)];
    drive(pace, shard, 0, 3_000);
    expect(pace.wait(10_000, 3_050)).to.equal(0);
    pace.spend(1_000, 3_050);
    expect(pace.isOpen).to.equal(false);
    expect(pace.wait(10_000, 3_050)).to.be.within(500, 1_200);
  });

  it('forgets its limit after half a minute without a refusal', () => {
    const [pace, shard] = [new Pace(), new Shard(1_000)];
    drive(pace, shard, 100_000, 2_000);
    expect(pace.limit).to.be.below(2_000);
    pace.accepted(1, 132_100);
    expect(pace.limit).to.equal(Number.POSITIVE_INFINITY);
  });

  it('does not come to a halt where everything is refused for another cause', () => {
    const pace = new Pace();
    for (let now = 0; now < 10_000; now += 10) {
      pace.spend(1, now);
      pace.refused(now, now + 1);
    }
    expect(pace.limit).to.be.within(500, 1_000);
  });

  it('counts a small record as one, and a large one by its bytes', () => {
    expect(unitsOf(200)).to.equal(1);
    expect(unitsOf(1024 * 1024)).to.be.closeTo(1_000, 1e-6);
  });
});
