import { setTimeout as delay } from 'node:timers/promises';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import { putRecordsTo } from '../../client/kinesis.ts';
import { type Outcome, type ProducerOptions, produce } from '../../client/producer.ts';
import type { SourceEvent } from '../../core/source-event.ts';
import { type FaultPlan, type FaultProxy, startFaultProxy } from '../../local/fault-proxy.ts';
import { localKinesis, TestServices } from '../support/emulators.ts';
import { readStream } from '../support/shards.ts';

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
    const error = await produce(source, {
      putRecords: putRecordsTo(client, stream),
      onOutcome: (outcome) => outcomes.push(outcome),
      stopSource: () => {
        stopped += 1;
      },
      signal: new AbortController().signal,
      patience: { firstMs: 1_000, ms: 1_000 },
      backoff: { baseMs: 1, capMs: 4 },
      random: () => 0.5,
      now: () => performance.now(),
      sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
      ...options,
    });
    const sent = outcomes.filter(({ status }) => status === 'sent');
    const failed = outcomes.flatMap((outcome) => (outcome.status === 'failed' ? [outcome] : []));
    return { error, outcomes, sent, failed, stopped };
  };
  const sizes = () => proxy?.calls.map(({ entries }) => entries.length);
  const onStream = async () => (await readStream(services.kinesis, stream)).map(({ data }) => data);
  const texts = (values: readonly SourceEvent[]) => values.map(({ data }) => Buffer.from(data).toString());

  it('puts every event once, with its key and its bytes, 500 in a request', async () => {
    const values = events(1_800);
    const { error, sent } = await run(from(values));
    expect(error).to.equal(undefined);
    expect(sent).to.have.length(1_800);
    // Four requests at once arrive in any order.
    expect(sizes()).to.have.members([500, 500, 500, 300]);
    const records = await readStream(services.kinesis, stream);
    expect(records).to.have.deep.members(
      values.map(({ partitionKey, data }) => ({ partitionKey, data: data.toString() })),
    );
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
    const { sent } = await run(from(large));
    expect(sent).to.have.length(6);
    expect(sizes()).to.have.members([5, 1]);
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

  it('puts nothing twice that was acknowledged, whatever is refused', async () => {
    let n = 0;
    const plan: FaultPlan = ({ entries }) => ({
      kind: 'partial',
      indices: entries.flatMap((_, i) => (++n % 3 === 0 ? [i] : [])),
    });
    const { sent } = await run(from(events(2_000)), plan);
    expect(sent).to.have.length(2_000);
    const stored = await onStream();
    expect(stored).to.have.length(2_000);
    expect(new Set(stored).size).to.equal(2_000);
  });

  it('keeps the events of one key in order, whatever is refused', async () => {
    let n = 0;
    const plan: FaultPlan = ({ entries }) => ({
      kind: 'partial',
      indices: entries.flatMap((_, i) => (++n % 4 === 1 ? [i] : [])),
    });
    const values = events(400, 20);
    await run(from(values), plan);
    const records = await readStream(services.kinesis, stream);
    for (let key = 0; key < 20; key += 1) {
      const wanted = values.filter(({ partitionKey }) => partitionKey === `key-${key}`);
      const found = records.filter(({ partitionKey }) => partitionKey === `key-${key}`).map(({ data }) => data);
      expect(found).to.deep.equal(texts(wanted));
    }
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

  it('gives up at once on what no retry mends, and says so for each event', async () => {
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

  it('gives up when its patience is at an end, and stops the source', async () => {
    const { error, failed } = await run(
      from(events(700, 3)),
      () => ({ kind: 'error', status: 503, type: 'ServiceUnavailable' }),
      {
        patience: { firstMs: 50, ms: 50 },
      },
    );
    expect(error?.name).to.equal('OutOfPatienceError');
    expect(failed).to.have.length(700);
  });

  it('fails an event that no record can hold, and puts all others', async () => {
    const values = [event(0, 'a'), { partitionKey: 'a', data: Buffer.alloc(1024 * 1024) }, event(2, 'a')];
    const { error, failed, sent } = await run(from(values));
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

  it('pulls no further ahead of Kinesis than four requests hold', async () => {
    let pulled = 0;
    let settled = 0;
    let furthest = 0;
    const counting = async function* (): AsyncGenerator<SourceEvent> {
      for (const value of events(6_000)) {
        pulled += 1;
        furthest = Math.max(furthest, pulled - settled);
        yield value;
      }
    };
    await run(counting(), () => ({ kind: 'delay', ms: 5 }), {
      onOutcome: () => {
        settled += 1;
      },
    });
    expect(settled).to.equal(6_000);
    expect(furthest).to.be.at.most(2_001);
  });

  it('leaves the rest when it is told to stop', async () => {
    const stop = new AbortController();
    const { error, failed, sent } = await run(
      from(events(50)),
      () => {
        setTimeout(() => stop.abort(), 20);
        return { kind: 'error', status: 503, type: 'ServiceUnavailable' };
      },
      { signal: stop.signal, patience: { firstMs: 60_000, ms: 60_000 } },
    );
    expect(error?.name).to.equal('AbortError');
    expect(sent.length + failed.length).to.equal(50);
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
