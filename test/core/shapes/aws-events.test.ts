import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { keyOf } from '../../../core/event-data.ts';
import { toSourceEvent } from '../../../core/source-event.ts';
import { ARRIVED, decode, rejected } from '../../support/decode.ts';
import { bytes } from '../../support/events.ts';

const bridged = (fields: object = {}): object => ({
  version: '0',
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  'detail-type': 'Order Placed',
  source: 'shop.orders',
  account: '111122223333',
  time: '2026-11-25T10:00:00Z',
  region: 'eu-central-1',
  resources: [],
  detail: { orderId: 'o-1', total: 12.5 },
  ...fields,
});

const changed = (dynamodb: object = {}, fields: object = {}): object => ({
  awsRegion: 'eu-central-1',
  eventID: '0f5c1c7e-7f5e-4b35-9d38-0d7f2b1a9c11',
  eventName: 'MODIFY',
  tableName: 'Carts',
  dynamodb: {
    ApproximateCreationDateTime: 1764064800123456,
    ApproximateCreationDateTimePrecision: 'MICROSECOND',
    Keys: { Id: { S: 'c-17' } },
    NewImage: { Id: { S: 'c-17' }, Total: { N: '12.50' } },
    OldImage: { Id: { S: 'c-17' }, Total: { N: '10' } },
    SizeBytes: 64,
    ...dynamodb,
  },
  eventSource: 'aws:dynamodb',
  ...fields,
});

const captured = (metadata: object = {}, fields: object = {}): object => ({
  data: { id: 'c-1', text: 'a comment of a shop', author_id: 'u7' },
  metadata: {
    timestamp: '2026-11-25T10:00:00.000001Z',
    'record-type': 'data',
    operation: 'insert',
    'partition-key-type': 'primary-key',
    'schema-name': 'shop',
    'table-name': 'comments',
    ...metadata,
  },
  ...fields,
});

const hashOf = (value: unknown): string => createHash('sha256').update(bytes(value)).digest('hex');

describe('an event of EventBridge', () => {
  it('becomes a row by its source, its id, its time and its detail, and loses nothing', () => {
    expect(decode(bridged())).to.deep.equal({
      Username: 'shop.orders',
      Id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
      Timestamp: '2026-11-25T10:00:00.000Z',
      Type: 'Order Placed',
      Data: { orderId: 'o-1', total: 12.5 },
      Attributes: { version: '0', account: '111122223333', region: 'eu-central-1', resources: [] },
    });
    expect(toSourceEvent(bytes(bridged())).partitionKey).to.equal('6a7e8feb-b491-4cf7-a9f1-bf3703467718');
  });

  it('is refused without a source or a type, and with an id that is not a text', () => {
    expect(rejected(bridged({ id: 7 }))).to.include({ reason: 'KeyMissing' });
    expect(rejected(bridged({ source: '' }))).to.include({ reason: 'KeyMissing' });
    expect(rejected(bridged({ 'detail-type': null }))).to.include({ reason: 'FieldInvalid' });
  });

  it('is named by its bytes where an input template left its id out', () => {
    const event = bridged({ id: undefined, time: undefined });
    expect(decode(event)).to.include({ Username: 'shop.orders', Id: hashOf(event), Type: 'Order Placed' });
  });

  it('has the time of its arrival where it names none, and no data where it has no detail', () => {
    const row = decode(bridged({ time: undefined, detail: null }));
    expect(row).to.include({ Timestamp: ARRIVED.toISOString(), Type: 'Order Placed' });
    expect(row).not.to.have.property('Data');
  });

  it('has no partition key where its id is not a text', () => {
    expect(toSourceEvent(bytes(bridged({ id: 7 })))).to.include({ isKeyless: true });
  });

  for (const field of ['detail-type', 'detail', 'source'])
    it(`is not what has no ${field}`, () => {
      expect(decode(bridged({ [field]: undefined }))).to.include({ Type: 'json' });
    });
});

describe('a change of a DynamoDB table', () => {
  it('becomes a row by its item and its id, with its table, keys and images', () => {
    expect(decode(changed())).to.deep.equal({
      Username: 'Carts/c-17',
      Id: '0f5c1c7e-7f5e-4b35-9d38-0d7f2b1a9c11',
      Timestamp: '2025-11-25T10:00:00.123Z',
      Type: 'dynamodb.MODIFY',
      Data: changed(),
    });
  });

  it('is kept in order by its item', () => {
    const Keys = { User: { S: 'anna' }, Number: { N: '7' } };
    expect(toSourceEvent(bytes(changed({ Keys }))).partitionKey).to.equal('Carts/anna/7');
    expect(decode(changed({ Keys })).Username).to.equal('Carts/anna/7');
  });

  it('may have its time in milliseconds', () => {
    const time = { ApproximateCreationDateTime: 1764064800123, ApproximateCreationDateTimePrecision: 'MILLISECOND' };
    expect(decode(changed(time)).Timestamp).to.equal('2025-11-25T10:00:00.123Z');
  });

  it('is the same where a pipe took it from DynamoDB Streams, which counts in seconds and names the table in an ARN', () => {
    const stream = 'arn:aws:dynamodb:eu-central-1:111122223333:table/Carts/stream/2026-11-20T00:00:00.000';
    const time = { ApproximateCreationDateTime: 1764064800, ApproximateCreationDateTimePrecision: undefined };
    const change = changed(time, { tableName: undefined, eventSourceARN: stream });
    expect(decode(change)).to.include({ Username: 'Carts/c-17', Timestamp: '2025-11-25T10:00:00.000Z' });
    expect(toSourceEvent(bytes(change)).partitionKey).to.equal('Carts/c-17');
  });

  it('is of its key where nothing names the table, as in what the AWS CLI prints of DynamoDB Streams', () => {
    for (const eventSourceARN of [undefined, 'arn:aws:s3:::bucket']) {
      const change = changed({ ApproximateCreationDateTime: 1764064800 }, { tableName: undefined, eventSourceARN });
      expect(decode(change)).to.include({ Username: 'c-17', Timestamp: '2025-11-25T10:00:00.000Z' });
      expect(toSourceEvent(bytes(change)).partitionKey).to.equal('c-17');
    }
  });

  it('is refused without its id, without a table and a key, and with what is not a time', () => {
    expect(rejected(changed({}, { eventID: undefined }))).to.include({ reason: 'KeyMissing' });
    expect(rejected(changed({ ApproximateCreationDateTime: 'now' }))).to.include({ reason: 'FieldInvalid' });
    expect(rejected(changed({ Keys: {} }, { tableName: undefined }))).to.include({
      reason: 'KeyMissing',
      message: 'tableName is nothing; expected a text that is not empty',
    });
  });

  it('needs no time, no keys and no name', () => {
    const nothing = changed({ ApproximateCreationDateTime: null, Keys: undefined }, { eventName: undefined });
    expect(decode(nothing)).to.include({ Username: 'Carts', Timestamp: ARRIVED.toISOString(), Type: 'dynamodb' });
  });

  it('is not what has another source, or says nothing of a change', () => {
    expect(decode(changed({}, { eventSource: 'aws:s3' }))).to.include({ Type: 'json' });
    expect(decode(changed({}, { dynamodb: 'MODIFY' }))).to.include({ Type: 'json' });
  });
});

describe('a change captured by DMS', () => {
  it('becomes a row of its table, in the order of time, with all that it says', () => {
    expect(decode(captured())).to.deep.equal({
      Username: 'shop.comments',
      Id: `2026-11-25T10:00:00.000001Z ${hashOf(captured())}`,
      Timestamp: '2026-11-25T10:00:00.000Z',
      Type: 'dms.insert',
      Data: captured(),
    });
  });

  describe('with the details of its transaction', () => {
    const details = (metadata: object = {}, event: object = {}): object =>
      captured(
        {
          'commit-timestamp': '2026-11-25T09:59:59.886717Z',
          'transaction-id': 1140,
          'transaction-record-id': 2,
          'prev-transaction-id': 1139,
          'stream-position': '00000002/7C007328.2.00000002/7C007328',
          ...metadata,
        },
        event,
      );
    const keyOfRow = (event: object): string => keyOf(decode(event));

    it('is of the time of its commit, and the same row when DMS reads the log again', () => {
      const row = decode(details());
      expect(row).to.include({ Username: 'shop.comments', Timestamp: '2026-11-25T09:59:59.886Z' });
      expect(row.Id).to.match(/^2026-11-25T09:59:59\.886717Z [\da-f]{64}$/);
      const again = { timestamp: '2026-11-25T11:00:00Z', 'prev-transaction-id': undefined, 'stream-position': 'x' };
      expect(keyOfRow(details(again))).to.equal(keyOf(row));
    });

    it('is another row than each other change of its transaction, and of a transaction at the same time', () => {
      const changes = [
        details(),
        details({ 'transaction-record-id': 3 }),
        details({ 'transaction-id': 1141 }),
        details({ operation: 'delete' }),
        details({}, { data: { id: 8 } }),
        details({}, { 'before-image': { id: 8 } }),
      ];
      expect(new Set(changes.map(keyOfRow)).size).to.equal(changes.length);
    });

    it('is named as one without them where some are missing', () => {
      for (const missing of ['commit-timestamp', 'transaction-id', 'transaction-record-id']) {
        const event = details({ [missing]: null });
        expect(decode(event).Id, missing).to.equal(`2026-11-25T10:00:00.000001Z ${hashOf(event)}`);
      }
      const event = details({ 'commit-timestamp': '0' });
      expect(decode(event).Timestamp).to.equal('2026-11-25T10:00:00.000Z');
    });
  });

  it('may be a statement about a table', () => {
    const control = captured(
      {
        'record-type': 'control',
        operation: 'create-table',
        'schema-name': '',
        'table-name': 'awsdms_apply_exceptions',
      },
      { data: undefined, control: {} },
    );
    expect(decode(control)).to.include({ Username: 'awsdms_apply_exceptions', Type: 'dms.create-table' });
  });

  it('has its record where it names no table, and the time of its arrival where it names none', () => {
    const event = captured({ timestamp: undefined, 'schema-name': undefined, 'table-name': undefined });
    expect(decode(event)).to.include({ Username: 'key', Id: hashOf(event), Timestamp: ARRIVED.toISOString() });
  });

  it('is not what lacks the kind of its record, or its operation', () => {
    expect(decode(captured({ 'record-type': undefined }))).to.include({ Type: 'json' });
    expect(decode(captured({ operation: undefined }))).to.include({ Type: 'json' });
  });
});
