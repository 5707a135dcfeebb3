import { expect } from 'chai';
import type { EventData } from '../../../core/event-data.ts';
import type { Rollup } from '../../../core/processor.ts';
import { decimal } from '../../../core/rollups/decimal.ts';
import { totalsOf } from '../../../core/rollups/part.ts';
import { expiredOf, type Retention, verify } from '../../../core/rollups/verify.ts';
import { RollupView } from '../../../core/rollups/view.ts';

const ROLLUPS: Rollup[] = [
  { name: 'orders', every: 'day', of: ({ Type, Data }) => ({ group: Type, values: { amount: Data as number } }) },
];

let ids = 0;
const row = (day: number, Type: string, amount: number): EventData => {
  ids += 1;
  return { Username: 'u', Id: `${ids}`, Timestamp: `2026-11-${day}T12:00:00.000Z`, Type, Data: amount };
};

const viewOf = (rows: readonly EventData[]): RollupView => {
  const view = new RollupView(ROLLUPS);
  for (const one of rows) view.addRow(one);
  return view;
};

/** Adds a row in a part of its own, or takes one out. */
const put = (view: RollupView, { Timestamp: at, Type: group, Data }: EventData, sign: 1 | -1, rollup = 'orders.1') => {
  const values = [['amount', decimal(Data as number)]] as const;
  view.addPart({ rollup, window: at.slice(0, 10), group }, totalsOf([{ sequence: '1', sign, at, values }]));
};

const partsOf = (rows: readonly EventData[]): RollupView => {
  const view = new RollupView(ROLLUPS);
  for (const one of rows) put(view, one, 1);
  return view;
};

const found = (table: RollupView, rollup: RollupView): string[] =>
  verify(table, rollup).differences.map(
    ({ key, figure, value, table: wanted, rollup: said }) =>
      `${key.rollup} ${key.window} ${key.group} ${value ?? 'rows'} ${figure} ${wanted} ${said}`,
  );

/** What can have expired at a time. */
const at = (time: string, retention: Retention) => (window: string) => expiredOf(window, retention, Date.parse(time));

describe('verify', () => {
  const rows = [row(20, 'paid', 0.1), row(20, 'paid', 0.2), row(20, 'sent', 5), row(21, 'paid', 7)];

  it('finds nothing where rollups equal their table', () => {
    expect(verify(viewOf(rows), partsOf(rows))).to.deep.equal({ groups: 3, differences: [], refused: [], leftOut: [] });
  });

  it('names every figure that differs: a row that was counted twice, one that is missing, one that is not in the table', () => {
    const parts = partsOf([rows[0]!, rows[0]!, rows[1]!, rows[2]!, row(22, 'odd', 1)]);
    expect(found(viewOf(rows), parts)).to.deep.equal([
      'orders.1 2026-11-20 paid rows count 2 3',
      'orders.1 2026-11-20 paid amount count 2 3',
      'orders.1 2026-11-20 paid amount sum 0.3 0.4',
      'orders.1 2026-11-21 paid rows count 1 0',
      'orders.1 2026-11-21 paid amount count 1 0',
      'orders.1 2026-11-21 paid amount sum 7 0',
      'orders.1 2026-11-21 paid amount min 7 nothing',
      'orders.1 2026-11-21 paid amount max 7 nothing',
      'orders.1 2026-11-21 paid amount last 2026-11-21T12:00:00.000Z nothing',
      'orders.1 2026-11-22 odd rows count 0 1',
      'orders.1 2026-11-22 odd amount count 0 1',
      'orders.1 2026-11-22 odd amount sum 0 1',
    ]);
  });

  it('names a least or greatest value that falls short, and lets pass what a row that is gone left behind', () => {
    const gone = [row(20, 'paid', -100), row(20, 'paid', 100)];
    const parts = partsOf([...rows, ...gone]);
    for (const one of gone) put(parts, one, -1);
    expect(found(viewOf(rows), parts)).to.deep.equal([]);

    const table = viewOf([row(20, 'paid', 1), row(20, 'paid', 3)]);
    expect(found(table, partsOf([row(20, 'paid', 2), row(20, 'paid', 2)]))).to.deep.equal([
      'orders.1 2026-11-20 paid amount min 1 2',
      'orders.1 2026-11-20 paid amount max 3 2',
    ]);
  });

  it('names a last value that is older than that of the rows, and lets pass a later one', () => {
    const [older, newer] = [row(20, 'paid', 1), { ...row(20, 'paid', 1), Timestamp: '2026-11-20T13:00:00.000Z' }];
    expect(found(viewOf([older, newer]), partsOf([older, older]))).to.deep.equal([
      'orders.1 2026-11-20 paid amount last 2026-11-20T13:00:00.000Z 2026-11-20T12:00:00.000Z',
    ]);
    expect(found(viewOf([older, older]), partsOf([older, newer]))).to.deep.equal([]);
  });

  it('names differences and windows by rollup, window and group, in whatever order rows and parts are read', () => {
    const [table, parts] = [viewOf(rows.toReversed()), partsOf([])];
    const keys = verify(table, parts).differences.map(({ key: { window, group } }) => `${window} ${group}`);
    expect([...new Set(keys)]).to.deep.equal(['2026-11-20 paid', '2026-11-20 sent', '2026-11-21 paid']);
    const leftOut = verify(table, parts, () => 'rows').leftOut.map(({ window }) => window);
    expect(leftOut).to.deep.equal(['2026-11-20', '2026-11-21']);
  });

  it('takes a group whose rows are all gone for one that is not there', () => {
    const parts = partsOf(rows);
    const gone = row(23, 'paid', 4);
    put(parts, gone, 1);
    put(parts, gone, -1);
    expect(found(viewOf(rows), parts)).to.deep.equal([]);
  });

  it('leaves out the windows whose rows can have expired, and those of the future, and says which', () => {
    const table = viewOf([rows[3]!]);
    const parts = partsOf([...rows, row(29, 'paid', 1)]);
    expect(verify(table, parts, at('2026-11-22T18:00:00.000Z', { rowDays: 2 }))).to.deep.equal({
      groups: 1,
      differences: [],
      refused: [],
      leftOut: [
        { rollup: 'orders.1', window: '2026-11-20', expired: 'rows' },
        { rollup: 'orders.1', window: '2026-11-29', expired: 'rows' },
      ],
    });
  });

  it('leaves out the windows whose parts can have expired: so many days after their end, and never that of all time', () => {
    const table = viewOf([rows[0]!, rows[3]!]);
    const parts = partsOf([rows[3]!]);
    expect(verify(table, parts, at('2026-11-23T00:00:00.000Z', { partDays: 2 }))).to.deep.equal({
      groups: 1,
      differences: [],
      refused: [],
      leftOut: [{ rollup: 'orders.1', window: '2026-11-20', expired: 'parts' }],
    });
    const expired = at('2026-11-22T23:59:59.999Z', { partDays: 2 });
    expect(expired('2026-11-20')).to.equal(undefined);
    expect(expired('ever')).to.equal(undefined);
  });

  it('leaves out the window of all time where rows expire', () => {
    const ever: Rollup[] = [{ name: 'all', every: 'ever', of: () => ({ group: 'all' }) }];
    const view = new RollupView(ever);
    view.addRow(rows[0]!);
    const { groups, leftOut } = verify(view, new RollupView(ever), at('2026-11-22T00:00:00.000Z', { rowDays: 30 }));
    expect({ groups, leftOut }).to.deep.equal({
      groups: 0,
      leftOut: [{ rollup: 'all.1', window: 'ever', expired: 'rows' }],
    });
  });

  it('passes over the parts of other rollups, and of other versions', () => {
    const parts = partsOf(rows);
    put(parts, rows[0]!, 1, 'orders.2');
    put(parts, rows[0]!, 1, 'views.1');
    expect(found(viewOf(rows), parts)).to.deep.equal([]);
  });

  it('passes over a row that the rollup refuses, and says how many there are and why', () => {
    const view = viewOf(rows);
    view.addRow({ ...rows[0]!, Data: 'ten' });
    view.addRow({ ...rows[1]!, Data: 'ten' });
    expect(found(view, partsOf(rows))).to.deep.equal([]);
    const [{ rollup, rows: refused, why } = expect.fail('none is refused')] = verify(view, partsOf(rows)).refused;
    expect({ rollup, refused }).to.deep.equal({ rollup: 'orders.1', refused: 2 });
    expect(why).to.contain('expected a finite number');
  });
});
