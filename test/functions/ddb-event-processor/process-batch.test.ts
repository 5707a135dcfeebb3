import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { expect } from 'chai';
import { InvalidEventError } from '../../../core/invalid-event.ts';
import type { Processor } from '../../../core/processor.ts';
import { anyObject } from '../../../core/shapes/any-object.ts';
import type { Shape } from '../../../core/shapes/shape.ts';
import { readDelivery } from '../../../functions/ddb-event-processor/delivery.ts';
import { eventDataTable } from '../../../functions/ddb-event-processor/event-data-table.ts';
import { type Processed, processBatch } from '../../../functions/ddb-event-processor/process-batch.ts';
import { putNewestRows } from '../../../functions/ddb-event-processor/put-newest-rows.ts';
import { putRows } from '../../../functions/ddb-event-processor/put-rows.ts';
import { rejectedEventsTable } from '../../../functions/ddb-event-processor/rejected-events-table.ts';
import { timeBudget } from '../../../functions/ddb-event-processor/time-budget.ts';
import type { RetryPolicy } from '../../../functions/retry-policy.ts';
import { processorNamed } from '../../../processors/index.ts';
import { type FaultPlan, type FaultProxy, startFaultProxy } from '../../../proof/fault-proxy.ts';
import { aggregated } from '../../support/aggregated.ts';
import { batchCounts } from '../../support/counts.ts';
import { decodeEvent } from '../../support/decode.ts';
import { localDynamoDb, TestServices } from '../../support/emulators.ts';
import { bytes, cloudEvent, tweetV1, tweetV2 } from '../../support/events.ts';
import { kinesisEvent, STREAM_ARN, sequenceNumber } from '../../support/kinesis-event.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/until.ts';

const NOW = new Date('2026-11-21T10:00:00.000Z');

/** Of each batch: what Lambda gives, and until when it decodes, writes rows and writes rejected events. Milliseconds. */
const TIME = { remaining: 10_000, decoding: 3_000, rows: 6_000, rejections: 8_500 };

/** What became of a batch, and what the function answers. */
type Run = Processed & { response: KinesisStreamBatchResponse };

describe('processBatch', () => {
  const services = new TestServices();
  let tables: { events: string; rejected: string };
  let proxy: FaultProxy | undefined;
  let clients: ReturnType<typeof localDynamoDb>[] = [];
  /** Of the time budget: no test waits for a deadline, and none comes before the test says so. */
  let clock: ManualClock;
  /** What happens while the function waits between two tries. */
  let onPause: () => Promise<void>;
  /** Requests to DynamoDB that are not answered. */
  let inFlight = 0;

  before(() => services.start());
  after(() => services.stop());
  beforeEach(async () => {
    clock = new ManualClock();
    onPause = () => setImmediate();
    tables = { events: await services.createTable(['Username', 'Id']), rejected: await services.createTable(['Id']) };
  });
  afterEach(async () => {
    for (const client of clients) client.destroy();
    clients = [];
    await proxy?.close();
    proxy = undefined;
  });

  /** Processes an invocation, the requests to DynamoDB failing by that plan. */
  const deliver = async (
    event: KinesisStreamEvent,
    plan?: FaultPlan,
    { remaining = TIME.remaining, processor = processorNamed('default') as Processor } = {},
  ): Promise<Run> => {
    if (plan) proxy = await startFaultProxy(services.endpoints.dynamoDb, plan);
    const client = localDynamoDb(proxy?.endpoint ?? services.endpoints.dynamoDb);
    clients.push(client);
    client.middlewareStack.add(
      (next) => async (call) => {
        inFlight += 1;
        return next(call).finally(() => {
          inFlight -= 1;
        });
      },
      { step: 'deserialize', priority: 'high' },
    );
    const { records, answer } = readDelivery(event, NOW.getTime());
    const budget = timeBudget(clock, remaining);
    const policy: RetryPolicy = {
      backoff: { baseMs: 1, capMs: 5 },
      concurrency: 4,
      clock: { ...clock, sleep: () => onPause() },
    };
    const processed = await processBatch(records, {
      processor,
      putEvents: putRows(client, eventDataTable(tables.events), policy),
      putRejected: putRows(client, rejectedEventsTable(tables.rejected), policy),
      calendar: { now: () => NOW.getTime() },
      budget,
    });
    budget.end();
    return { ...processed, response: answer(processed.unwritten) };
  };
  /** The same for values as the records of one batch. */
  const run = (values: readonly unknown[], plan?: FaultPlan): Promise<Run> => deliver(kinesisEvent(values), plan);
  /** The time for rows ends as soon as every request is answered. */
  const endOnceIdle = async (): Promise<void> => {
    await until(() => inFlight === 0);
    clock.advance(TIME.rows - clock.now());
  };
  /** The plan, and at the request of that index the time comes to `ms`. */
  const comingTo =
    (ms: number, index: number, plan: FaultPlan): FaultPlan =>
    (call, n) => {
      if (n === index) clock.advance(ms - clock.now());
      return plan(call, n);
    };
  const failures = (...indices: number[]) => ({
    batchItemFailures: indices.map((index) => ({ itemIdentifier: sequenceNumber(index) })),
  });
  /** One record of several events. */
  const packed = (...values: unknown[]): Buffer =>
    aggregated(
      values.map((value, index) => ({
        partitionKey: `名前-${index}`,
        data: value instanceof Uint8Array ? value : bytes(value),
      })),
    );
  const batchSizes = () => proxy?.calls.map(({ entries }) => entries.length);

  it('stores every shape of event, emoji and all', async () => {
    const { response, counts } = await run([tweetV1(), tweetV2(), cloudEvent()]);
    expect(response).to.deep.equal(failures());
    expect(counts).to.deep.equal(
      batchCounts({ records: 3, events: 3, written: 3, superseded: 0, rejected: 0, unwritten: 0 }),
    );
    expect(await services.rows(tables.events)).to.have.deep.members([
      {
        Username: '名前 🦊',
        Id: '1991478936813379585',
        Timestamp: '2026-11-20T12:34:56.000Z',
        Type: 'tweet',
        Message: '東京は晴れ ☀️ 👩‍👩‍👧‍👦 yolo',
      },
      {
        Username: 'Zoë 🦊',
        Id: '1991478936813379586',
        Timestamp: '2026-11-20T12:34:56.000Z',
        Type: 'tweet',
        Message: 'naïve café 🎉',
      },
      {
        Username: '/sensors/42',
        Id: 'reading-1',
        Timestamp: '2026-11-20T12:34:56.000Z',
        Type: 'example.reading',
        Data: { celsius: 21.5, where: '台所' },
      },
    ]);
  });

  it('stores data that a marshaller might trip over', async () => {
    const data = {
      constructor: 'x',
      nested: { constructor: { name: 'Set' } },
      '': '',
      none: null,
      large: 1e20,
      list: [[]],
    };
    await run([cloudEvent({ data })]);
    const [row] = await services.rows(tables.events);
    // Beyond 2^53 the SDK reads a number as a bigint.
    expect(row?.Data).to.deep.equal({ ...data, large: 10n ** 20n });
  });

  it('stores numbers by their own digits', async () => {
    const numbers = ['9007199254740993', '78.00', '12345678901234567890.123456789', '1e-130', '-0.1', '1E+125'];
    await run([`{"specversion":"1.0","id":"1","source":"s","type":"t","data":[${numbers.join()}]}`]);
    const { Items = [] } = await services.dynamoDb.send(new ScanCommand({ TableName: tables.events }));
    const found = Items[0]?.Data?.L?.map(({ N = '' }) => N) ?? [];
    // As numbers they are the same, and what a double cannot hold has all of its digits.
    expect(found.map(Number)).to.deep.equal(numbers.map(Number));
    expect(found).to.include.members(['9007199254740993', '78', '12345678901234567890.123456789', '-0.1']);
  });

  it('keeps the last of a key, since a request may name it once', async () => {
    const values = [1, 2, 3].map((count) => tweetV1({ text: `version ${count}` }));
    const { response, counts } = await run([...values, tweetV2()]);
    expect(response).to.deep.equal(failures());
    expect(counts).to.include({ written: 2, superseded: 2 });
    const rows = await services.rows(tables.events);
    expect(rows.map(({ Message }) => Message)).to.have.members(['version 3', 'naïve café 🎉']);
  });

  it('writes 25 at a time', async () => {
    const values = Array.from({ length: 60 }, (_, index) => cloudEvent({ id: `e-${index}` }));
    await run(values, () => undefined);
    // Several requests at once arrive in any order.
    expect(batchSizes()).to.have.members([25, 25, 10]);
    expect(await services.rows(tables.events)).to.have.length(60);
  });

  it('is the same after a second delivery', async () => {
    const values = [tweetV1(), '{"cut', tweetV2()];
    await run(values);
    const before = [await services.rows(tables.events), await services.rows(tables.rejected)];
    await run(values);
    expect([await services.rows(tables.events), await services.rows(tables.rejected)]).to.deep.equal(before);
  });

  it('has one row of a message of SQS, however often a pipe hands it over, and of each message that says the same', async () => {
    const message = (messageId: string, count: number) => ({
      messageId,
      receiptHandle: `handle ${count}`,
      body: '{"door":7}',
      attributes: { ApproximateReceiveCount: `${count}`, SentTimestamp: '1795254300000' },
      eventSource: 'aws:sqs',
    });
    for (const value of [message('m-1', 1), message('m-1', 2), message('m-2', 1)]) await run([value]);
    const rows = await services.rows(tables.events);
    const row = { Username: 'key-0', Timestamp: '2026-11-21T09:45:00.000Z', Type: 'json', Data: { door: 7 } };
    expect(rows).to.have.deep.members([
      { ...row, Id: 'm-1' },
      { ...row, Id: 'm-2' },
    ]);
  });

  it('says of each row that it wrote how long after its own time that was, and of no other', async () => {
    const values = [
      cloudEvent({ id: 'a', time: '2026-11-21T09:59:58.500Z' }),
      cloudEvent({ id: 'b', time: '2026-11-21T09:00:00Z' }),
      cloudEvent({ id: 'b', time: '2026-11-21T09:59:00Z' }),
      cloudEvent({ id: 'of tomorrow', time: '2026-11-22T00:00:00Z' }),
      'bad',
    ];
    expect((await run(values)).eventToTableMilliseconds).to.deep.equal([1_500, 60_000, 0]);
    const denied: FaultPlan = () => ({ kind: 'error', status: 400, type: 'AccessDeniedException' });
    expect((await run(values, denied)).eventToTableMilliseconds).to.deep.equal([]);
  });

  it('answers nothing to an empty batch', async () => {
    expect((await run([])).response).to.deep.equal(failures());
  });

  describe('rejects', () => {
    it('what is malformed, with its reason and its bytes, and stores the good ones around it', async () => {
      const malformed = '{"text":"名前';
      const { response, counts, reasons } = await run([tweetV1(), malformed, tweetV2()]);
      expect(response).to.deep.equal(failures());
      expect(counts).to.include({ written: 2, rejected: 1, unwritten: 0 });
      expect(reasons).to.deep.equal({ NotJson: 1 });
      const [row] = await services.rows(tables.rejected);
      expect(row).to.deep.include({
        Id: `shardId-000000000000:${sequenceNumber(1)}`,
        Reason: 'NotJson',
        PartitionKey: 'key-1',
        ArrivedAt: '2026-11-20T12:34:56.123Z',
        RejectedAt: '2026-11-21T10:00:00.000Z',
        SequenceNumber: sequenceNumber(1),
        StreamArn: STREAM_ARN,
        Bytes: Buffer.byteLength(malformed),
        Encoding: 'identity',
      });
      expect(row?.Detail).to.match(/^not JSON/);
      expect(Buffer.from(row?.Data as Uint8Array).toString()).to.equal(malformed);
      expect(row).not.to.have.property('UserRecord');
    });

    it('bytes that are not UTF-8, and keeps them', async () => {
      const data = Buffer.from([0x80, 0xff, 0x00]);
      await run([data]);
      const [row] = await services.rows(tables.rejected);
      expect(row).to.include({ Reason: 'NotUtf8' });
      expect(Buffer.from(row?.Data as Uint8Array).equals(data)).to.equal(true);
    });

    it('a large payload compressed', async () => {
      const data = bytes({ hello: 'world '.repeat(150_000) });
      await run([data]);
      const [row] = await services.rows(tables.rejected);
      expect(row).to.include({ Encoding: 'gzip', Bytes: data.length });
      expect(gunzipSync(row?.Data as Uint8Array).equals(data)).to.equal(true);
    });

    it('a payload that fits no item with the place where it lies on the stream', async () => {
      const room = 384 * 1024;
      const { response, counts } = await run([room, room + 1, 800_000].map((size) => randomBytes(size)));
      expect(response).to.deep.equal(failures());
      expect(counts).to.include({ rejected: 3, unwritten: 0 });
      const rows = await services.rows(tables.rejected);
      const kept = new Map(rows.map((row) => [row.Bytes, row]));
      expect(kept.get(room)).to.include({ Encoding: 'identity' });
      for (const [index, size] of [room + 1, 800_000].entries()) {
        const where = { SequenceNumber: sequenceNumber(index + 1), StreamArn: STREAM_ARN };
        expect(kept.get(size)).to.include({ Encoding: 'stream', ...where });
        expect(kept.get(size)).not.to.have.property('Data');
      }
    });

    for (const [what, partitionKey] of [
      ['no item has room for', 'k'.repeat(420_000)],
      ['Kinesis does not take', 'k'.repeat(257)],
      ['has half of a character', 'half \ud83e'],
    ])
      it(`a record of another stream whose partition key ${what}, under the key of the record around it`, async () => {
        const piped = { eventSource: 'aws:kinesis', data: Buffer.from('x').toString('base64'), partitionKey };
        const { response, counts } = await run([[piped]]);
        expect(response).to.deep.equal(failures());
        expect(counts).to.include({ rejected: 1, unwritten: 0 });
        const [row] = await services.rows(tables.rejected);
        expect(row).to.include({ Reason: 'NotJson', PartitionKey: 'key-0' });
      });

    it('a message of SQS whole, in an array or not, so that it is the same event when it is put back', async () => {
      const message = { messageId: 'm-1', body: '{"door":1e999}', eventSource: 'aws:sqs' };
      await run([message, [message]]);
      const rows = await services.rows(tables.rejected);
      expect(rows).to.have.length(2);
      for (const row of rows) {
        expect(row.Reason).to.equal('NumberOutOfRange');
        expect(JSON.parse(Buffer.from(row.Data as Uint8Array).toString())).to.deep.equal(message);
      }
    });

    it('what a processor refuses with more words than an item has room for', async () => {
      const detail = `half \ud83e, then ${'words '.repeat(100_000)}`;
      const process = (): never => {
        throw new InvalidEventError('Refused', detail);
      };
      const processor = { shapes: [anyObject], process };
      const data = bytes({ noise: randomBytes(375_000).toString('base64') });
      const { response, counts } = await deliver(kinesisEvent([data]), undefined, { processor });
      expect(response).to.deep.equal(failures());
      expect(counts).to.include({ rejected: 1, unwritten: 0 });
      const [row] = await services.rows(tables.rejected);
      expect(row?.Detail).to.equal(detail.slice(0, 2_000).toWellFormed());
      expect(row).to.have.property('Data');
    });

    it('the one item that DynamoDB refuses, and stores the 49 that travelled with it', async () => {
      const values = Array.from({ length: 50 }, (_, index) => cloudEvent({ id: `e-${index}`, data: { index } }));
      values[17] = cloudEvent({ id: 'e-17', data: { blob: 'x'.repeat(410 * 1024) } });
      const { response, counts, reasons } = await run(values);
      expect(response).to.deep.equal(failures());
      expect(counts).to.include({ written: 49, rejected: 1 });
      expect(reasons).to.deep.equal({ TableRefused: 1 });
      expect(await services.rows(tables.events)).to.have.length(49);
      const [row] = await services.rows(tables.rejected);
      expect(row?.Detail).to.match(/^ValidationException: Item size has exceeded/);
    });

    it('only the last of a key where it is too large, and stores the one before it', async () => {
      const { counts } = await run([
        cloudEvent({ data: 'first' }),
        cloudEvent({ data: 'second' }),
        cloudEvent({ data: 'x'.repeat(410 * 1024) }),
      ]);
      expect(counts).to.deep.equal(
        batchCounts({ records: 3, events: 3, written: 1, superseded: 1, rejected: 1, unwritten: 0 }),
      );
      const [row] = await services.rows(tables.events);
      expect(row?.Message).to.equal('second');
    });
  });

  describe('unpacks a record of several events', () => {
    const numbered = (id: string, data: unknown = id) => cloudEvent({ id, data });
    const dataById = async () =>
      Object.fromEntries((await services.rows(tables.events)).map((row) => [row.Id, row.Message ?? row.Data]));
    const payloadOf = (row: Record<string, unknown> | undefined): Buffer => Buffer.from(row?.Data as Uint8Array);
    const idOf = (record: number): string => `shardId-000000000000:${sequenceNumber(record)}`;

    it('and stores each of them next to those that are records of their own', async () => {
      const { response, counts } = await run([
        packed(tweetV1(), numbered('a'), numbered('b')),
        numbered('c'),
        packed(numbered('d')),
      ]);
      expect(response).to.deep.equal(failures());
      expect(counts).to.deep.equal(
        batchCounts({ records: 3, events: 5, written: 5, superseded: 0, rejected: 0, unwritten: 0 }),
      );
      const rows = await services.rows(tables.events);
      expect(rows.map(({ Id }) => Id)).to.have.members(['1991478936813379585', 'a', 'b', 'c', 'd']);
    });

    it('and keeps the last of a key, within the record and across records', async () => {
      const { counts } = await run([
        numbered('b', 'too early'),
        packed(numbered('a', 1), numbered('b', 1), numbered('a', 2)),
        packed(numbered('b', 2), numbered('c', 1)),
        numbered('c', 'last'),
      ]);
      expect(counts).to.include({ records: 4, events: 7, written: 3, superseded: 4 });
      expect(await dataById()).to.deep.equal({ a: 2, b: 2, c: 'last' });
    });

    it('and rejects only one of them, with its own key, bytes and place', async () => {
      const { response, counts, reasons } = await run([
        numbered('before'),
        packed(numbered('a'), '{"cut": "名前', numbered('b'), 'bad'),
      ]);
      expect(response).to.deep.equal(failures());
      expect(counts).to.include({ records: 2, events: 5, written: 3, rejected: 2 });
      expect(reasons).to.deep.equal({ NotJson: 2 });
      const rows = await services.rows(tables.rejected);
      expect(rows.map(({ Id }) => Id)).to.have.members([`${idOf(1)}:1`, `${idOf(1)}:3`]);
      const row = rows.find(({ UserRecord }) => UserRecord === 1);
      expect(row).to.deep.include({
        Id: `${idOf(1)}:1`,
        PartitionKey: '名前-1',
        SequenceNumber: sequenceNumber(1),
        StreamArn: STREAM_ARN,
        Bytes: Buffer.byteLength('{"cut": "名前'),
        Encoding: 'identity',
      });
      expect(payloadOf(row).toString()).to.equal('{"cut": "名前');
    });

    it('and rejects the whole of one that is corrupt, with its bytes', async () => {
      const corrupt = packed(numbered('a'), numbered('b'));
      corrupt[30]! ^= 1;
      const { counts, reasons } = await run([corrupt, numbered('c')]);
      expect(counts).to.deep.equal(
        batchCounts({ records: 2, events: 2, written: 1, superseded: 0, rejected: 1, unwritten: 0 }),
      );
      expect(reasons).to.deep.equal({ AggregateInvalid: 1 });
      const [row] = await services.rows(tables.rejected);
      expect(row)
        .to.include({ Id: idOf(0), PartitionKey: 'key-0' })
        .and.not.to.have.property('UserRecord');
      expect(row?.Detail).to.match(/^the aggregated record is broken: its bytes do not agree with its MD5/);
      expect(payloadOf(row).equals(corrupt)).to.equal(true);
    });

    it('and rejects the one that DynamoDB refuses, and stores the one before it of its key', async () => {
      const { counts, reasons } = await run([
        packed(numbered('a', 'first'), numbered('b'), numbered('a', 'x'.repeat(410 * 1024))),
      ]);
      expect(counts).to.include({ records: 1, events: 3, written: 2, rejected: 1 });
      expect(reasons).to.deep.equal({ TableRefused: 1 });
      expect(await dataById()).to.deep.equal({ a: 'first', b: 'b' });
      const [row] = await services.rows(tables.rejected);
      expect(row).to.include({ Id: `${idOf(0)}:2`, Encoding: 'gzip' });
    });

    it('and names that record where one of its events is unwritten, and is the same after the next delivery', async () => {
      const values = [
        numbered('before'),
        packed(numbered('a'), numbered('b'), 'bad', numbered('c')),
        numbered('after'),
      ];
      const plan: FaultPlan = ({ entries }, n) => ({
        kind: 'partial',
        // Of before, a, b, c and after: c, and it remains the only one.
        indices: n === 0 ? [3] : entries.map((_, index) => index),
      });
      const first = await run(values, comingTo(TIME.rejections, 5, plan));
      expect(first.response).to.deep.equal(failures(1));
      expect(first.counts).to.include({ records: 3, events: 6, written: 4, rejected: 0, unwritten: 2 });
      await proxy?.close();
      proxy = undefined;
      const second = await run(values);
      expect(second.response).to.deep.equal(failures());
      expect(second.counts).to.include({ written: 5, rejected: 1, unwritten: 0 });
      expect(Object.keys(await dataById())).to.have.members(['before', 'a', 'b', 'c', 'after']);
    });

    it('and names it where RejectedEvents is missing: nothing of it is lost', async () => {
      tables.rejected = 'no-such-table';
      const { response, counts } = await run([numbered('before'), packed(numbered('a'), 'bad', 'bad too')]);
      expect(response).to.deep.equal(failures(1));
      expect(counts).to.deep.equal(
        batchCounts({ records: 2, events: 4, written: 2, superseded: 0, rejected: 0, unwritten: 2 }),
      );
    });

    it('whose events are lines of JSON', async () => {
      const lines = [numbered('a'), { specversion: '0.2' }, numbered('b')].map((value) => JSON.stringify(value));
      const { counts, reasons } = await run([`${lines.join('\r\n')}\n\n`, `${lines[0]}\n`]);
      expect(counts).to.deep.equal(
        batchCounts({ records: 2, events: 4, written: 2, superseded: 1, rejected: 1, unwritten: 0 }),
      );
      expect(reasons).to.deep.equal({ FieldInvalid: 1 });
      const [row] = await services.rows(tables.rejected);
      expect(row).to.include({ Id: `${idOf(0)}:1`, UserRecord: 1, PartitionKey: 'key-0' });
      expect(payloadOf(row).toString()).to.equal('{"specversion":"0.2"}');
    });

    it('but not one of lines where one of them is no JSON: it is rejected whole', async () => {
      const cut = `${JSON.stringify(numbered('a'))}\n${JSON.stringify(numbered('b'))}\n{"cut`;
      const { counts, reasons } = await run([cut, '{\n  "specversion": "1.0",\n  "id": {"a"']);
      expect(counts).to.include({ records: 2, events: 2, written: 0, rejected: 2 });
      expect(reasons).to.deep.equal({ NotJson: 2 });
      const rows = await services.rows(tables.rejected);
      expect(rows.map(({ Id }) => Id)).to.have.members([idOf(0), idOf(1)]);
      expect(payloadOf(rows.find(({ Id }) => Id === idOf(0))).toString()).to.equal(cut);
    });
  });

  describe('retries', () => {
    it('unprocessed items, and only those', async () => {
      const values = Array.from({ length: 10 }, (_, index) => cloudEvent({ id: `e-${index}` }));
      const { response, counts, retries, unprocessed } = await run(values, (_, index) =>
        index < 2 ? { kind: 'partial', indices: index === 0 ? [2, 5, 9] : [1] } : undefined,
      );
      expect(response).to.deep.equal(failures());
      expect(counts.written).to.equal(10);
      expect(retries).to.equal(2);
      expect(unprocessed).to.equal(4);
      expect(batchSizes()).to.deep.equal([10, 3, 1]);
      expect(await services.rows(tables.events)).to.have.length(10);
    });

    const faults: [name: string, plan: FaultPlan][] = [
      [
        'throttling',
        (_, n) => (n < 3 ? { kind: 'error', status: 400, type: 'ProvisionedThroughputExceededException' } : undefined),
      ],
      [
        'a failure of the service',
        (_, n) => (n < 2 ? { kind: 'error', status: 500, type: 'InternalServerError' } : undefined),
      ],
      ['a connection that breaks', (_, n) => (n < 2 ? { kind: 'reset', when: 'before' } : undefined)],
      ['a connection that breaks after the write', (_, n) => (n < 2 ? { kind: 'reset', when: 'after' } : undefined)],
      [
        'a table that leaves everything unprocessed',
        (call, n) => (n < 3 ? { kind: 'partial', indices: call.entries.map((_, i) => i) } : undefined),
      ],
    ];
    for (const [name, plan] of faults)
      it(name, async () => {
        const { response, counts } = await run([tweetV1(), tweetV2()], plan);
        expect(response).to.deep.equal(failures());
        expect(counts.written).to.equal(2);
        expect(await services.rows(tables.events)).to.have.length(2);
      });
  });

  describe('names the first unwritten record', () => {
    it('where the time is over while a table throttles, and stores what it can before', async () => {
      const values = Array.from({ length: 30 }, (_, index) => cloudEvent({ id: `e-${index}` }));
      const plan: FaultPlan = ({ entries }) =>
        entries.length === 25 ? undefined : { kind: 'error', status: 400, type: 'ThrottlingException' };
      onPause = endOnceIdle;
      const { response, counts, errors } = await run(values, plan);
      expect(response).to.deep.equal(failures(25));
      expect(counts).to.include({ written: 25, unwritten: 5 });
      expect(errors.join()).to.contain('ThrottlingException');
    });

    it('where there was no time at all', async () => {
      const { response, counts } = await deliver(kinesisEvent([tweetV1(), 'bad', tweetV2()]), undefined, {
        remaining: 0,
      });
      expect(response).to.deep.equal(failures(0));
      expect(counts).to.deep.equal(
        batchCounts({ records: 3, events: 3, written: 0, superseded: 0, rejected: 0, unwritten: 3 }),
      );
    });

    it('where a reply comes too late', async () => {
      const { response } = await run(
        [tweetV1()],
        comingTo(TIME.rejections, 0, () => ({ kind: 'delay', ms: 10 })),
      );
      expect(response).to.deep.equal(failures(0));
    });

    it('at once where access is denied, which no retry within an invocation fixes', async () => {
      const { response, counts, errors } = await run([tweetV1(), tweetV2()], () => ({
        kind: 'error',
        status: 400,
        type: 'AccessDeniedException',
      }));
      expect(response).to.deep.equal(failures(0));
      expect(counts.unwritten).to.equal(2);
      expect(errors).to.deep.equal(['AccessDeniedException: AccessDeniedException by the fault proxy']);
      expect(batchSizes()).to.deep.equal([2]);
    });

    it('at once where the key of the table is disabled, which is the fault of no event', async () => {
      const message = 'KMS key disabled error: com.amazonaws.services.kms.model.DisabledException: k is disabled.';
      const { response, counts, errors } = await run([tweetV1(), tweetV2()], (call) =>
        call.tables.includes(tables.events)
          ? { kind: 'error', status: 400, type: 'ValidationException', message }
          : undefined,
      );
      expect(response).to.deep.equal(failures(0));
      expect(counts).to.include({ rejected: 0, unwritten: 2 });
      expect(errors).to.deep.equal([`ValidationException: ${message}`]);
      expect(batchSizes()).to.deep.equal([2]);
    });

    it('where it could be rejected but RejectedEvents is missing: it is not lost', async () => {
      tables.rejected = 'no-such-table';
      const { response, counts } = await run([tweetV1(), 'bad', tweetV2()]);
      expect(response).to.deep.equal(failures(1));
      expect(counts).to.include({ written: 2, rejected: 0, unwritten: 1 });
    });

    it('where RejectedEvents refuses the row for good: it is not lost', async () => {
      const { response, counts, errors } = await run([tweetV1(), 'bad', tweetV2()], (call) =>
        call.tables.includes(tables.rejected) ? { kind: 'error', status: 400, type: 'ValidationException' } : undefined,
      );
      expect(response).to.deep.equal(failures(1));
      expect(counts).to.include({ written: 2, rejected: 0, unwritten: 1 });
      expect(errors.join()).to.contain('ValidationException');
    });

    it('which is the first of its key, for the last of it may yet be refused', async () => {
      const values = [
        cloudEvent({ id: 'a' }),
        cloudEvent({ id: 'b' }),
        cloudEvent({ id: 'c' }),
        cloudEvent({ id: 'b', data: 2 }),
      ];
      const plan: FaultPlan = ({ entries }, n) => ({
        kind: 'partial',
        indices: n === 0 ? [1] : entries.map((_, index) => index),
      });
      const { response, counts } = await run(values, comingTo(TIME.rows, 5, plan));
      expect(response).to.deep.equal(failures(1));
      expect(counts).to.include({ written: 2, unwritten: 2 });
    });
  });

  describe('keeps within its time', () => {
    const numbered = (count: number) => Array.from({ length: count }, (_, index) => cloudEvent({ id: `e-${index}` }));
    /** DynamoDB leaves this event unprocessed, always. */
    const leaving =
      (id: string): FaultPlan =>
      ({ entries }) => {
        const index = entries.findIndex((entry) => JSON.stringify(entry).includes(`"Id":{"S":"${id}"}`));
        return index < 0 ? undefined : { kind: 'partial', indices: [index] };
      };
    const never: [what: string, value: unknown, reason: string][] = [
      ['malformed', '{"cut', 'NotJson'],
      ['refused by the table', cloudEvent({ id: 'large', data: 'x'.repeat(410 * 1024) }), 'TableRefused'],
    ];
    for (const [what, value, reason] of never)
      it(`and sets aside a record that is ${what}, though one after it is unwritten until the end`, async () => {
        const values: unknown[] = numbered(150);
        values[0] = value;
        onPause = endOnceIdle;
        const { response, counts, reasons } = await run(values, leaving('e-130'));
        expect(response).to.deep.equal(failures(130));
        expect(counts).to.include({ written: 148, rejected: 1, unwritten: 1 });
        expect(reasons).to.deep.equal({ [reason]: 1 });
        expect(await services.rows(tables.rejected)).to.have.length(1);
      });

    it('and names the rejected record where RejectedEvents takes nothing until the end', async () => {
      onPause = async () => clock.advance(TIME.rejections / 4);
      const { response, counts, retries } = await run([tweetV1(), 'bad'], ({ entries }) =>
        JSON.stringify(entries).includes('"Reason"')
          ? { kind: 'error', status: 500, type: 'InternalServerError' }
          : undefined,
      );
      expect(response).to.deep.equal(failures(1));
      expect(counts).to.include({ written: 1, rejected: 0, unwritten: 1 });
      expect(retries).to.equal(4);
    });

    // The cheapest of events: there must be many.
    const row = { Username: 's', Id: '1', Timestamp: NOW.toISOString(), Type: 'tick' };
    const tick: Shape = { name: 'tick', matches: () => true, partitionKey: () => undefined, toRow: () => row };
    const TOO_MUCH = 'the batch holds more than 100000 rows or 16 MiB of events';

    it('and writes what it has decoded, however long the next record takes', async () => {
      const endless = Array.from({ length: 5_000 }, () => '{}').join('\n');
      // Each look at the clock takes a millisecond.
      const now = (): number => {
        clock.advance(1);
        return clock.now();
      };
      const budget = timeBudget({ ...clock, now }, TIME.remaining);
      const { dynamoDb } = services;
      const policy = { backoff: { baseMs: 1, capMs: 5 }, concurrency: 4, clock };
      const { unwritten, counts, errors } = await processBatch(
        kinesisEvent([tweetV1(), 'bad', endless, tweetV2()]).Records,
        {
          processor: processorNamed('default'),
          putEvents: putRows(dynamoDb, eventDataTable(tables.events), policy),
          putRejected: putRows(dynamoDb, rejectedEventsTable(tables.rejected), policy),
          calendar: { now: () => NOW.getTime() },
          budget,
        },
      );
      budget.end();
      expect(unwritten.map(({ kinesis }) => kinesis.sequenceNumber)).to.deep.equal([2, 3].map(sequenceNumber));
      expect(counts).to.deep.equal(
        batchCounts({ records: 4, events: 4, written: 1, superseded: 0, rejected: 1, unwritten: 2 }),
      );
      expect(errors).to.deep.equal(['the time for decoding is over']);
      expect(clock.now()).to.be.below(TIME.rows);
    });

    it('and its memory: of a batch with too many events it leaves the last records', async () => {
      const lines = Array.from({ length: 10_000 }, () => '{}').join('\n');
      const ticks = kinesisEvent(Array.from({ length: 12 }, () => lines));
      const processor = { shapes: [tick], process: () => undefined };
      const { response, counts, errors } = await deliver(ticks, undefined, { processor });
      expect(response).to.deep.equal(failures(10));
      expect(counts).to.include({ events: 100_002, dropped: 100_000, unwritten: 2 });
      expect(errors).to.deep.equal([TOO_MUCH]);
    });

    it('and its memory: of a batch whose events make too many rows it leaves the last records', async () => {
      // All of them are versions of one row, so that only the last is written.
      const processor = { shapes: [tick], process: () => Array.from({ length: 1_000 }, () => row) };
      const ticks = kinesisEvent(Array.from({ length: 12 }, () => '{}\n'.repeat(10)));
      const { response, counts, errors } = await deliver(ticks, undefined, { processor });
      expect(response).to.deep.equal(failures(10));
      expect(counts).to.include({ events: 102, derived: 99_900, unwritten: 2 });
      expect(errors).to.deep.equal([TOO_MUCH]);
    });

    it('and its memory: of a batch of gzip that holds too many bytes it leaves the last records', async () => {
      const bomb = gzipSync(bytes({ text: 'x'.repeat(9 * 1024 * 1024) }));
      const processor = { shapes: [tick], process: () => undefined };
      const { response, counts, errors } = await deliver(kinesisEvent(Array(60).fill(bomb)), undefined, { processor });
      expect(response).to.deep.equal(failures(2));
      expect(counts).to.include({ events: 60, dropped: 2, unwritten: 58 });
      expect(errors).to.deep.equal([TOO_MUCH]);
    });

    it('and its memory: a record whose events make too many rows is rejected whole', async () => {
      const meters = gzipSync('{"meter":"m","readings":[{}]}\n'.repeat(3_400));
      const process: Processor['process'] = ({ Data }) =>
        Array.from({ length: (Data as { readings?: [] }).readings ? 1_000 : 1 }, () => row);
      const processor = { shapes: [anyObject], process };
      const { response, counts, reasons } = await deliver(kinesisEvent([meters, '{}']), undefined, { processor });
      expect(response).to.deep.equal(failures());
      expect(counts).to.include({ events: 2, written: 1, rejected: 1, derived: 0 });
      expect(reasons).to.deep.equal({ TooManyRows: 1 });
      const [rejected] = await services.rows(tables.rejected);
      expect(rejected).to.include({ Reason: 'TooManyRows', Bytes: meters.length });
      expect(Buffer.from(rejected?.Data as Uint8Array).equals(meters)).to.equal(true);
    });

    for (const [name, putIn] of [
      ['many with a request', putRows],
      ['one with a request', putNewestRows],
    ] as const)
      it(`and makes no row ready once it is over, ${name}`, async () => {
        const table = eventDataTable(tables.events);
        const policy = { backoff: { baseMs: 1, capMs: 5 }, concurrency: 4, clock };
        let [looks, ready] = [0, 0];
        const toItem: typeof table.toItem = (row) => {
          ready += 1;
          return table.toItem(row);
        };
        const put = putIn(services.dynamoDb, { ...table, toItem }, policy);
        const rows = Array.from({ length: 1_000 }, (_, index) =>
          decodeEvent(bytes(cloudEvent({ id: `e-${index}` })), { at: NOW, partitionKey: '' }),
        );
        const isOver = (): boolean => {
          looks += 1;
          return looks > 60;
        };
        const { unwritten, error } = await put(rows, { signal: new AbortController().signal, isOver });
        expect(ready).to.equal(60);
        expect(unwritten).to.deep.equal(rows.slice(60));
        expect(error).to.equal('the time for writing is over');
        expect(await services.rows(tables.events)).to.have.length(60);
      });
  });

  it('dates an event by its arrival where it names no time, and by now where no arrival is known', async () => {
    const event = kinesisEvent([
      cloudEvent({ id: 'a', time: undefined }),
      cloudEvent({ id: 'b', time: undefined }),
      'bad',
    ]);
    for (const { kinesis } of event.Records.slice(1)) Reflect.deleteProperty(kinesis, 'approximateArrivalTimestamp');
    await deliver(event);
    const rows = await services.rows(tables.events);
    expect(rows.map(({ Id, Timestamp }) => [Id, Timestamp])).to.have.deep.members([
      ['a', '2026-11-20T12:34:56.123Z'],
      ['b', NOW.toISOString()],
    ]);
    const [row] = await services.rows(tables.rejected);
    expect(row).to.include({ ArrivedAt: NOW.toISOString() });
  });

  it('accounts for every event once, whatever happens', async () => {
    const values = Array.from({ length: 100 }, (_, index) =>
      index % 7 === 0 ? `bad ${index}` : cloudEvent({ id: `e-${index % 60}`, data: index }),
    );
    const sevens = Array.from({ length: 10 }, (_, index) => values.slice(20 + index * 7, 27 + index * 7));
    let seed = 7;
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed / 2 ** 31;
    };
    const { counts } = await run(
      [...values.slice(0, 20), ...sevens.map((seven) => packed(...seven)), ...values.slice(90)],
      ({ entries }) => {
        const indices = entries.flatMap((_, index) => (random() < 0.4 ? [index] : []));
        return random() < 0.3 ? { kind: 'reset', when: 'after' } : { kind: 'partial', indices };
      },
    );
    const rows = await services.rows(tables.events);
    expect(await services.rows(tables.rejected)).to.have.length(15);
    expect(counts).to.deep.equal(
      batchCounts({
        records: 40,
        events: 100,
        written: rows.length,
        superseded: 85 - rows.length,
        rejected: 15,
        unwritten: 0,
      }),
    );
    for (const row of rows) {
      const last = values.findLastIndex((value) => typeof value === 'object' && 'id' in value && value.id === row.Id);
      expect(row.Data).to.equal(last);
    }
  });
});
