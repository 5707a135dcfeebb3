import { expect } from 'chai';
import { defined } from '../../../core/defined.ts';
import type { Rollup } from '../../../core/processor.ts';
import { RollupView } from '../../../core/rollups/view.ts';
import { toBars } from '../../../ops/rollups/show.ts';

const rollup: Rollup = {
  name: 'balances',
  every: 'day',
  of: ({ Username: group, Message }) => ({ group, values: { ...(Message !== undefined && { amount: Message }) } }),
};

/** The lines of each group, with its sum, and what is said of them. */
const shownOf = (sums: Record<string, string | undefined>): string[] => {
  const view = new RollupView([rollup]);
  for (const [Username, Message] of Object.entries(sums))
    view.addRow({
      ...{ Username, Id: '1', Timestamp: '2026-11-20T12:00:00.000Z', Type: 'posting' },
      ...defined({ Message }),
    });
  return toBars({ rollup, windows: ['2026-11-20'], view, top: 5, value: 'amount' }, 80)
    .trimEnd()
    .split('\n');
};

describe('the groups of a rollup', () => {
  it('are in the order of their sums where no double tells these apart', () => {
    const sums = {
      a: '9007199254740992',
      b: '9007199254740993',
      c: '9007199254740992.5',
      d: '-1',
      e: '9007199254740992',
    };
    expect(
      shownOf(sums)
        .slice(1)
        .map((line) => line[0]),
    ).to.deep.equal(['b', 'c', 'a', 'e', 'd']);
  });

  it('are those that have the number, so that none without it stands before a sum below 0', () => {
    const without = Object.fromEntries(['u', 'v', 'w', 'x', 'y', 'z'].map((name) => [name, undefined]));
    expect(shownOf({ ...without, a: '-12.5', b: '-3' })).to.deep.equal([
      'balances.1 by day, 2026-11-20: 2 rows in 2 groups',
      'b     -3',
      'a  -12.5',
    ]);
  });
});
