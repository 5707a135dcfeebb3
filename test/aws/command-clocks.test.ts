import { expect } from 'chai';
import { withoutStandstills } from '../../aws/command-clocks.ts';

describe('the clock of commands', () => {
  it('goes on while its process runs, and stands still while that is stopped or its machine sleeps', () => {
    let time = 500;
    const now = withoutStandstills(() => time);
    const passed = [1_000, 3_000, 3_600_000, 10, 3_001, 0].map((ms) => {
      time += ms;
      return now() - 500;
    });
    expect(passed).to.deep.equal([1_000, 4_000, 4_000, 4_010, 4_010, 4_010]);
  });
});
