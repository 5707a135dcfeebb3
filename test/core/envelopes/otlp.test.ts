import { expect } from 'chai';
import { MAX_EVENTS } from '../../../core/envelopes/envelope.ts';
import { openRecord } from '../../../core/envelopes/index.ts';
import type { EventData } from '../../../core/event-data.ts';
import { fieldOf } from '../../../core/json.ts';
import { ARRIVAL, ARRIVED, decodeEvent, decodeRecord, rejectionOf } from '../../support/decode.ts';
import { bytes } from '../../support/events.ts';
import { processedRecord, rowsOfOutcome } from '../../support/processed.ts';

const attribute = (key: string, value: object): object => ({ key, value });

const exported = (logRecords: unknown[], service: unknown = { stringValue: 'shop' }): object => ({
  resourceLogs: [
    {
      resource: {
        attributes: [{ key: 'service.name', value: service }, attribute('host.name', { stringValue: 'web-1' })],
      },
      scopeLogs: [{ scope: { name: 'basket' }, logRecords }],
    },
  ],
});

const logRecord = (fields: object = {}): object => ({
  timeUnixNano: '1795176000123456789',
  observedTimeUnixNano: '1795176001000000000',
  severityNumber: 17,
  severityText: 'ERROR',
  body: { stringValue: 'the 🦊 is gone' },
  attributes: [
    attribute('id', { stringValue: 'o-17' }),
    attribute('retries', { intValue: '3' }),
    attribute('tags', { arrayValue: { values: [{ stringValue: 'a' }] } }),
  ],
  traceId: '5b8efff798038103d269b633813fc60c',
  ...fields,
});

describe('logs of OpenTelemetry', () => {
  it('have a row of their service for each log record, with the names that other logs have', () => {
    const [row, other, ...none] = decodeRecord(exported([logRecord(), logRecord({ body: { stringValue: 'again' } })]));
    const { Id, ...rest } = row!;
    expect(rest).to.deep.equal({
      Username: 'shop',
      Timestamp: '2026-11-20T12:00:00.123Z',
      Type: 'json',
      Data: {
        time: '1795176000123456789',
        'service.name': 'shop',
        severityText: 'ERROR',
        message: 'the 🦊 is gone',
        severityNumber: 17,
        traceId: '5b8efff798038103d269b633813fc60c',
        attributes: { id: 'o-17', retries: '3', tags: { arrayValue: { values: [{ stringValue: 'a' }] } } },
        resource: { 'service.name': 'shop', 'host.name': 'web-1' },
        scope: { name: 'basket' },
      },
    });
    expect(other!.Id).not.to.equal(Id);
    expect(none).to.deep.equal([]);
    // The Collector sends them again under another key of the record.
    expect(decodeRecord(exported([logRecord()]))[0]).to.deep.equal(row);
  });

  it('have the time when they were seen where they name none, and else that of their arrival', () => {
    const unknown = [logRecord({ timeUnixNano: '0' }), logRecord({ timeUnixNano: 0, observedTimeUnixNano: undefined })];
    expect(decodeRecord(exported(unknown)).map(({ Timestamp }) => Timestamp)).to.deep.equal([
      '2026-11-20T12:00:01.000Z',
      ARRIVED.toISOString(),
    ]);
  });

  it('are as bad as their number says, whatever they say of it as a text', () => {
    const severities = [1, 4, 5, 12, 13, 16, 17, 20, '21', 24, 0, 25, 'x', null].map((severityNumber) =>
      logRecord({ severityText: '404', severityNumber }),
    );
    const found = processedRecord('log-filtering', JSON.stringify(exported(severities))).flatMap(rowsOfOutcome);
    expect(found.map(({ Type }) => Type)).to.deep.equal(['WARN', 'WARN', 'ERROR', 'ERROR', 'FATAL', 'FATAL']);
  });

  it('are filtered as other logs are, by their service', () => {
    const records = [logRecord(), logRecord({ severityText: '', severityNumber: 9 })];
    const [kept, dropped] = processedRecord('log-filtering', JSON.stringify(exported(records)));
    expect(kept).to.have.nested.property('rows.0').that.includes({
      Username: 'shop',
      Type: 'ERROR',
      Message: 'the 🦊 is gone',
      Timestamp: '2026-11-20T12:00:00.123Z',
    });
    expect(dropped).to.deep.equal({ rows: [] });
  });

  it('lose nothing that is not a text, or not a log record', () => {
    const body = { kvlistValue: { values: [attribute('a', { boolValue: true })] } };
    const [map, text] = decodeRecord(exported([logRecord({ body }), 'a line']));
    expect(map!.Data).to.deep.include({ body });
    expect(text!.Data).to.deep.include({ message: 'a line' });
  });

  it('are of a container or a host where their service has no name that can be a key, and are the same when they come again', () => {
    for (const service of [null, {}, { stringValue: '' }, { stringValue: 'k'.repeat(257) }, { intValue: 7 }])
      expect(decodeRecord(exported([logRecord()], service))[0]).to.include({ Username: 'web-1' });
    const ofResource = (...attributes: object[]): EventData =>
      decodeRecord({ resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords: [logRecord()] }] }] })[0]!;
    const container = attribute('k8s.container.name', { stringValue: 'cart' });
    expect(ofResource(attribute('host.name', { stringValue: 'web-1' }), container).Username).to.equal('cart');
    const regions = ['eu-west-1', 'eu-west-2'].map((name) => attribute('cloud.region', { stringValue: name }));
    expect(new Set(regions.map((region) => ofResource(region).Username)))
      .to.have.lengthOf(2)
      .and.not.to.include('key');
    expect(ofResource().Username).to.equal('key');
  });

  it('are one event where they hold none', () => {
    for (const other of [
      { resourceLogs: [] },
      { resourceLogs: ['a', { scopeLogs: {} }] },
      { resourceLogs: 'a' },
      exported([]),
    ])
      expect(openRecord(bytes(other)).isSingle).to.equal(true);
  });

  it('keep every digit of their numbers, and only the one is rejected whose number no row has room for', () => {
    const numbers = ['1795176000123456788', '1795176000123456789', '1e999'];
    const records = JSON.stringify(exported(numbers.map((_, at) => logRecord({ flags: `of ${at}` }))));
    const text = records.replaceAll(/"of (\d)"/g, (_, at) => numbers[at]!);
    const [first, second, third, ...none] = openRecord(bytes(text)).events.map(
      (event) => () => decodeEvent(event, ARRIVAL),
    );
    expect([first, second].map((row) => `${fieldOf(row!().Data, 'flags')}`)).to.deep.equal(numbers.slice(0, 2));
    expect(rejectionOf(third!).reason).to.equal('NumberOutOfRange');
    expect(none).to.be.empty;
  });

  it('may hold anything in any field', () => {
    const odd = { toString: 1, valueOf: 1 };
    const names = ['timeUnixNano', 'observedTimeUnixNano', 'severityNumber', 'severityText', 'body', 'attributes'];
    const records = names.flatMap((name) => [odd, [odd], null, 7].map((value) => logRecord({ [name]: value })));
    expect(
      decodeRecord(exported([...records, logRecord({ attributes: [attribute(odd as never, odd), null] })], odd)),
    ).to.have.lengthOf(records.length + 1);
  });
});

const told = (signal: 'Spans' | 'Metrics', of: object): object => ({
  [`resource${signal}`]: [
    {
      resource: { attributes: [attribute('service.name', { stringValue: 'shop' })] },
      [`scope${signal}`]: [{ scope: { name: 'basket' }, ...of }],
    },
  ],
});

const SHARED = { 'service.name': 'shop', resource: { 'service.name': 'shop' }, scope: { name: 'basket' } };

describe('traces and metrics of OpenTelemetry', () => {
  it('have a row of their service for each span, at the time when it began', () => {
    const span = { traceId: 'b1', spanId: 'a1', name: 'pay', kind: 2, endTimeUnixNano: '1795176000900000000' };
    const spans = [
      { ...span, startTimeUnixNano: '1795176000123456789', attributes: [attribute('retries', { intValue: '3' })] },
      { ...span, startTimeUnixNano: '1795176000200000000', spanId: 'a2' },
    ];
    const [{ Id, ...row }, other, ...none] = decodeRecord(told('Spans', { spans })) as [EventData, ...EventData[]];
    expect(row).to.deep.equal({
      Username: 'shop',
      Timestamp: '2026-11-20T12:00:00.123Z',
      Type: 'json',
      Data: { time: '1795176000123456789', ...span, attributes: { retries: '3' }, ...SHARED },
    });
    expect(other).to.include({ Username: 'shop', Timestamp: '2026-11-20T12:00:00.200Z' }).and.not.include({ Id });
    expect(none).to.deep.equal([]);
    expect(decodeRecord(told('Spans', { spans }))[0]!.Id).to.equal(Id);
  });

  it('have a row for each data point, with what its metric says', () => {
    const point = { timeUnixNano: '1795176000123456789', attributes: [attribute('path', { stringValue: '/' })] };
    const sum = { aggregationTemporality: 2, isMonotonic: true };
    const metrics = [
      {
        name: 'hits',
        unit: '1',
        sum: {
          ...sum,
          dataPoints: [
            { ...point, asInt: '3' },
            { ...point, asInt: '4' },
          ],
        },
      },
      { name: 'load', description: 'of a CPU', gauge: { dataPoints: [{ ...point, asDouble: 0.25 }] } },
    ];
    const rows = decodeRecord(told('Metrics', { metrics }));
    const own = { time: point.timeUnixNano, attributes: { path: '/' }, ...SHARED };
    expect(rows.map(({ Data }) => Data)).to.deep.equal([
      { ...own, metric: { name: 'hits', unit: '1', sum }, asInt: '3' },
      { ...own, metric: { name: 'hits', unit: '1', sum }, asInt: '4' },
      { ...own, metric: { name: 'load', description: 'of a CPU', gauge: {} }, asDouble: 0.25 },
    ]);
    for (const row of rows) expect(row).to.include({ Username: 'shop', Timestamp: '2026-11-20T12:00:00.123Z' });
  });

  it('have the limits of one record together with its logs', () => {
    const most = Array(MAX_EVENTS).fill({});
    expect(
      rejectionOf(() => openRecord(bytes({ ...told('Spans', { spans: [{}] }), ...exported(most) }))).reason,
    ).to.equal('TooManyEvents');
  });

  it('lose nothing that is not known', () => {
    const metrics = [{ name: 'none', gauge: { dataPoints: [] } }, 'a text', { name: 'b', gauge: { dataPoints: [7] } }];
    expect(decodeRecord(told('Metrics', { metrics })).map(({ Data }) => Data)).to.deep.equal([
      { name: 'none', gauge: { dataPoints: [] }, attributes: {}, ...SHARED },
      { value: 'a text', attributes: {}, ...SHARED },
      { value: 7, metric: { name: 'b', gauge: {} }, attributes: {}, ...SHARED },
    ]);
    const both = { ...told('Spans', { spans: [{ name: 'pay' }] }), ...exported([logRecord()]) };
    expect(decodeRecord(both).map(({ Data }) => (Data as { name?: string }).name)).to.deep.equal([undefined, 'pay']);
    for (const other of [told('Spans', { spans: [] }), told('Metrics', {}), { resourceSpans: 7 }])
      expect(openRecord(bytes(other)).isSingle).to.equal(true);
  });
});
