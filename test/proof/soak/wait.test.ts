import { expect } from 'chai';
import { untilSettled } from '../../../proof/soak/wait.ts';

const STALL_MS = 1_000;

/** A clock whose time goes by only while somebody sleeps. */
const setUp = () => {
  let time = 0;
  const clock = {
    now: () => time,
    sleep: async (ms: number) => {
      time += ms;
    },
    random: () => 0,
  };
  return { clock, signal: new AbortController().signal, stallMs: STALL_MS };
};

describe('waiting until everything is settled', () => {
  it('goes on while more comes, even where nothing is left or nothing moves', async () => {
    const options = setUp();
    let left = 0;
    const isComplete = (): boolean => options.clock.now() >= 5 * STALL_MS;
    const look = async () => {
      left = isComplete() ? Math.max(0, left - 1) : 3;
      return { left, progress: left };
    };
    expect(await untilSettled(look, { ...options, isComplete })).to.equal(0);
    expect(options.clock.now()).to.be.above(5 * STALL_MS);
  });

  it('gives up after so long without progress, and says what is left', async () => {
    const options = setUp();
    expect(await untilSettled(async () => ({ left: 2, progress: 7 }), options)).to.equal(2);
    expect(options.clock.now()).to.be.within(STALL_MS, 2 * STALL_MS);
  });

  it('looks once more at what came before the end was known', async () => {
    const options = setUp();
    const looks = [0, 1, 0];
    let complete = false;
    const look = async () => {
      const left = looks.shift()!;
      complete = true;
      return { left, progress: left };
    };
    expect(await untilSettled(look, { ...options, isComplete: () => complete })).to.equal(0);
    expect(looks).to.deep.equal([]);
  });
});
