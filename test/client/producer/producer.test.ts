import { hash } from 'node:crypto';
import {
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import { type PutRecords, putRecordsTo } from '../../../aws/kinesis.ts';
import { monotonicClock } from '../../../aws/system-clock.ts';
import { Producer, type ProducerOptions } from '../../../client/producer/producer.ts';
import type { Outcome } from '../../../client/producer/settlement.ts';
import { disaggregate } from '../../../core/envelopes/aggregated-record.ts';
import type { SourceEvent } from '../../../core/source-event.ts';
import { type Call, type FaultPlan, type FaultProxy, startFaultProxy } from '../../../proof/fault-proxy.ts';
import { inOnes } from '../../support/batches.ts';
import { localKinesis, TestServices } from '../../support/emulators.ts';
import { readRecords, readStream } from '../../support/shards.ts';
import { ENDLESS_PATIENCE, TriesClock, withoutLimits } from '../../support/unhurried-clock.ts';
import { until } from '../../support/until.ts';

const event = (index: number, partitionKey = `key-${index}`): SourceEvent => ({
  partitionKey,
  data: Buffer.from(`event ${index} 🦊`),
});
const events = (count: number, keys = count): SourceEvent[] =>
  Array.from({ length: count }, (_, index) => event(index, `key-${index % keys}`));
const from = async function* (values: Iterable<SourceEvent>): AsyncGenerator<SourceEvent> {
  yield* values;
};

describe('the producer', () => {
  const services = new TestServices();
  let stream: string;
  let proxy: FaultProxy | undefined;
  let client: KinesisClient | undefined;

  before(() => services.start());
  after(() => services.stop());
  beforeEach(async () => {
    stream = await services.createStream(2);
  });
  afterEach(async () => {
    client?.destroy();
    await proxy?.close();
    proxy = undefined;
  });

  const run = async (
    source: AsyncIterable<SourceEvent>,
    plan: FaultPlan = () => undefined,
    options: Partial<ProducerOptions> = {},
  ) => {
    proxy = await startFaultProxy(services.endpoints.kinesis, plan);
    client = localKinesis(proxy.endpoint);
    const outcomes: Outcome[] = [];
    let stopped = 0;
    const producer = new Producer({
      putRecords: putRecordsTo(client, stream),
      onOutcome: (outcome) => outcomes.push(outcome),
      stopSource: () => {
        stopped += 1;
      },
      signal: new AbortController().signal,
      patience: ENDLESS_PATIENCE,
      backoff: { baseMs: 1, capMs: 4 },
      clock: withoutLimits({ ...monotonicClock, random: () => 0.5 }),
      ...options,
    });
    const error = await producer.run(inOnes(source));
    const sent = outcomes.filter(({ status }) => status === 'sent');
    const failed = outcomes.flatMap((outcome) => (outcome.status === 'failed' ? [outcome] : []));
    return { error, outcomes, sent, failed, stopped, statistics: producer.statistics };
  };
  const sizes = () => proxy?.calls.map(({ entries }) => entries.length);
  const onStream = async () => (await readStream(services.kinesis, stream)).map(({ data }) => data);
  /** What lies on the stream, whether or not it shares a record. */
  const userRecords = async () =>
    (await readRecords(services.kinesis, stream)).flatMap(({ shardId, sequenceNumber, partitionKey, data }) =>
      (disaggregate(data) ?? [{ partitionKey, data }]).map((record) => ({
        partitionKey: record.partitionKey,
        data: Buffer.from(record.data).toString(),
        position: `${shardId}:${sequenceNumber}`,
      })),
    );
  const texts = (values: readonly SourceEvent[]) => values.map(({ data }) => Buffer.from(data).toString());

  it('puts every event once, with its key and its bytes, 500 in a request', async () => {
    const values = events(1_100);
    const { error, sent } = await run(from(values));
    expect(error).to.equal(undefined);
    expect(sent).to.have.length(1_100);
    // Requests at once arrive in any order.
    expect(sizes()).to.have.members([500, 500, 100]);
    const records = await readStream(services.kinesis, stream);
    // Each has a key of its own.
    const dataOf = new Map(records.map((record) => [record.partitionKey, record.data]));
    expect(records).to.have.length(1_100);
    for (const { partitionKey, data } of values) expect(dataOf.get(partitionKey)).to.equal(data.toString());
  });

  it('tells for each event the shard and the sequence number that Kinesis gave it', async () => {
    const { sent } = await run(from(events(3)));
    for (const outcome of sent) {
      expect(outcome)
        .to.have.property('shardId')
        .that.matches(/^shardId-\d{12}$/);
      expect(outcome)
        .to.have.property('sequenceNumber')
        .that.matches(/^\d{56}$/);
    }
  });

  it('cuts a request at 5 MiB, partition keys included', async () => {
    const large = Array.from({ length: 6 }, (_, index) => ({
      partitionKey: `k${index}`,
      data: Buffer.alloc(1024 * 1024 - 2, 120),
    }));
    const requests: number[] = [];
    const putRecords: PutRecords = async (records) => {
      requests.push(records.length);
      return records.map(() => ({ shardId: 'shard', sequenceNumber: '1' }));
    };
    const { sent } = await run(from(large), undefined, { putRecords });
    expect(sent).to.have.length(6);
    expect(requests).to.have.members([5, 1]);
  });

  it('resends only the records that Kinesis refused', async () => {
    const refusals = [[1, 4, 9], [0, 2], []];
    const { error } = await run(from(events(10)), (_, index) => ({ kind: 'partial', indices: refusals[index] ?? [] }));
    expect(error).to.equal(undefined);
    const keys = proxy?.calls.map(({ entries }) =>
      entries.map((entry) => (entry as { PartitionKey: string }).PartitionKey),
    );
    expect(keys?.slice(1)).to.deep.equal([
      ['key-1', 'key-4', 'key-9'],
      ['key-1', 'key-9'],
    ]);
    expect(await onStream()).to.have.members(texts(events(10)));
  });

  for (const fault of [
    { kind: 'error', status: 400, type: 'ProvisionedThroughputExceededException' },
    { kind: 'error', status: 500, type: 'InternalFailure' },
    { kind: 'error', status: 503, type: 'ServiceUnavailable' },
    { kind: 'reset', when: 'before' },
  ] as const)
    it(`sends the whole request again after ${JSON.stringify(fault)}`, async () => {
      const { error } = await run(from(events(5)), (_, index) => (index < 3 ? fault : undefined));
      expect(error).to.equal(undefined);
      expect(sizes()).to.deep.equal([5, 5, 5, 5]);
      expect(await onStream()).to.have.length(5);
    });

  it('delivers at least once where the connection breaks after the request took effect', async () => {
    const { sent } = await run(from(events(5)), (_, index) =>
      index === 0 ? { kind: 'reset', when: 'after' } : undefined,
    );
    expect(sent).to.have.length(5);
    expect(new Set(await onStream()).size).to.equal(5);
  });

  it('gives up at once on what no retry can fix, and says so for each event', async () => {
    const source = from(events(1_200));
    const { error, failed, sent, stopped } = await run(source, () => ({
      kind: 'error',
      status: 400,
      type: 'AccessDeniedException',
    }));
    expect(error?.name).to.equal('AccessDeniedException');
    expect(sent).to.have.length(0);
    expect(failed).to.have.length(1_200);
    expect(stopped).to.be.at.least(1);
  });

  it('says why it waits, gives up when its patience is at an end, and stops the source', async () => {
    const waits: [string, number][] = [];
    const { error, failed } = await run(
      from(events(700, 3)),
      () => ({ kind: 'error', status: 503, type: 'ServiceUnavailable' }),
      {
        patience: { firstMs: 50, ms: 50 },
        backoff: { baseMs: 20, capMs: 20 },
        clock: new TriesClock(),
        onWaiting: ({ message }, ms) => waits.push([message, ms]),
      },
    );
    expect(error?.name).to.equal('OutOfPatienceError');
    expect(failed).to.have.length(700);
    for (const [reason, ms] of waits) expect([reason, ms <= 50]).to.deep.equal([error?.message, true]);
    expect(waits.at(-1)?.[1]).to.be.above(0);
  });

  it('has the whole patience with a Kinesis that answers, though it takes nothing yet', async () => {
    const refuseAll: FaultPlan = ({ entries }, index) =>
      index < 8 ? { kind: 'partial', indices: entries.map((_, each) => each) } : undefined;
    const { error, sent } = await run(from(events(3)), refuseAll, {
      patience: { ...ENDLESS_PATIENCE, firstMs: 0 },
      backoff: { baseMs: 5, capMs: 5 },
    });
    expect(error).to.equal(undefined);
    expect(sent).to.have.length(3);
  });

  for (const [name, status, type] of [
    ['is away', 503, 'ServiceUnavailable'],
    ['fails', 500, 'InternalFailure'],
    ['gets too many calls', 400, 'ThrottlingException'],
  ] as const)
    it(`has the whole patience with a Kinesis that ${name} from the first request on`, async () => {
      const plan: FaultPlan = (_, index) => (index < 8 ? { kind: 'error', status, type } : undefined);
      const { error, sent } = await run(from(events(3)), plan, {
        patience: { ...ENDLESS_PATIENCE, firstMs: 0 },
        backoff: { baseMs: 5, capMs: 5 },
      });
      expect(error).to.equal(undefined);
      expect(sent).to.have.length(3);
    });

  it('has little patience with an access key that Kinesis does not know', async () => {
    const plan: FaultPlan = () => ({ kind: 'error', status: 400, type: 'UnrecognizedClientException' });
    const { error } = await run(from(events(3)), plan, {
      patience: { ...ENDLESS_PATIENCE, firstMs: 50 },
      backoff: { baseMs: 20, capMs: 20 },
      clock: new TriesClock(),
    });
    expect(error).to.have.property('name', 'OutOfPatienceError');
    expect(error?.message).to.contain('UnrecognizedClientException');
  });

  for (const ordered of [false, true])
    it(`fails an event that no record can hold, and puts all others${ordered ? ', also where it waits for one of its key' : ''}`, async () => {
      const values = [event(0, 'a'), { partitionKey: 'a', data: Buffer.alloc(1024 * 1024) }, event(2, 'a')];
      const { error, failed, sent } = await run(from(values), undefined, { ordered });
      expect(error).to.equal(undefined);
      expect(sent).to.have.length(2);
      expect(failed.map((outcome) => outcome.error.message)).to.deep.equal([
        'an event of 1048577 bytes with its partition key; a record holds at most 1048576',
      ]);
    });

  it('puts an event soon although the next one does not come', async () => {
    let next = () => {};
    const slow = async function* (): AsyncGenerator<SourceEvent> {
      yield event(0);
      await new Promise<void>((resolve) => {
        next = resolve;
      });
    };
    const { sent } = await run(slow(), undefined, { onOutcome: () => next() }).then(async (result) => ({
      ...result,
      sent: await onStream(),
    }));
    expect(sent).to.deep.equal(['event 0 🦊']);
  });

  describe('where one of two shards has enough', () => {
    /** The shard of a key on a stream of two. */
    const isFirst = (partitionKey: string): boolean => hash('md5', partitionKey) < '8';
    const keysOf = ({ entries }: Call): string[] => entries.map((entry) => (entry as KeyedEntry).PartitionKey);
    type KeyedEntry = { PartitionKey: string };

    /** The first shard takes nothing of so many requests, and then half of what it gets, until it has refused so often. */
    const throttling = (requests: number, halves: number) => {
      const refused: string[] = [];
      const plan: FaultPlan = (call, index) => {
        const mine = keysOf(call).flatMap((key, position) => (isFirst(key) ? [position] : []));
        const indices = index < requests ? mine : mine.filter((_, n) => n % 2 === 0 && refused.length < halves);
        refused.push(...indices.map((position) => keysOf(call)[position]!));
        return indices.length > 0 ? { kind: 'partial', indices, shardId: 'shardId-000000000000' } : undefined;
      };
      return { plan, refused };
    };
    const putsOf = () => {
      const puts = new Map<string, number>();
      for (const key of proxy!.calls.flatMap(keysOf)) puts.set(key, (puts.get(key) ?? 0) + 1);
      return puts;
    };

    it('sends again what that shard refused and nothing else, each once for each refusal', async () => {
      const values = events(400);
      const { plan, refused } = throttling(2, 200);
      const { sent, statistics } = await run(from(values), plan);
      expect(sent).to.have.length(400);
      const wanted = new Map(values.map(({ partitionKey }) => [partitionKey, 1]));
      for (const key of refused) wanted.set(key, wanted.get(key)! + 1);
      expect(putsOf()).to.deep.equal(wanted);
      expect((await onStream()).toSorted()).to.deep.equal(texts(values).toSorted());
      expect(statistics).to.include({ refused: refused.length, retried: refused.length });
      const [first, second] = statistics.shards.toSorted((a, b) => (a.shardId < b.shardId ? -1 : 1));
      expect(first)
        .to.include({ shardId: 'shardId-000000000000', refused: refused.length })
        .and.to.have.property('limit');
      expect(second).to.include({ shardId: 'shardId-000000000001', refused: 0 }).and.not.to.have.property('limit');
    });

    it('sends the events of the other shard at full speed', async () => {
      // It refuses all of them for as long as the other shard has not everything.
      let others = 0;
      const wanted = events(600).filter(({ partitionKey }) => !isFirst(partitionKey)).length;
      const plan: FaultPlan = (call) => {
        if (others === wanted) return undefined;
        const indices = keysOf(call).flatMap((key, position) => (isFirst(key) ? [position] : []));
        others += call.entries.length - indices.length;
        return { kind: 'partial', indices, shardId: 'shardId-000000000000' };
      };
      const { sent } = await run(from(events(600)), plan);
      expect(sent).to.have.length(600);
      const isOfFirst = sent.map(({ event: { partitionKey } }) => isFirst(partitionKey));
      expect(isOfFirst.indexOf(true)).to.be.at.least(wanted);
    });

    for (const aggregate of [false, true])
      it(`keeps the events of each key in order where asked for, ${aggregate ? 'aggregated' : 'a record each'}`, async () => {
        const values = events(300, 30);
        const { plan } = throttling(2, aggregate ? 10 : 75);
        const { sent } = await run(from(values), plan, { ordered: true, aggregate });
        expect(sent).to.have.length(300);
        const found = await userRecords();
        for (let key = 0; key < 30; key += 1) {
          const isMine = ({ partitionKey }: { partitionKey: string }) => partitionKey === `key-${key}`;
          expect(found.filter(isMine).map(({ data }) => data)).to.deep.equal(texts(values.filter(isMine)));
        }
      });
  });

  describe('aggregating', () => {
    it('lets the events of one shard share records, loses none, and says in which record each lies', async () => {
      const values = events(1_500);
      const { sent, statistics } = await run(from(values), undefined, { aggregate: true });
      expect(sent).to.have.length(1_500);
      expect(statistics.records).to.be.below(750);
      const found = await userRecords();
      expect(found.map(({ data }) => data).toSorted()).to.deep.equal(texts(values).toSorted());
      const lies = new Map(found.map(({ data, position }) => [data, position]));
      for (const outcome of sent)
        if (outcome.status === 'sent')
          expect(lies.get(Buffer.from(outcome.event.data).toString())).to.equal(
            `${outcome.shardId}:${outcome.sequenceNumber}`,
          );
    });

    it('puts every event on the shard of its key, also while the stream is split and merged', async () => {
      const values = events(900);
      let calls = 0;
      const isActive = async (): Promise<boolean> => {
        const { StreamDescriptionSummary } = await services.kinesis.send(
          new DescribeStreamSummaryCommand({ StreamName: stream }),
        );
        return StreamDescriptionSummary?.StreamStatus === 'ACTIVE';
      };
      const reshard = async (): Promise<void> => {
        const StreamName = stream;
        await services.kinesis.send(
          new SplitShardCommand({
            StreamName,
            ShardToSplit: 'shardId-000000000000',
            NewStartingHashKey: `${2n ** 126n}`,
          }),
        );
        await until(isActive);
        await services.kinesis.send(
          new MergeShardsCommand({
            StreamName,
            ShardToMerge: 'shardId-000000000003',
            AdjacentShardToMerge: 'shardId-000000000001',
          }),
        );
      };
      let resharding: Promise<void> | undefined;
      const source = async function* (): AsyncGenerator<SourceEvent> {
        for (const [index, value] of values.entries()) {
          if (index === 300) resharding = reshard();
          // In the middle of it, and after it.
          if (index === 500) await resharding;
          yield value;
        }
      };
      const { sent, statistics } = await run(source(), () => ({ kind: 'delay', ms: calls++ % 7 }), {
        aggregate: true,
        maxPending: { events: 200, bytes: 1e9 },
      });
      expect(sent).to.have.length(900);
      expect(statistics.retried).to.be.above(0);
      const { Shards = [] } = await services.kinesis.send(new ListShardsCommand({ StreamName: stream }));
      const ranges = new Map(Shards.map(({ ShardId, HashKeyRange }) => [ShardId, HashKeyRange!]));
      const atHome = (await userRecords()).filter(({ partitionKey, position }) => {
        const { StartingHashKey, EndingHashKey } = ranges.get(position.split(':')[0])!;
        const at = BigInt(`0x${hash('md5', partitionKey)}`);
        return at >= BigInt(StartingHashKey!) && at <= BigInt(EndingHashKey!);
      });
      // A consumer of the KCL sees these and no others.
      expect(new Set(atHome.map(({ data }) => data))).to.have.all.keys(...texts(values));
    });
  });

  it('takes a large batch no faster than Kinesis accepts it', async () => {
    let taken = 0;
    let settled = 0;
    let mostPending = 0;
    const counting = function* (): Generator<SourceEvent> {
      for (const event of events(600)) {
        taken += 1;
        yield event;
      }
    };
    proxy = await startFaultProxy(services.endpoints.kinesis, () => ({ kind: 'delay', ms: 5 }));
    client = localKinesis(proxy.endpoint);
    const producer = new Producer({
      putRecords: putRecordsTo(client, stream),
      onOutcome: () => {
        mostPending = Math.max(mostPending, taken - settled);
        settled += 1;
      },
      stopSource: () => {},
      signal: new AbortController().signal,
      patience: ENDLESS_PATIENCE,
      clock: withoutLimits(monotonicClock),
      maxPending: { events: 200, bytes: 1e9 },
    });
    const whole = async function* (): AsyncGenerator<SourceEvent[]> {
      yield Object.assign<SourceEvent[], object>([], { [Symbol.iterator]: counting });
    };
    expect(await producer.run(whole())).to.equal(undefined);
    expect(producer.counts.sent).to.equal(600);
    expect(mostPending).to.equal(200);
  });

  it('fails with the source, after what was read is delivered', async () => {
    const broken = async function* (): AsyncGenerator<SourceEvent> {
      yield event(0);
      throw new Error('the source broke');
    };
    let error: unknown;
    await run(broken()).catch((thrown) => {
      error = thrown;
    });
    expect(error).to.have.property('message', 'the source broke');
    expect(await onStream()).to.deep.equal(['event 0 🦊']);
  });
});
