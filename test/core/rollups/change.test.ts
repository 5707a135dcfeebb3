import { expect } from 'chai';
import type { EventData } from '../../../core/event-data.ts';
import type { InvalidEventError } from '../../../core/invalid-event.ts';
import type { Rollup } from '../../../core/processor.ts';
import { type Change, entriesOf } from '../../../core/rollups/change.ts';
import { decimal, decimalText } from '../../../core/rollups/decimal.ts';
import { combined, type Entry, merge, padded, type Totals } from '../../../core/rollups/part.ts';

const row = (page: string, ms: number | string, Timestamp = '2026-11-20T12:34:56.000Z'): EventData => ({
  Username: 'u',
  Id: '1',
  Timestamp,
  Type: 'view',
  Data: { page, ms },
});

const VIEWS: Rollup = {
  name: 'views',
  every: 'minute',
  of: ({ Data }) => {
    const { page, ms } = Data as { page: string; ms: number };
    return { group: page, values: { ms } };
  },
};

const contributed = (change: Omit<Change, 'sequence'>, rollup = VIEWS) => {
  const refused: InvalidEventError[] = [];
  const found = entriesOf(rollup, { sequence: padded('7'), ...change }, (error) => refused.push(error));
  const entries = found.map(({ key: { window, group }, entry: { sign, values } }) => ({
    where: `${window} ${group}`,
    sign,
    ms: decimalText(values[0]![1]),
  }));
  return { entries, refused: refused.map(({ message }) => message) };
};

describe('what a change contributes', () => {
  it('of a new row is what the row adds', () => {
    const { entries } = contributed({ after: row('/', 12) });
    expect(entries).to.deep.equal([{ where: '2026-11-20T12:34Z /', sign: 1, ms: '12' }]);
  });

  it('of a corrected row moves it to the group and the window that it belongs to now', () => {
    const { entries } = contributed({ before: row('/', 12), after: row('/a', 13, '2026-11-20T11:00:00.000Z') });
    expect(entries).to.deep.equal([
      { where: '2026-11-20T12:34Z /', sign: -1, ms: '12' },
      { where: '2026-11-20T11:00Z /a', sign: 1, ms: '13' },
    ]);
  });

  it('is nothing where the rollup sees no change', () => {
    const change = { before: row('/', 12), after: { ...row('/', 12.0), Message: 'a note' } };
    expect(contributed(change).entries).to.deep.equal([]);
  });

  it('is a change where only the time in the window is another, since the last value goes by it', () => {
    const change = { before: row('/', 12), after: row('/', 12, '2026-11-20T12:34:57.000Z') };
    expect(contributed(change).entries.map(({ sign }) => sign)).to.deep.equal([-1, 1]);
  });

  it('has a UTF-8, whatever text the rollup cut in halves', () => {
    const halves: Rollup = { name: 'halves', every: 'day', of: () => ({ group: 'a\ud83e', values: { 'b\udd8a': 1 } }) };
    const [found] = entriesOf(halves, { sequence: '7', after: row('/', 1) }, () => {});
    expect([found?.key.group, found?.entry.values[0]?.[0]]).to.deep.equal(['a\ufffd', 'b\ufffd']);
  });

  it('is nothing of a row that the rollup refuses, whether it comes or goes, and says why without quoting it', () => {
    const bad = row('/secret', '12 ms');
    const why =
      'the value "ms" of the rollup "views" is a text of 5 characters; expected a finite number, or its decimal digits as text such as 12.5';
    expect(contributed({ after: bad })).to.deep.equal({ entries: [], refused: [why] });
    expect(contributed({ before: bad, after: row('/', 1) })).to.deep.equal({
      entries: [{ where: '2026-11-20T12:34Z /', sign: 1, ms: '1' }],
      refused: [why],
    });
    expect(contributed({ after: row('/', 1, 'soon') }).refused.join()).to.include('Timestamp is not a time');
  });

  it('has its version with the name of the rollup', () => {
    const [found] = entriesOf({ ...VIEWS, version: 2 }, { sequence: '7', after: row('/', 1) }, () => {});
    expect(found?.key.rollup).to.equal('views.2');
  });
});

const entry = (sequence: number, sign: 1 | -1, ms: number | string, at = '2026-11-20T12:34:56.000Z'): Entry => ({
  sequence: padded(String(sequence)),
  sign,
  at,
  values: [['ms', decimal(ms)]],
});

const shown = ({ count, values }: Totals): object => {
  const { count: rows, sum, min, max, last } = values.get('ms')!;
  const text = (value?: typeof sum) => value && decimalText(value);
  return { count, rows, sum: text(sum), min: text(min), max: text(max), last: text(last?.value) };
};

describe('a part', () => {
  it('holds count, sum, least, greatest and last, and through which change it goes', () => {
    const { part, skipped } = merge(undefined, [entry(8, 1, 0.1), entry(9, 1, 5), entry(10, 1, 0.2)]);
    expect(shown(part!)).to.deep.equal({ count: 3, rows: 3, sum: '5.3', min: '0.1', max: '5', last: '0.2' });
    expect({ through: part!.through, skipped }).to.deep.equal({ through: padded('10'), skipped: 0 });
  });

  it('skips the changes that it holds already, and is not there where it holds all', () => {
    const { part } = merge(undefined, [entry(8, 1, 1), entry(9, 1, 2)]);
    const again = merge(part, [entry(8, 1, 1), entry(9, 1, 2), entry(10, 1, 3)]);
    expect(shown(again.part!)).to.include({ count: 3, sum: '6' });
    expect(again.skipped).to.equal(2);
    expect(merge(part, [entry(8, 1, 1), entry(9, 1, 2)])).to.deep.equal({ skipped: 2 });
  });

  it('takes both sides of one change, which share a number', () => {
    const { part } = merge(merge(undefined, [entry(1, 1, 5)]).part, [entry(2, -1, 5), entry(2, 1, 7)]);
    expect(shown(part!)).to.include({ count: 1, rows: 1, sum: '7' });
  });

  it('keeps the least and the greatest of a row that was replaced', () => {
    const { part } = merge(undefined, [entry(1, 1, -5), entry(2, 1, 50), entry(3, -1, 50), entry(4, -1, -5)]);
    expect(shown(part!)).to.deep.equal({ count: 0, rows: 0, sum: '0', min: '-5', max: '50', last: '50' });
  });

  it('has the last value by event time, and of one time that of the later change', () => {
    const late = entry(3, 1, 3, '2026-11-20T12:34:01.000Z');
    const { part } = merge(undefined, [entry(1, 1, 1), entry(2, 1, 2), late]);
    expect(shown(part!)).to.include({ last: '2' });
  });

  it('may count below 0, where another part counted the rows: together they are right', () => {
    const parent = merge(undefined, [entry(1, 1, 5), entry(2, 1, 6)]).part!;
    const child = merge(undefined, [entry(3, -1, 5)]).part!;
    expect(child.count).to.equal(-1);
    const together = { count: 1, rows: 1, sum: '6', min: '5', max: '6', last: '6' };
    expect(shown(combined(parent, child))).to.deep.equal(together);
    expect(shown(combined(child, parent))).to.deep.equal(together);
  });

  it('is not changed by a merge, so that it can be merged anew', () => {
    const { part } = merge(undefined, [entry(1, 1, 5)]);
    const before = shown(part!);
    merge(part, [entry(2, 1, 6)]);
    expect(shown(part!)).to.deep.equal(before);
  });
});
