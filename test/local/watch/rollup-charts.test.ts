import { expect } from 'chai';
import type { EventData } from '../../../core/event-data.ts';
import type { Rollup } from '../../../core/processor.ts';
import { RollupView } from '../../../core/rollups/view.ts';
import { rollupCharts } from '../../../local/watch/rollup-charts.ts';

const ROLLUP: Rollup = { name: 'events', every: 'hour', of: ({ Type }) => ({ group: Type }) };

/** A time of the day on which the page is looked at. */
const at = (time: string): string => `2026-11-20T${time}:00.000Z`;
const NOW = Date.parse(at('12:30'));

/** The chart of rows of one type. */
const chartOf = (...times: string[]) => {
  const view = new RollupView([ROLLUP]);
  for (const [index, Timestamp] of times.entries())
    view.addRow({ Username: 'u', Id: `${index}`, Timestamp, Type: 'view' } satisfies EventData);
  return rollupCharts([ROLLUP], view, NOW)[0]!;
};

/** As the chart has times. */
const seconds = (...times: string[]): number[] => times.map((time) => Date.parse(at(time)) / 1_000);

describe('the chart of a rollup', () => {
  it('has lines over the windows from the first to the last, those without rows included', () => {
    const { times, series } = chartOf(at('09:59'), at('12:00'), at('12:29'));
    expect(times).to.deep.equal(seconds('09:00', '10:00', '11:00', '12:00'));
    expect(series).to.deep.equal([{ group: 'view', rows: [1, 0, 0, 2] }]);
  });

  it('has sums with all of their digits, and commas between the thousands', () => {
    const sold: Rollup = { name: 'sold', every: 'ever', of: () => ({ group: 'all', values: { eur: 1_234_567.25 } }) };
    const view = new RollupView([sold]);
    view.addRow({ Username: 'u', Id: '1', Timestamp: at('12:00'), Type: 'sale' });
    expect(rollupCharts([sold], view, NOW)[0]!.bars).to.deep.equal([
      { group: 'all', rows: 1, sums: ['eur 1,234,567.25'] },
    ]);
  });

  it('leaves out of its lines what a clock ahead of time has sent, and counts it in its bars', () => {
    const { bars, times, series } = chartOf(at('11:00'), at('12:00'), at('13:00'), '9999-12-31T23:59:59.999Z');
    expect(bars).to.deep.equal([{ group: 'view', rows: 4, sums: [] }]);
    expect(times).to.deep.equal(seconds('11:00', '12:00'));
    expect(series).to.deep.equal([{ group: 'view', rows: [1, 1] }]);
  });

  it('has its ten largest groups as bars and five of them as lines, and nothing of another rollup', () => {
    const daily: Rollup = { name: 'days', every: 'day', of: () => ({ group: 'all' }) };
    const view = new RollupView([ROLLUP, daily]);
    const types = Array.from({ length: 12 }, (_, index) => `type ${index}`);
    for (const [index, Type] of types.entries())
      for (let left = types.length - index; left >= 0; left -= 1)
        view.addRow({ Username: Type, Id: `${left}`, Timestamp: at(left === 0 ? '11:00' : '12:00'), Type });
    const [hours, days] = rollupCharts([ROLLUP, daily], view, NOW);
    expect(hours!.bars.map(({ group }) => group)).to.deep.equal(types.slice(0, 10));
    expect(hours!.series.map(({ group }) => group)).to.deep.equal(types.slice(0, 5));
    expect(days).to.deep.include({ groups: 1, times: [], series: [] });
  });

  it('has lines of what is yet to come where all of it is', () => {
    expect(chartOf(at('13:00'), at('14:00')).times).to.deep.equal(seconds('13:00', '14:00'));
  });

  it('has the last 120 windows, however old the first is', () => {
    const { times, series } = chartOf('0000-01-01T00:00:00.000Z', at('08:00'));
    expect([times.length, times.at(-1)]).to.deep.equal([120, ...seconds('08:00')]);
    expect(series[0]!.rows.slice(-2)).to.deep.equal([0, 1]);
  });

  it('has no lines over one window', () => {
    for (const times of [[], [at('08:00'), at('08:30')]])
      expect(chartOf(...times), String(times)).to.deep.include({ times: [], series: [] });
  });
});
