import { expect } from 'chai';
import { eventDataTable } from '../../../functions/ddb-event-processor/event-data-table.ts';

const ROW = { Username: 'José', Id: '1', Timestamp: '2026-11-21T04:43:57.235Z', Type: 'tweet' };
const ITEM = {
  Username: { S: 'José' },
  Id: { S: '1' },
  Timestamp: { S: '2026-11-21T04:43:57.235Z' },
  Type: { S: 'tweet' },
};

describe('a row of EventData', () => {
  it('does not expire by default', () => {
    expect(eventDataTable('any').toItem(ROW)).to.deep.equal(ITEM);
  });

  it('expires so many days after it is written, in whole seconds', () => {
    let now = Date.parse('2026-11-25T12:00:00.900Z');
    const table = eventDataTable('any', { days: 30, calendar: { now: () => now } });
    const expiry = (time: string) => ({ N: String(Date.parse(time) / 1000) });
    expect(table.toItem(ROW)).to.deep.equal({ ...ITEM, ExpiresAt: expiry('2026-12-25T12:00:00Z') });
    now += 1_000;
    expect(table.toItem(ROW)).to.deep.equal({ ...ITEM, ExpiresAt: expiry('2026-12-25T12:00:01Z') });
  });
});
