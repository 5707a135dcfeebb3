import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { ExactNumber } from '../../../core/exact-number.ts';
import { toSourceEvent } from '../../../core/source-event.ts';
import { ARRIVED, decode, decodeEvent } from '../../support/decode.ts';
import { bytes } from '../../support/events.ts';

const hashOf = (value: unknown): string => createHash('sha256').update(bytes(value)).digest('hex');

describe('any JSON object', () => {
  it('becomes a row by its record, by the hash of its bytes, with the time of its arrival', () => {
    const value = { hello: 'world' };
    expect(decode(value)).to.deep.equal({
      Username: 'key',
      Id: hashOf(value),
      Timestamp: ARRIVED.toISOString(),
      Type: 'json',
      Data: value,
    });
  });

  it('has the hash for its Username, too, where its record has no partition key', () => {
    for (const value of [{ hello: 'world' }, { metadata: { 'record-type': 'data', operation: 'load' } }]) {
      const { Username, Id } = decodeEvent(bytes(value), { at: ARRIVED, partitionKey: '' });
      expect({ Username, Id }).to.deep.equal({ Username: hashOf(value), Id: hashOf(value) });
    }
  });

  it('goes on the stream by the hash of its bytes', () => {
    const data = bytes({ id: '7', hello: 'world' });
    expect(toSourceEvent(data)).to.deep.equal({
      partitionKey: hashOf({ id: '7', hello: 'world' }),
      data,
      isKeyless: true,
    });
  });

  const ids: [id: string, expected: string][] = [
    ['"m-17"', 'm-17'],
    ['17', '17'],
    ['12345678901234567890', '12345678901234567890'],
  ];
  for (const [id, expected] of ids)
    it(`has the Id ${expected} where its id is ${id}`, () => {
      expect(decode(`{"id":${id}}`).Id).to.equal(expected);
    });

  for (const id of [null, '', true, ['a'], { a: 1 }])
    it(`has the hash for its Id where its id is ${JSON.stringify(id)}`, () => {
      expect(decode({ id }).Id).to.equal(hashOf({ id }));
    });

  for (const name of ['time', 'timestamp', '@timestamp', 'ts'])
    it(`has the time of its field ${name}, where that is one`, () => {
      const at = (json: string): string => decode(`{"${name}":${json}}`).Timestamp;
      for (const time of [
        '1795176000.1239',
        '"1795176000.1239"',
        '1795176000123',
        '1795176000123999',
        '1795176000123999999',
      ])
        expect(at(time), time).to.equal('2026-11-20T12:00:00.123Z');
      expect(at('"2026-11-25T11:00:00+01:00"')).to.equal('2026-11-25T10:00:00.000Z');
      for (const time of ['789652009', '"789652009.0"']) expect(at(time), time).to.equal('1995-01-09T11:46:49.000Z');
      // A Date of Swift.
      for (const time of ['816868800.12399995', '"816868800.1239"'])
        expect(at(time), time).to.equal('2026-11-20T12:00:00.123Z');
      // A duration, dates without their dashes, and a number of an order.
      const ticks = ['639311760000000000', '134396352000000000'];
      for (const other of [
        '12.5',
        '20261120',
        '20261120120000',
        '17951760001',
        '-1795176000',
        '1e99',
        'true',
        ...ticks,
      ])
        expect(at(other), other).to.equal(ARRIVED.toISOString());
      for (const other of ['"yesterday"', 'null', '["2026-11-25T10:00:00Z"]', '"2026-02-30T00:00:00Z"'])
        expect(at(other), other).to.equal(ARRIVED.toISOString());
    });

  it('has the time of the first of these fields that has one', () => {
    const value = { ts: 1795176003, '@timestamp': 'now', timestamp: 1795176001, time: 'now' };
    expect(decode(value).Timestamp).to.equal('2026-11-20T12:00:01.000Z');
  });

  for (const name of [
    ...['eventTime', 'event_time', 'eventTimestamp', 'event_timestamp', 'event_ts', 'occurredAt', 'occurred_at'],
    ...['_time', 'Time', 'Timestamp', 'TimeStamp', 'timeStamp', 'TIMESTAMP', 'EventTime', 'EventTimestamp'],
    ...['EVENT_TIMESTAMP', 'eventTs', 'OccurredAt'],
  ])
    it(`has the time of its field ${name}, where none of these has one`, () => {
      expect(decode({ [name]: '2026-11-20T12:00:00Z' }).Timestamp).to.equal('2026-11-20T12:00:00.000Z');
      expect(decode({ [name]: 1795176000, ts: 1795176001 }).Timestamp).to.equal('2026-11-20T12:00:01.000Z');
    });

  it('has the time of its arrival where a time may be that of something else, or a duration', () => {
    const others = [
      'created_at',
      'updatedAt',
      'expires_at',
      'event_date',
      'start_time',
      'time_ns',
      'uptime',
      'timestamps',
      'tts',
    ];
    const value = Object.fromEntries(others.map((name) => [name, 1795176000]));
    expect(decode(value).Timestamp).to.equal(ARRIVED.toISOString());
  });

  it('keeps all of it, with exact numbers', () => {
    expect(decode('{"n":0.12345678901234567890,"t":["\\ud800"]}').Data).to.deep.equal({
      n: new ExactNumber('0.1234567890123456789'),
      t: ['\ufffd'],
    });
  });
});
