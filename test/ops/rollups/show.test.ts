import { expect } from 'chai';
import type { Rollup } from '../../../core/processor.ts';
import { RollupView } from '../../../core/rollups/view.ts';
import { toBars } from '../../../ops/rollups/show.ts';

describe('the groups of a rollup', () => {
  it('are in the order of their sums where no double tells these apart', () => {
    const rollup: Rollup = {
      name: 'balances',
      every: 'day',
      of: ({ Username: group, Message = '' }) => ({ group, values: { amount: Message } }),
    };
    const view = new RollupView([rollup]);
    const sums = {
      a: '9007199254740992',
      b: '9007199254740993',
      c: '9007199254740992.5',
      d: '-1',
      e: '9007199254740992',
    };
    for (const [Username, Message] of Object.entries(sums))
      view.addRow({ Username, Id: '1', Timestamp: '2026-11-20T12:00:00.000Z', Type: 'posting', Message });
    const shown = toBars({ rollup, windows: ['2026-11-20'], view, top: 5, value: 'amount' }, 80).split('\n');
    expect(shown.slice(1, 6).map((line) => line[0])).to.deep.equal(['b', 'c', 'a', 'e', 'd']);
  });
});
