import { expect } from 'chai';
import { systemClocks } from '../../aws/system-clock.ts';

describe('the clock of commands', () => {
  it('goes on while its process runs, and stands still while that is stopped or its machine sleeps', () => {
    const { clock } = systemClocks;
    const { now } = performance;
    let time = performance.now();
    performance.now = () => time;
    try {
      const began = clock.now();
      const passed = [1_000, 3_000, 3_600_000, 10, 3_001, 0].map((ms) => {
        time += ms;
        return Math.round(clock.now() - began);
      });
      expect(passed).to.deep.equal([1_000, 4_000, 4_000, 4_010, 4_010, 4_010]);
    } finally {
      performance.now = now;
    }
  });
});
