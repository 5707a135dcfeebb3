import { expect } from 'chai';
import { openRecord } from '../../../core/envelopes/index.ts';
import { aggregated } from '../../support/aggregated.ts';
import { ARRIVAL, decodeEvent, decodeRecord } from '../../support/decode.ts';
import { bytes, cloudEvent } from '../../support/events.ts';

const plain = { door: 7, time: '2026-11-20T12:00:00Z' };

const tweet = (id: string): object => ({ id, author_id: '7', text: 'yolo 🦊', created_at: '2026-11-20T12:00:00.000Z' });

const message = (eventSource: string, fields: object): object => ({ eventSource, ...fields });

/** Two with the same body: only their messages tell them apart. */
const messages = [
  message('aws:sqs', { messageId: 'm-1', body: '{"door":7}', attributes: { SentTimestamp: '1795176000123' } }),
  message('aws:sqs', { messageId: 'm-2', body: '{"door":7}', attributes: { SentTimestamp: '1795176000123' } }),
  message('aws:sqs', { messageId: 'm-3', body: 'the door 🚪 is open', attributes: { SentTimestamp: '1795176000123' } }),
  message('aws:kafka', { eventSourceKey: 'doors-0', offset: 15, timestamp: 1795176000123, value: 'eyJkb29yIjo3fQ==' }),
  message('aws:kinesis', { partitionKey: 'door-7', data: bytes(plain).toString('base64') }),
];

const RECORDS: [name: string, record: Uint8Array][] = [
  ['an aggregated record', aggregated([{ partitionKey: 'door-7', data: bytes(plain) }])],
  ['JSON Lines', Buffer.concat([bytes(plain), bytes(cloudEvent())])],
  ['a JSON array', bytes([plain, cloudEvent()])],
  ['an array of messages', bytes(messages)],
  ['a page of tweets', bytes({ data: [tweet('1'), tweet('2')] })],
  [
    'a log subscription',
    bytes({ messageType: 'DATA_MESSAGE', logGroup: 'g', logEvents: [{ id: '1', timestamp: 0, message: 'a' }] }),
  ],
  [
    'logs of OpenTelemetry',
    bytes({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: '1795176000123456789', body: plain }] }] }] }),
  ],
];

describe('an event that is put back by itself', () => {
  for (const [name, record] of RECORDS)
    it(`is the same row as in ${name}`, () => {
      const { events, isSingle } = openRecord(record);
      expect(isSingle).to.equal(false);
      const rows = decodeRecord(record);
      const again = events.flatMap(({ putBack, own: { partitionKey = ARRIVAL.partitionKey } = {} }) =>
        openRecord(putBack).events.map((event) => decodeEvent(event, { ...ARRIVAL, partitionKey, ...event.own })),
      );
      expect(again).to.deep.equal(rows);
      expect(new Set(rows.map(({ Username, Id }) => `${Username} ${Id}`)).size).to.equal(events.length);
    });
});
