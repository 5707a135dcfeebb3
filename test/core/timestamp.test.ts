import { expect } from 'chai';
import fc from 'fast-check';
import { isIso } from '../../core/timestamp.ts';
import { decode, rejected } from '../support/decode.ts';
import { cloudEvent, tweetV1, tweetV2 } from '../support/events.ts';
import { recentChange } from '../support/recent-change.ts';

/** Each shape whose time is RFC 3339. */
const SHAPES: Record<string, (time: unknown) => object> = {
  'a CloudEvent': (time) => cloudEvent({ time }),
  'a v2 tweet': (time) => tweetV2({ created_at: time }),
  'a recent change': (time) => recentChange({}, { dt: time }),
  'an event of EventBridge': (time) => ({ id: '1', source: 's', 'detail-type': 't', detail: {}, time }),
  'a change captured by DMS': (time) => ({
    data: {},
    metadata: { timestamp: time, 'record-type': 'data', operation: 'insert', 'table-name': 't' },
  }),
};

describe('the time of an event', () => {
  const times: [text: string, timestamp: string][] = [
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2017-01-01T05:29:60.5+05:30', '2017-01-01T00:00:00.500Z'],
    ['2026-11-20T12:00:00.123456789Z', '2026-11-20T12:00:00.123Z'],
    ['2026-11-20T12:00:00+00:00', '2026-11-20T12:00:00.000Z'],
    ['2026-11-20t14:00:00.1+14:00', '2026-11-20T00:00:00.100Z'],
    ['2026-11-20T14:00:00+0200', '2026-11-20T12:00:00.000Z'],
    ['2026-11-20 14:00:00,123+0200', '2026-11-20T12:00:00.123Z'],
    ['2026-11-20 12:00:00z', '2026-11-20T12:00:00.000Z'],
    ['2026-11-20 12:00:00.123 UTC', '2026-11-20T12:00:00.123Z'],
    ['2026-11-20 12:00:00 GMT', '2026-11-20T12:00:00.000Z'],
    ['2026-11-20 14:00:00.123456+02', '2026-11-20T12:00:00.123Z'],
    ['2026-11-20 08:30:00 -03:30', '2026-11-20T12:00:00.000Z'],
    ['2026-11-20T12:00Z', '2026-11-20T12:00:00.000Z'],
    ['2026-11-20T14:00+02:00', '2026-11-20T12:00:00.000Z'],
    ['2026-11-20 06:30-0530', '2026-11-20T12:00:00.000Z'],
    ['2026-11-20T13:00+01:00[Europe/Paris]', '2026-11-20T12:00:00.000Z'],
    ['2026-11-20T12:00:00.5Z[!Etc/GMT+3][u-ca=hebrew]', '2026-11-20T12:00:00.500Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ];
  const others: unknown[] = [
    '2026-02-30T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-11-20T24:00:00Z',
    '2026-11-20T12:60:00Z',
    '2026-11-20T12:00:60Z',
    '2026-11-20T23:59:60Z',
    '2026-11-20T12:00:61Z',
    '2026-11-20T12:00:00+24:00',
    '2026-11-20T12:00:00+02:60',
    '2026-11-20T12:00:00',
    '2026-11-20T12:00',
    '2026-11-20T12Z',
    '2026-11-20T12:00.5Z',
    '2026-11-20T12:00[Europe/Paris]',
    '2026-11-20T12:00Z[Europe/Paris',
    '2026-11-20T12:00Z[]',
    '2026-11-20 12:00:00 CET',
    '2026-11-20 12:00:00+2',
    '2026-11-20 12:00:00 UTC+02',
    '0000-01-01T00:00:00+23:59',
    '9999-12-31T23:59:59-23:59',
    '+010000-01-01T00:00:00Z',
    '1e3',
    1795176000000,
    ['2026-11-20T12:00:00Z'],
    {},
    `2026-11-20T12:00:00.${'1'.repeat(1_000_000)}Z`,
  ];
  for (const [name, shape] of Object.entries(SHAPES)) {
    it(`is kept in UTC with milliseconds in ${name}`, () => {
      for (const [text, timestamp] of times) expect(decode(shape(text)).Timestamp, text).to.equal(timestamp);
    });

    it(`is refused in ${name} where there is no such time`, () => {
      for (const time of others) {
        const error = rejected(shape(time));
        expect(error.reason, JSON.stringify(time).slice(0, 40)).to.equal('FieldInvalid');
        expect(error.message).to.include('RFC 3339');
      }
    });
  }

  it('is the one that Date has, for each time of four digits a year', () => {
    const range = { min: new Date('0000-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true };
    const offset = fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 });
    fc.assert(
      fc.property(fc.date(range), offset, (date, minutes) => {
        const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, -1);
        const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
        const zone = `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
        expect(decode(cloudEvent({ time: `${local}${zone}` })).Timestamp).to.equal(date.toISOString());
      }),
      { numRuns: 500 },
    );
  });

  it('is, in a row, one that a calendar has, written as Date writes it', () => {
    const two = (number: number): string => String(number).padStart(2, '0');
    const upTo = (most: number): string[] => Array.from({ length: most + 1 }, (_, number) => two(number));
    const days = ['0000', '2026', '2028', '9999'].flatMap((year) =>
      upTo(13).flatMap((month) => upTo(32).map((day) => `${year}-${month}-${day}T23:59:59.999Z`)),
    );
    for (const text of days) {
      const date = new Date(text);
      expect(isIso(text), text).to.equal(!Number.isNaN(date.getTime()) && date.toISOString() === text);
    }
    const times = ['24:00:00.000Z', '12:60:00.000Z', '12:00:60.000Z', '12:00:00Z', '12:00:00.000+00:00'];
    const wrong = ['20', '31'].flatMap((day) => times.map((time) => `2026-10-${day}T${time}`));
    for (const other of [...wrong, '', 'yesterday', '+012026-10-20T12:00:00.000Z', undefined, 7, new Date(0)])
      expect(isIso(other), String(other)).to.equal(false);
  });

  it('is the one that Date has in each month of a v1.1 tweet', () => {
    for (let month = 0; month < 12; month += 1) {
      const date = new Date(Date.UTC(2026, month, 20, 12, 34, 56));
      // As in `Fri, 20 Nov 2026 12:34:56 GMT`.
      const [, day, name] = date.toUTCString().split(' ');
      const { Timestamp } = decode(tweetV1({ created_at: `Fri ${name} ${day} 12:34:56 +0000 2026` }));
      expect(Timestamp).to.equal(date.toISOString());
    }
  });

  const v1: [name: string, fields: object][] = [
    ['no date', { created_at: '2026' }],
    ['30 February', { created_at: 'Mon Feb 30 00:00:00 +0000 2026' }],
    ['hour 24', { created_at: 'Fri Nov 20 24:00:00 +0000 2026' }],
    ['a month that there is not', { created_at: 'Fri Nop 20 12:00:00 +0000 2026' }],
    ['a list for a date', { created_at: ['Fri Nov 20 12:34:56 +0000 2026'] }],
    ['no number of milliseconds', { timestamp_ms: '1e400' }],
    ['milliseconds beyond all dates', { timestamp_ms: '9999999999999999' }],
    ['milliseconds beyond the year 9999', { timestamp_ms: '253402300800000' }],
    ['a list for milliseconds', { timestamp_ms: ['1409444955123'] }],
  ];
  for (const [name, fields] of v1)
    it(`is refused in a v1.1 tweet that has ${name}`, () => {
      expect(rejected(tweetV1(fields)).reason).to.equal('FieldInvalid');
    });
});
