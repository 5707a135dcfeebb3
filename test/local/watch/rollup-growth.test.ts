import { expect } from 'chai';
import { LINES } from '../../../local/watch/rollup-charts.ts';
import { RollupGrowth } from '../../../local/watch/rollup-growth.ts';
import type { RollupChart } from '../../../local/watch/watched.ts';

const chart = (counts: Record<string, number>, more: Partial<RollupChart> = {}): RollupChart => ({
  name: 'events',
  every: 'hour',
  groups: Object.keys(counts).length,
  bars: Object.entries(counts).map(([group, rows]) => ({ group, rows, sums: [] })),
  over: 'windows',
  times: [],
  series: [],
  ...more,
});

describe('the growth of a rollup', () => {
  it('is shown from the second count on, until there are two windows', () => {
    const growth = new RollupGrowth();
    expect(growth.seen([chart({})], 500)).to.deep.equal([chart({})]);
    expect(growth.seen([chart({ view: 1 })], 1_000)).to.deep.equal([chart({ view: 1 })]);
    expect(growth.seen([chart({ view: 1 })], 2_000), 'nothing came').to.deep.equal([chart({ view: 1 })]);
    const [grown] = growth.seen([chart({ order: 5, view: 3 })], 3_000);
    expect(grown).to.deep.include({ over: 'arrival', times: [1, 3] });
    expect(grown?.series).to.deep.equal([
      { group: 'order', rows: [0, 5] },
      { group: 'view', rows: [1, 3] },
    ]);
    const windows = chart({ view: 4 }, { times: [0, 3_600], series: [{ group: 'view', rows: [3, 1] }] });
    expect(growth.seen([windows], 4_000)).to.deep.equal([windows]);
    expect(growth.seen([chart({ view: 5 })], 5_000), 'it begins anew').to.deep.equal([chart({ view: 5 })]);
  });

  it('is of the groups that have lines, and a sample is taken where any of them has changed', () => {
    const growth = new RollupGrowth();
    const counts = { a: 9, b: 8, c: 7, d: 6, e: 5, f: 4, g: 3 };
    growth.seen([chart(counts)], 1_000);
    const [grown] = growth.seen([chart({ ...counts, a: 10 })], 2_000);
    expect(grown).to.deep.include({ name: 'events', every: 'hour', groups: 7, times: [1, 2] });
    expect(grown?.series.map(({ group }) => group)).to.deep.equal(['a', 'b', 'c', 'd', 'e', 'f'].slice(0, LINES));
    expect(grown?.series[0]?.rows).to.deep.equal([9, 10]);
  });

  it('has the first count, the last one and some between them, however long it is looked at', () => {
    const growth = new RollupGrowth();
    let grown: RollupChart[] = [];
    for (let second = 1; second <= 2_000; second += 1) grown = growth.seen([chart({ view: second })], second * 1_000);
    const { times, series } = grown[0]!;
    expect(times).to.have.length.within(100, 240);
    expect([times[0], times.at(-1)]).to.deep.equal([1, 2_000]);
    expect(series).to.deep.equal([{ group: 'view', rows: times }]);
  });
});
