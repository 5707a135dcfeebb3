import { expect } from 'chai';
import { mapEvent } from '../../../core/decode.ts';
import { openRecord } from '../../../core/envelopes/index.ts';
import type { EventData } from '../../../core/event-data.ts';
import { ExactNumber } from '../../../core/exact-number.ts';
import { ARRIVAL, ARRIVED, decodeRecord } from '../../support/decode.ts';
import { bytes, cloudEvent } from '../../support/events.ts';

const base64 = (body: unknown): string =>
  (body instanceof Uint8Array ? Buffer.from(body) : bytes(body)).toString('base64');

const QUEUE = 'arn:aws:sqs:eu-central-1:111122223333:doors';

/** As the queue delivers it for the `count`th time. */
const fromSqs = (body: string, count = 1): object => ({
  messageId: '6f1d3c6e-2f2a-4b61-9d0b-54c0a8f3b7e1',
  receiptHandle: `handle ${count}`,
  body,
  attributes: { ApproximateReceiveCount: `${count}`, SentTimestamp: '1795176000123', SenderId: 'AIDAEXAMPLE' },
  messageAttributes: {},
  md5OfBody: 'd41d8cd98f00b204e9800998ecf8427e',
  eventSource: 'aws:sqs',
  eventSourceARN: QUEUE,
  awsRegion: 'eu-central-1',
});

const BROKER = 'arn:aws:mq:eu-central-1:111122223333:broker:doors:b-1';

const fromActiveMq = (body: unknown, redelivered = false): object => ({
  eventSource: 'aws:amq',
  eventSourceArn: BROKER,
  messageID: 'ID:b-1.mq-37557-4:1:1:1:1',
  messageType: 'jms/text-message',
  data: base64(body),
  redelivered,
  destination: { physicalname: 'doors' },
  timestamp: 1795176000123,
  brokerOutTime: redelivered ? 1795176999999 : 1795176000124,
});

const fromRabbitMq = (body: unknown, redelivered = false, messageId: string | null = null): object => ({
  eventSource: 'aws:rmq',
  eventSourceArn: BROKER,
  eventSourceKey: 'doors::/',
  basicProperties: { contentType: 'text/plain', messageId, timestamp: 'Nov 20, 2026, 12:00:00 PM' },
  redelivered,
  data: base64(body),
});

const fromKafka = (body: unknown, fields: object = {}): object => ({
  eventSource: 'aws:kafka',
  eventSourceArn: 'arn:aws:kafka:eu-central-1:111122223333:cluster/doors/1',
  eventSourceKey: 'doors-0',
  topic: 'doors',
  partition: '0',
  offset: 15,
  timestamp: 1795176000123,
  timestampType: 'CREATE_TIME',
  key: base64('k'),
  value: base64(body),
  headers: [],
  ...fields,
});

const fromKinesis = (body: unknown, fields: object = {}): object => ({
  kinesisSchemaVersion: '1.0',
  partitionKey: 'door-7',
  sequenceNumber: '49590338271490256608559692538361571095921575989136588898',
  data: base64(body),
  approximateArrivalTimestamp: 1795176000.123,
  eventSource: 'aws:kinesis',
  ...fields,
});

const SENT = '2026-11-20T12:00:00.123Z';

/** The row of a message that is a record, and the same in an array. */
const rowOf = (message: object): EventData => {
  const [row, inArray] = [message, [message]].flatMap(decodeRecord);
  expect(inArray).to.deep.equal(row);
  return row!;
};

describe('a message that EventBridge Pipes hand over', () => {
  const plain = '{"door":7,"total":12345678901234567890}';
  const messages: [name: string, message: (body: string, count: number) => object, row: object][] = [
    ['SQS', (body, count) => fromSqs(body, count), { Id: '6f1d3c6e-2f2a-4b61-9d0b-54c0a8f3b7e1', Timestamp: SENT }],
    ['ActiveMQ', (body, count) => fromActiveMq(body, count > 1), { Id: 'ID:b-1.mq-37557-4:1:1:1:1', Timestamp: SENT }],
    [
      'RabbitMQ',
      (body, count) => fromRabbitMq(body, count > 1, 'm-1'),
      { Id: 'm-1', Timestamp: ARRIVED.toISOString() },
    ],
    ['MSK', (body) => fromKafka(body), { Id: 'doors-0-15', Timestamp: SENT }],
    ['Kafka', (body) => fromKafka(body, { eventSource: 'SelfManagedKafka' }), { Id: 'doors-0-15', Timestamp: SENT }],
  ];
  for (const [name, message, row] of messages)
    it(`from ${name} is the event in it, and the same row each time that it is delivered`, () => {
      expect(rowOf(message(plain, 1))).to.deep.equal({
        ...row,
        Username: 'key',
        Type: 'json',
        Data: { door: 7, total: new ExactNumber('12345678901234567890') },
      });
      expect(rowOf(message(plain, 2))).to.deep.equal(rowOf(message(plain, 1)));
      const named = rowOf(message('{"id":"e-1","time":"2026-11-19T00:00:00Z"}', 1));
      expect(named).to.include({ Id: 'e-1', Timestamp: '2026-11-19T00:00:00.000Z' });
      expect(rowOf(message(JSON.stringify(cloudEvent()), 1))).to.include({ Id: 'reading-1', Type: 'example.reading' });
    });

  it('from another stream is what it is there: by its key and its bytes, and with the time when it came there', () => {
    const row = rowOf(fromKinesis({ door: 7 }));
    expect(row).to.include({ Username: 'door-7', Timestamp: SENT, Type: 'json' });
    expect(row.Id).to.equal(mapEvent(bytes({ door: 7 }), ARRIVAL).Id);
    expect(() => rowOf(fromKinesis('a line'))).to.throw('not JSON');
  });

  it('is a CloudEvent with its text or its bytes where it is not a JSON object', () => {
    const sqs = {
      Username: QUEUE,
      Id: '6f1d3c6e-2f2a-4b61-9d0b-54c0a8f3b7e1',
      Timestamp: SENT,
      Type: 'aws.sqs.message',
    };
    for (const body of ['ERROR the door 🚪 is open', '[{"door":7}]', '{"door":', ''])
      expect(rowOf(fromSqs(body))).to.deep.equal({ ...sqs, Message: body });
    expect(rowOf(fromActiveMq(Buffer.from([0xff, 0])))).to.include({ Username: BROKER, Type: 'aws.amq.message' });
    expect(Buffer.from(rowOf(fromKafka(Buffer.from([0xff, 0]))).Data as Uint8Array)).to.deep.equal(
      Buffer.from([0xff, 0]),
    );
    expect(rowOf(fromKafka('a', { eventSource: 'SelfManagedKafka', eventSourceArn: undefined }))).to.include({
      Username: 'doors-0',
      Type: 'SelfManagedKafka.message',
    });
    expect(rowOf({ eventSource: 'aws:sqs', body: 'a' })).to.include({ Username: 'aws:sqs', Message: 'a' });
  });

  it('without an id of its own is named by what is in it', () => {
    const [first, again, other] = [fromRabbitMq('a'), fromRabbitMq('a', true), fromRabbitMq('b')].map(rowOf);
    expect(again).to.deep.equal(first);
    expect(other!.Id).not.to.equal(first!.Id);
  });

  it('is one event, so that it is kept and put back whole', () => {
    expect(openRecord(bytes(fromSqs('{}')))).to.deep.include({ isSingle: true, notices: 0 });
  });

  it('is not what has another source, or nothing in it, such as the tombstone of a topic', () => {
    for (const other of [
      fromKafka('a', { value: null }),
      { ...fromSqs('a'), body: { a: 1 } },
      { ...fromSqs('a'), eventSource: 'aws:s3' },
    ])
      expect(rowOf(other)).to.deep.include({ Type: 'json', Data: JSON.parse(JSON.stringify(other)) });
  });
});
