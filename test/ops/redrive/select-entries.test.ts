import { expect } from 'chai';
import { countPassedOver, type Selection } from '../../../ops/redrive/select-entries.ts';
import type { SetAsideEntry } from '../../../ops/redrive/set-aside.ts';

const [BEFORE, SINCE] = [2_000, 1_000];
const entry = (reason: string, setAsideAt: number): SetAsideEntry => ({
  name: reason,
  detail: 'why',
  reason,
  setAsideAt,
  size: 1,
  events: async () => [],
});

describe('what a redrive passes over', () => {
  const found = (selection: Partial<Selection>) => {
    const { passedOver, onPassedOver } = countPassedOver({ reasons: [], before: BEFORE, ...selection });
    onPassedOver(entry('NotJson', 999));
    onPassedOver(entry('TooDeep', BEFORE));
    onPassedOver(entry('TooDeep', BEFORE + 1));
    return passedOver;
  };

  it('has the reasons that were not asked for', () => {
    expect(found({ reasons: ['NotJson'] })).to.deep.equal({ entries: 3, tooNew: 2, reasons: new Set(['TooDeep']) });
  });

  it('has no reasons where all of them were asked for, and only times leave it out', () => {
    expect(found({ since: SINCE })).to.deep.equal({ entries: 3, tooNew: 2, reasons: new Set() });
  });
});
