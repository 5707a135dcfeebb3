import { createHash, randomBytes } from 'node:crypto';
import { type DynamoDBClient, PutItemCommand, type ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, NumberValueImpl as NumberValue } from '@aws-sdk/util-dynamodb';
import { expect } from 'chai';
import type { Clock } from '../../../core/clock.ts';
import { rejectedEvents } from '../../../ops/redrive/rejected-events.ts';
import { EntryError } from '../../../ops/redrive/set-aside.ts';
import { type FaultPlan, type FaultProxy, startFaultProxy } from '../../../proof/fault-proxy.ts';
import { aggregated } from '../../support/aggregated.ts';
import { TestServices } from '../../support/emulators.ts';
import { bytes, cloudEvent } from '../../support/events.ts';
import { gate } from '../../support/gate.ts';
import { STREAM_ARN, sequenceNumber } from '../../support/kinesis-event.ts';
import { turns } from '../../support/scripted-server.ts';
import { TriesClock } from '../../support/unhurried-clock.ts';
import { runDryRun, runPutBack } from './run-redrive.ts';
import { bytesOnStream, LONG_AGO, type Rejected, reject } from './set-aside.ts';

const base64 = (data: Uint8Array): string => Buffer.from(data).toString('base64');
const texts = (count: number): Buffer[] => Array.from({ length: count }, (_, index) => bytes(`event ${index} 🦊`));

describe('the redrive of rejected events', () => {
  const services = new TestServices();
  let stream: string;
  let table: string;
  const proxies: FaultProxy[] = [];

  before(() => services.start());
  after(() => services.stop());
  beforeEach(async () => {
    stream = await services.createStream(2);
    table = await services.createTable(['Id']);
  });
  afterEach(async () => {
    for (const proxy of proxies.splice(0)) await proxy.close();
  });

  const flags = ({ kinesis, dynamoDb } = services.endpoints): string[] => [
    ...['--endpoint', kinesis, '--dynamodb-endpoint', dynamoDb, '--stream', stream, '--rejected-events', table],
  ];
  const behindProxy = async (target: 'kinesis' | 'dynamoDb', plan: FaultPlan) => {
    const proxy = await startFaultProxy(services.endpoints[target], plan);
    proxies.push(proxy);
    return { proxy, argv: flags({ ...services.endpoints, [target]: proxy.endpoint }) };
  };
  const onStream = () => bytesOnStream(services, stream);
  const idsLeft = async () => (await services.rows(table)).map(({ Id }) => Id);

  it('puts each event back with its own key and its very bytes, and empties the table', async () => {
    const large = bytes(cloudEvent({ data: '台所 👩‍👩‍👧‍👦 '.repeat(2_000) }));
    const events = [
      { data: bytes('{"cut": "東京 🦊'), kinesis: { partitionKey: '名前 🦊' } },
      { data: Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28, 0x0a]), kinesis: { partitionKey: 'not-utf-8' } },
      { data: large, kinesis: { partitionKey: 'gzip' } },
      { data: randomBytes(8_000), kinesis: { partitionKey: 'cannot-be-compressed' } },
      { data: Buffer.alloc(0), kinesis: { partitionKey: 'empty' } },
    ];
    await reject(services, table, events);
    const encodings = (await services.rows(table)).map(({ Encoding }) => Encoding);
    expect(encodings).to.have.members(['identity', 'identity', 'gzip', 'identity', 'identity']);
    const { counts, entries, error } = await runPutBack(flags());
    expect({ error, entries, counts: counts[0] }).to.deep.equal({
      error: undefined,
      entries: [],
      counts: { putBack: 5, removed: 5, left: 0 },
    });
    const found = (await onStream()).map(({ partitionKey, base64: data }) => ({ partitionKey, data }));
    expect(found).to.have.deep.members(
      events.map(({ data, kinesis }) => ({ partitionKey: kinesis.partitionKey, data: base64(data) })),
    );
    expect(await idsLeft()).to.deep.equal([]);
  });

  it('puts the events of a partition key back in the order of the stream: the table has none', async () => {
    const values = texts(40);
    const partitionKey = 'k';
    // The first fifteen are of one record.
    const eventIdOf = (index: number) => `shardId-000000000000:${sequenceNumber(Math.max(0, index - 14))}`;
    await reject(
      services,
      table,
      values.map((data, index) => ({
        data,
        kinesis: { partitionKey },
        record: { eventID: eventIdOf(index) },
        ...(index < 15 && { userRecord: { partitionKey, data, index } }),
      })),
    );
    await runPutBack(flags());
    expect((await onStream()).map(({ base64: data }) => data)).to.deep.equal(values.map(base64));
  });

  it('puts back one event of a record that held several, and none of the others', async () => {
    const others = texts(2).map((data, index) => ({ partitionKey: `other-${index}`, data }));
    const rejected = { partitionKey: '名前 🦊', data: bytes('{"cut": "東京 🦊') };
    const data = aggregated([...others, rejected]);
    const [id] = await reject(services, table, [{ data, userRecord: { index: 2, ...rejected } }]);
    expect(id).to.match(/^shardId-\d{12}:\d{56}:2$/);
    expect((await runPutBack(flags())).counts).to.deep.equal([{ putBack: 1, removed: 1, left: 0 }]);
    const found = (await onStream()).map(({ partitionKey, base64: data }) => ({ partitionKey, data }));
    expect(found).to.deep.equal([{ partitionKey: '名前 🦊', data: base64(rejected.data) }]);
    expect(await idsLeft()).to.deep.equal([]);
  });

  it('keys an event by its hash where it came without a partition key, or with one that Kinesis does not take', async () => {
    const data = bytes('no key 🦊');
    const keys = [undefined as never, 'k'.repeat(257)];
    await reject(
      services,
      table,
      keys.map((partitionKey) => ({ data, kinesis: { partitionKey } })),
    );
    await runPutBack(flags());
    const hash = createHash('sha256').update(data).digest('hex');
    expect((await onStream()).map(({ partitionKey }) => partitionKey)).to.deep.equal([hash, hash]);
  });

  describe('whose payload fits no item', () => {
    /** An event that the function had to leave on the stream, and its entry. */
    const tooLarge = async (
      data: Buffer = randomBytes(400 * 1024),
    ): Promise<{ id: string; data: Buffer; arn: string }> => {
      const source = await services.createStream();
      const before = texts(2).map((text) => ({ partitionKey: 'k', data: text }));
      const { putRecordsTo } = await import('../../../aws/kinesis.ts');
      await putRecordsTo(services.kinesis, source)(
        [...before, { partitionKey: 'k', data }],
        new AbortController().signal,
      );
      const { shardId, sequenceNumber } = (await bytesOnStream(services, source)).at(-1)!;
      const arn = STREAM_ARN.replace('local-EventStream', source);
      return { id: `${shardId}:${sequenceNumber}`, data, arn };
    };
    const rejectFrom = (id: string, arn: string, data: Uint8Array, userRecord?: Rejected['userRecord']) =>
      reject(services, table, [
        {
          data,
          ...(userRecord ? { userRecord } : {}),
          record: { eventID: id, eventSourceARN: arn },
          kinesis: { partitionKey: 'k', sequenceNumber: id.split(':')[1]! },
        },
      ]);

    it('reads it from the stream that holds it', async () => {
      const { id, data, arn } = await tooLarge();
      await rejectFrom(id, arn, data);
      expect((await services.rows(table))[0]).to.include({ Encoding: 'stream', Bytes: data.length });
      const { counts } = await runPutBack(flags());
      expect(counts).to.deep.equal([{ putBack: 1, removed: 1, left: 0 }]);
      expect((await onStream()).map((record) => record.base64)).to.deep.equal([base64(data)]);
    });

    const large = {
      partitionKey: '名前 🦊',
      data: bytes({ no: 'shape', data: randomBytes(400 * 1024).toString('base64') }),
    };
    const small = [0, 1].map((index) => ({ partitionKey: 'k', data: bytes({ index }) }));
    const packings: [name: string, data: Buffer][] = [
      ['an aggregated record', aggregated([...small, large])],
      ['lines of JSON', Buffer.concat([...small, large].flatMap(({ data }) => [data, bytes('\n')]))],
    ];
    for (const [name, packed] of packings)
      it(`reads one event out of ${name} on that stream`, async () => {
        const { id, arn } = await tooLarge(packed);
        await rejectFrom(id, arn, packed, { index: 2, ...large });
        expect((await services.rows(table))[0]).to.include({ Id: `${id}:2`, Encoding: 'stream', UserRecord: 2 });
        const { counts, entries } = await runPutBack(flags());
        expect({ counts, entries }).to.deep.equal({ counts: [{ putBack: 1, removed: 1, left: 0 }], entries: [] });
        const [found] = await onStream();
        expect(found).to.include({ partitionKey: '名前 🦊', base64: base64(large.data) });
        expect(await idsLeft()).to.deep.equal([]);
      });

    it('names the entry where it has expired or its shard is gone, says what to do, keeps it, and goes on with the rest', async () => {
      const { id, data, arn } = await tooLarge();
      const [shardId, sequenceNumber] = id.split(':');
      // A number just before a record that is still there, as the stream answers for one that has expired.
      const expired = `${shardId}:${BigInt(sequenceNumber!) - 16n}`;
      await rejectFrom(expired, arn, data);
      const gone = `shardId-000000000000:${sequenceNumber}1`;
      await rejectFrom(gone, STREAM_ARN.replace('local-', 'deleted-'), data);
      const foreign = `shardId-000000000001:${sequenceNumber}`;
      await rejectFrom(foreign, STREAM_ARN, data);
      await reject(services, table, [{ data: bytes('the rest') }]);
      const { counts, entries } = await runPutBack(flags());
      expect(counts).to.deep.equal([{ putBack: 1, removed: 1, left: 3 }]);
      expect(await idsLeft()).to.have.members([expired, gone, foreign]);
      expect(entries.find((message) => message.startsWith(expired))).to.match(
        /its payload was only on the stream "stream-\d+" and has expired there; remove/,
      );
      expect(entries.find((message) => message.startsWith(gone))).to.match(
        /its payload cannot be read from the stream "deleted-EventStream": ResourceNotFoundException: .*; if the stream is there, this shard of it has expired, and the payload too: then remove the entry by hand$/,
      );
    });
  });

  it('names what it cannot read, keeps it, and goes on with the rest', async () => {
    const good = { Reason: 'NotJson', RejectedAt: LONG_AGO, Bytes: 3, Encoding: 'identity', Data: bytes('abc') };
    const unprintable = { toString: 'no function' };
    const bad: [id: string, item: object, message: RegExp][] = [
      [
        's:1',
        { Reason: undefined, RejectedAt: 'yesterday' },
        /it has no Reason and no RejectedAt in ISO 8601; expected/,
      ],
      ['s:2', { Encoding: 'zstd' }, /its Encoding is "zstd"; expected identity, gzip or stream/],
      ['s:3', { Data: undefined }, /it has no Data; expected the bytes/],
      ['s:4', { Encoding: 'gzip' }, /its payload cannot be inflated \(Error: incorrect header check\)/],
      ['s:5', { Bytes: 4 }, /its payload has 3 bytes; expected 4, as Bytes says/],
      ['s:6', { Encoding: 'stream', StreamArn: 'here' }, /its StreamArn is "here"; expected the ARN/],
      ['s:7', { RejectedAt: unprintable }, /it has no RejectedAt in ISO 8601; expected/],
      ['s:8', { Encoding: 'stream', StreamArn: unprintable }, /its StreamArn is an object; expected the ARN/],
      ['s:9', { Bytes: unprintable }, /its payload has 3 bytes; expected an object, as Bytes says/],
    ];
    const fraction = NumberValue.from('9007199254740993.5');
    for (const [Id, item] of [...bad, ['s:10', { Detail: unprintable, Other: fraction }] as const]) {
      const Item = marshall({ Id, ...good, ...item }, { removeUndefinedValues: true });
      await services.dynamoDb.send(new PutItemCommand({ TableName: table, Item }));
    }
    const { counts, entries } = await runPutBack(flags());
    expect(counts).to.deep.equal([{ putBack: 1, removed: 1, left: bad.length }]);
    for (const [id, , message] of bad) expect(entries.find((line) => line.startsWith(`${id}: `))).to.match(message);
    expect(await idsLeft()).to.have.members(bad.map(([id]) => id));
  });

  it('keeps an event that has become too large for the stream', async () => {
    await reject(services, table, [{ data: Buffer.alloc(1024 * 1024, 'a') }, { data: bytes('small') }]);
    const { counts, entries } = await runPutBack(flags());
    expect(counts).to.deep.equal([{ putBack: 1, removed: 1, left: 1 }]);
    expect(entries[0]).to.match(/^shardId-\d+:\d+: an event of 1048581 bytes with its partition key; a record holds/);
  });

  it('removes no entry before Kinesis acknowledged its record', async () => {
    const ids = await reject(
      services,
      table,
      texts(40).map((data) => ({ data })),
    );
    let refusals = 0;
    const { argv, proxy } = await behindProxy('kinesis', ({ entries }) => {
      refusals += 1;
      // The first of each request goes through, ten times; all others wait.
      return refusals <= 10 ? { kind: 'partial', indices: entries.map((_, index) => index).slice(1) } : undefined;
    });
    const progress: number[][] = [];
    const { counts } = await runPutBack(argv, {
      putBack: { onProgress: ([of]) => progress.push([of!.putBack, of!.removed]) },
    });
    expect(counts).to.deep.equal([{ putBack: ids.length, removed: ids.length, left: 0 }]);
    for (const [putBack, removed] of progress) expect(removed).to.be.at.most(putBack!);
    expect(proxy.calls.length).to.be.at.least(11);
    expect(await onStream()).to.have.length(ids.length);
  });

  it('keeps every entry where the stream is missing, and says which', async () => {
    await reject(services, table, [{ data: bytes('a') }, { data: bytes('b') }]);
    const { counts, error, left } = await runPutBack(
      flags().map((flag) => (flag === stream ? 'no-such-stream' : flag)),
    );
    expect(error?.name).to.equal('ResourceNotFoundException');
    expect(counts).to.deep.equal([{ putBack: 0, removed: 0, left: 2 }]);
    expect(left.map(({ kind, entries }) => ({ kind, entries }))).to.deep.equal([{ kind: 'unsent', entries: 2 }]);
    expect(await idsLeft()).to.have.length(2);
  });

  it('removes again what DynamoDB throttled or left unprocessed', async () => {
    await reject(
      services,
      table,
      texts(60).map((data) => ({ data })),
    );
    const { argv, proxy } = await behindProxy('dynamoDb', ({ operation, entries }, index) => {
      if (operation !== 'BatchWriteItem') return undefined;
      if (index % 3 === 0) return { kind: 'error', status: 400, type: 'ProvisionedThroughputExceededException' };
      return index < 8 ? { kind: 'partial', indices: entries.map((_, entry) => entry).slice(5) } : undefined;
    });
    const { counts } = await runPutBack(argv);
    expect(counts).to.deep.equal([{ putBack: 60, removed: 60, left: 0 }]);
    expect(await idsLeft()).to.deep.equal([]);
    expect(proxy.calls.filter(({ operation }) => operation === 'BatchWriteItem').length).to.be.above(3);
  });

  it('puts back no more where it may not remove, and tells what is on the stream and in the table', async () => {
    await reject(
      services,
      table,
      texts(200).map((data) => ({ data })),
    );
    const { open: onDenial, opened: denied } = gate();
    const { argv } = await behindProxy('dynamoDb', ({ operation }) => {
      if (operation !== 'BatchWriteItem') return undefined;
      onDenial();
      return { kind: 'error', status: 400, type: 'AccessDeniedException' };
    });
    const clock = new TriesClock();
    let paced = 0;
    const sleep: Clock['sleep'] = async (ms, signal) => {
      // What waits for its turn, a quarter of a second each. Half of them are put back before the first refusal comes.
      if (ms > 100 && ms < 1_000) paced += 1;
      if (paced === 100) await denied.then(() => turns(100));
      return clock.sleep(ms, signal);
    };
    const { counts, left } = await runPutBack([...argv, '--rate', '4'], { policy: { clock: { ...clock, sleep } } });
    expect(counts[0]).to.include({ removed: 0 });
    expect(counts[0]!.putBack).to.be.within(1, 199).and.to.equal(counts[0]!.left);
    expect(left.map(({ kind, error }) => [kind, error.name])).to.deep.equal([['unremoved', 'AccessDeniedException']]);
    expect(await idsLeft()).to.have.length(200);
  });

  it('says so where the table cannot be read', async () => {
    const { stores, counts } = await runPutBack(flags().map((flag) => (flag === table ? 'no-such-table' : flag)));
    expect(stores).to.deep.equal(['ResourceNotFoundException']);
    expect(counts).to.deep.equal([{ putBack: 0, removed: 0, left: 0 }]);
  });

  describe('can be narrowed', () => {
    const HOUR = 3_600_000;
    const now = Date.parse('2026-11-20T12:00:00.000Z');
    const hoursAgo = (hours: number): string => new Date(now - hours * HOUR).toISOString();
    beforeEach(() =>
      reject(services, table, [
        { data: bytes('old'), reason: 'NotJson', rejectedAt: hoursAgo(5) },
        { data: bytes('new'), reason: 'NotJson', rejectedAt: hoursAgo(1) },
        { data: bytes('shape'), reason: 'UnknownShape', rejectedAt: hoursAgo(1) },
        { data: bytes('utf'), reason: 'NotUtf8', rejectedAt: hoursAgo(3) },
        { data: bytes('after the start'), reason: 'NotJson', rejectedAt: hoursAgo(0) },
      ]),
    );
    const putBackWith = async (...more: string[]) => {
      const { passedOver } = await runPutBack([...flags(), ...more], { now });
      const data = (await onStream()).map((record) => Buffer.from(record.base64, 'base64').toString());
      return { data: data.sort(), passedOver: passedOver.entries, left: (await idsLeft()).length };
    };

    it('to what was rejected before the run began, always: no event goes round twice', async () => {
      expect(await putBackWith()).to.deep.equal({ data: ['new', 'old', 'shape', 'utf'], passedOver: 1, left: 1 });
    });

    it('by reason', async () => {
      const found = await putBackWith('--reason', 'UnknownShape, NotUtf8', '--reason', 'TooDeep');
      expect(found).to.deep.equal({ data: ['shape', 'utf'], passedOver: 3, left: 3 });
    });

    it('by time', async () => {
      const found = await putBackWith('--since', '3h');
      expect(found).to.deep.equal({ data: ['new', 'shape', 'utf'], passedOver: 2, left: 2 });
    });

    it('by a number of events', async () => {
      const { data, left } = await putBackWith('--limit', '3');
      expect(data).to.have.length(3);
      expect(left).to.equal(2);
    });

    it('by several of these at once', async () => {
      const found = await putBackWith('--reason', 'NotJson', '--since', hoursAgo(2));
      expect(found).to.deep.equal({ data: ['new'], passedOver: 4, left: 4 });
    });
  });

  it('puts back no more events a second than it is told', async () => {
    await reject(
      services,
      table,
      texts(20).map((data) => ({ data })),
    );
    const clock = new TriesClock();
    await runPutBack([...flags(), '--rate', '4'], { policy: { clock } });
    // The first goes at once. The waits between two tries move the same clock.
    expect(clock.now()).to.be.at.least(19 * 250);
  });

  it('only looks in a dry run, and gives each reason with its number and samples', async () => {
    const ids = await reject(services, table, [
      { data: bytes('secret-payload') },
      { data: bytes('b'), rejectedAt: '2026-11-20T13:00:00.000Z' },
      { data: bytes('c') },
      { data: bytes('d'), reason: 'UnknownShape' },
    ]);
    const before = await services.rows(table);
    const { found } = await runDryRun(flags());
    expect(
      found.map(({ reason, entries, records, first, last }) => [reason, entries, records, first, last]),
    ).to.deep.equal([
      ['NotJson', 3, 3, LONG_AGO, '2026-11-20T13:00:00.000Z'],
      ['UnknownShape', 1, 1, LONG_AGO, LONG_AGO],
    ]);
    expect(found.map(({ samples }) => samples.length)).to.deep.equal([2, 1]);
    expect(found[1]!.samples).to.deep.equal([
      { name: ids[3], detail: 'not JSON: the text ends too early', arrivedAt: '2026-11-20T12:34:56.123Z' },
    ]);
    expect(JSON.stringify(found)).not.to.contain('secret-payload');
    expect(await onStream()).to.deep.equal([]);
    expect(await services.rows(table)).to.deep.equal(before);
  });

  it('reads the table on where DynamoDB cuts its answer after a megabyte', async () => {
    const item = (Id: string) => marshall({ Id, Reason: 'NotJson', RejectedAt: LONG_AGO });
    const keyOf = (Id: string) => marshall({ Id });
    const pages = [
      { Items: [item('a'), item('b')], LastEvaluatedKey: keyOf('b') },
      { Items: [], LastEvaluatedKey: keyOf('c') },
      { Items: [item('d')] },
    ];
    const asked: unknown[] = [];
    const send = async ({ input }: ScanCommand) => pages[asked.push(input.ExclusiveStartKey) - 1];
    const store = rejectedEvents({
      client: { send } as unknown as DynamoDBClient,
      ...{ table, where: '', readPayload: async () => undefined, retry: (call, signal) => call(signal) },
    });
    const names: string[] = [];
    for await (const entry of store.entries(new AbortController().signal))
      if (!(entry instanceof EntryError)) names.push(entry.name);
    expect(names).to.deep.equal(['a', 'b', 'd']);
    expect(asked).to.deep.equal([undefined, keyOf('b'), keyOf('c')]);
  });
});
