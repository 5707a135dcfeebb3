import { expect } from 'chai';
import { MAX_EVENTS } from '../../../core/envelopes/envelope.ts';
import { openRecord } from '../../../core/envelopes/index.ts';
import { writeExactJson } from '../../../core/exact-json.ts';
import { ARRIVED, decodeRecord, rejectionOf } from '../../support/decode.ts';
import { bytes } from '../../support/events.ts';

describe('a pack of SenML', () => {
  it('has a row for each record, with its whole name, its unit and its time', () => {
    const pack = [
      { bn: 'urn:dev:mac:17:', bt: 1795176000, bu: 'A', bver: 10, n: 'volts', u: 'V', v: 120.1 },
      { n: 'current', t: -5, v: 1.2 },
      { n: 'current', t: -4.1, v: 1.3 },
      { bn: 'urn:dev:mac:18:', n: 'door', u: '/', vb: true },
    ];
    const rows = decodeRecord(pack);
    expect(rows.map(({ Username, Timestamp, Data }) => [Username, Timestamp, Data])).to.deep.equal([
      [
        'urn:dev:mac:17:volts',
        '2026-11-20T12:00:00.000Z',
        { n: 'urn:dev:mac:17:volts', time: 1795176000, u: 'V', v: 120.1 },
      ],
      [
        'urn:dev:mac:17:current',
        '2026-11-20T11:59:55.000Z',
        { n: 'urn:dev:mac:17:current', time: 1795175995, u: 'A', v: 1.2 },
      ],
      [
        'urn:dev:mac:17:current',
        '2026-11-20T11:59:55.900Z',
        { n: 'urn:dev:mac:17:current', time: 1795175995.9, u: 'A', v: 1.3 },
      ],
      [
        'urn:dev:mac:18:door',
        '2026-11-20T12:00:00.000Z',
        { n: 'urn:dev:mac:18:door', time: 1795176000, u: '/', vb: true },
      ],
    ]);
    // Whatever it is sent with.
    expect(decodeRecord(pack)).to.deep.equal(rows);
  });

  it('adds what its values count from, and holds no event that has none of its own', () => {
    const rows = decodeRecord([{ bn: 'm', bv: 20, bs: 0.1 }, { v: 0.2 }, { v: 2, s: 0.2 }, { vs: 'on' }]);
    expect(rows.map(({ Data }) => Data)).to.deep.equal([
      { n: 'm', v: 20.2 },
      { n: 'm', v: 22, s: 0.3 },
      { n: 'm', vs: 'on' },
    ]);
  });

  it('keeps every digit of its numbers, and is set aside where one is too large', () => {
    const pack =
      '[{"bn":"m","bt":1795176000.5,"bv":123456789012345},{"t":-0.0000005,"v":0.67},{"v":12345678901234567890}]';
    expect(writeExactJson(decodeRecord(pack).map(({ Data }) => Data))).to.equal(
      '[{"n":"m","time":1795176000.4999995,"v":123456789012345.67},{"n":"m","time":1795176000.5,"v":12345802358023580235}]',
    );
    const tooLarge = '[{"n":"m","v":1},{"n":"m","v":1e999}]';
    expect(rejectionOf(() => openRecord(bytes(tooLarge))).reason).to.equal('NumberOutOfRange');
  });

  it('is one without base values, too, whose times may count from now', () => {
    const rows = decodeRecord([
      { n: 'a', t: 1795176000.25, v: 1 },
      { n: 'a', t: -60, v: 2 },
    ]);
    expect(rows.map(({ Username, Timestamp }) => [Username, Timestamp])).to.deep.equal([
      ['a', '2026-11-20T12:00:00.250Z'],
      ['a', ARRIVED.toISOString()],
    ]);
    expect(rows[1]!.Data).to.deep.equal({ n: 'a', t: -60, v: 2 });
  });

  it('is of the key of its record where its names are paths of LwM2M, which all devices have', () => {
    const rows = decodeRecord([
      { bn: '/3/0/', n: '0', vs: 'Open Mobile Alliance' },
      { n: '22', vlo: '66:0' },
      { bn: '3303/1/', n: '5700', v: 21.5 },
      { bn: 'urn:dev:mac:17/3303/1/', n: '5700', v: 21.5 },
    ]);
    expect(rows.map(({ Username, Data }) => [Username, Data])).to.deep.equal([
      ['key', { n: '/3/0/0', vs: 'Open Mobile Alliance' }],
      ['key', { n: '/3/0/22', vlo: '66:0' }],
      ['key', { n: '3303/1/5700', v: 21.5 }],
      ['urn:dev:mac:17/3303/1/5700', { n: 'urn:dev:mac:17/3303/1/5700', v: 21.5 }],
    ]);
  });

  it('is not an array with any other field, without a name, or without a value', () => {
    for (const [first, second] of [
      [{ bn: 'm', v: 1, weight: 2 }, { v: 2 }],
      [{ bn: 'm', v: 1 }, { id: 2 }],
      [{ v: 1 }, { n: 'a', v: 2 }],
      [{ bn: 7, v: 1 }, { v: 2 }],
      [{ n: 'a' }, { n: 'b' }],
    ])
      expect(decodeRecord([first, second]).map(({ Username, Data }) => [Username, Data])).to.deep.equal([
        ['key', first],
        ['key', second],
      ]);
  });

  it('is of the key of its record where its name is longer than Kinesis takes', () => {
    expect(decodeRecord([{ bn: 'm'.repeat(257), v: 1 }])[0]).to.include({ Username: 'key' });
  });

  it('is set aside whole where what its records share comes to gigabytes, and is none with a name that is no key', () => {
    const packed = (base: object): Buffer =>
      bytes([{ bn: 'm', v: 0, ...base }, ...Array(MAX_EVENTS - 1).fill({ n: 'a', v: 1 })]);
    expect(rejectionOf(() => openRecord(packed({ bu: 'u'.repeat(500_000) }))).reason).to.equal('TooLarge');
    const [, second] = openRecord(packed({ bn: 'm'.repeat(5_000_000) })).events;
    expect(second!.object).to.deep.equal({ n: 'a', v: 1 });
  });
});
