import { expect } from 'chai';
import type { EventData } from '../../core/event-data.ts';
import { exactNumber } from '../../core/exact-number.ts';
import { InvalidEventError } from '../../core/invalid-event.ts';
import { eventDataTable } from '../../functions/ddb-event-processor/event-data-table.ts';
import { storedRow } from '../../functions/stored-row.ts';

/** With each attribute that a row has, also one that is new: what is written and what is read back name them one by one. */
const ROW: Required<EventData> = {
  Username: '東 u',
  Id: '1',
  Timestamp: '2026-11-20T12:00:00.000Z',
  Type: 'order',
  Message: '',
  Data: { amount: exactNumber('12345678901234567890.5'), lines: [{ count: 2, gift: null }], paid: true },
  Attributes: { source: '/shop' },
};

const itemOf = eventDataTable('t', { days: 30, calendar: { now: () => 0 } }).toItem;

describe('storedRow', () => {
  it('is the row as it was stored, without when it expires', () => {
    expect(storedRow(itemOf(ROW))).to.deep.equal(ROW);
    const { Username, Id, Timestamp, Type } = ROW;
    expect(storedRow(itemOf({ Username, Id, Timestamp, Type }))).to.deep.equal({ Username, Id, Timestamp, Type });
    const bytes = { ...ROW, Data: Buffer.from([0, 255]) };
    expect(storedRow(itemOf(bytes))).to.deep.equal(bytes);
  });

  for (const [name, value] of [
    ['Username', { S: '' }],
    ['Id', { N: '7' }],
    ['Timestamp', { NULL: true }],
    ['Type', undefined],
    ['Message', { N: '1' }],
    ['Attributes', { L: [] }],
    ['Attributes', { B: Buffer.from([7]) }],
  ] as const)
    it(`refuses a row whose ${name} is ${JSON.stringify(value)}`, () => {
      const item = { ...itemOf(ROW) };
      if (value) item[name] = value as never;
      else delete item[name];
      expect(() => storedRow(item)).to.throw(InvalidEventError, `${name} is`);
    });
});
