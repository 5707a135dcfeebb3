import { GetShardIteratorCommand, ListShardsCommand, MergeShardsCommand } from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import { putRecordsTo } from '../../../aws/kinesis.ts';
import { systemClock } from '../../../aws/system-clock.ts';
import { type ReadOptions, readStreamRange } from '../../../ops/redrive/stream-records.ts';
import { type FaultPlan, type FaultProxy, startFaultProxy } from '../../../proof/fault-proxy.ts';
import { aggregated } from '../../support/aggregated.ts';
import { TestServices } from '../../support/emulators.ts';
import { bytes } from '../../support/events.ts';
import { nextMillisecond } from '../../support/next-millisecond.ts';
import { ENDLESS_PATIENCE, TriesClock, withoutLimits } from '../../support/unhurried-clock.ts';
import { untilEqual } from '../../support/until.ts';
import { runDryRun, runPutBack } from './run-redrive.ts';
import { bytesOnStream } from './set-aside.ts';

/** Does not wait between calls, but does for an answer. */
const POLICY = { clock: withoutLimits({ ...systemClock, sleep: async () => {} }, 5_000), patience: ENDLESS_PATIENCE };

const texts = (count: number, name = 'event'): Buffer[] =>
  Array.from({ length: count }, (_, index) => bytes(`${name} ${index} 名前 🦊`));
const base64 = (data: Uint8Array): string => Buffer.from(data).toString('base64');
const shard = (index: number): string => `shardId-00000000000${index}`;

describe('a redrive from the stream', () => {
  const services = new TestServices();
  let stream: string;
  let proxy: FaultProxy | undefined;

  before(() => services.start());
  after(() => services.stop());
  beforeEach(async () => {
    stream = await services.createStream(2);
  });
  afterEach(async () => {
    await proxy?.close();
    proxy = undefined;
  });

  const put = async (values: readonly Uint8Array[], key = (index: number) => `key-${index}`) => {
    const records = values.map((data, index) => ({ partitionKey: key(index), data }));
    for (let start = 0; start < records.length; start += 500) {
      const some = records.slice(start, start + 500);
      const answers = await putRecordsTo(services.kinesis, stream)(some, new AbortController().signal);
      for (const answer of answers) if ('refused' in answer) throw new Error(answer.refused);
    }
  };
  const countShards = async (): Promise<number> =>
    (await services.kinesis.send(new ListShardsCommand({ StreamName: stream }))).Shards!.length;
  /** Kinesis answers before the new shards are there. */
  const reshard = async (send: () => Promise<unknown>, added: number): Promise<void> => {
    const before = await countShards();
    await send();
    await untilEqual(countShards, before + added);
  };
  const split = (index: number, at: bigint): Promise<void> => reshard(() => services.splitShard(stream, index, at), 2);
  const merge = (index: number, adjacent: number): Promise<void> => {
    const input = { StreamName: stream, ShardToMerge: shard(index), AdjacentShardToMerge: shard(adjacent) };
    return reshard(() => services.kinesis.send(new MergeShardsCommand(input)), 1);
  };
  const onStream = () => bytesOnStream(services, stream);
  const iso = (time: number): string => new Date(time).toISOString();
  const flags = (since: number, ...more: string[]): string[] => [
    ...['--endpoint', proxy?.endpoint ?? services.endpoints.kinesis, '--stream', stream],
    ...['--from-stream', '--since', iso(since), ...more],
  ];
  const behindProxy = async (plan: FaultPlan): Promise<FaultProxy> => {
    proxy = await startFaultProxy(services.endpoints.kinesis, plan);
    return proxy;
  };
  const run = async (argv: string[]) => {
    const now = await nextMillisecond();
    return runPutBack(argv, { policy: POLICY, now });
  };

  /** What the reader of the range finds, by itself. */
  const read = async (since: number, options: Partial<ReadOptions>): Promise<string[]> => {
    const found: string[] = [];
    const pages = readStreamRange(
      {
        range: { stream, since, until: Date.now() + 5_000 },
        kinesis: services.kinesis,
        isLocal: true,
        retry: (call, signal) => call(signal),
        clock: POLICY.clock,
        isOwn: () => false,
        onShards: () => {},
        onEnd: () => {},
        ...options,
      },
      new AbortController().signal,
    );
    for await (const { records } of pages) found.push(...records.map(({ Data }) => Buffer.from(Data!).toString()));
    return found;
  };

  it('puts every record that arrived since then on the stream once more, as it is', async () => {
    await put(texts(3, 'before'));
    const since = await nextMillisecond();
    const packed = aggregated(texts(3, 'inner').map((data, index) => ({ partitionKey: `inner-${index}`, data })));
    const values = [...texts(40), packed, Buffer.from([0xff, 0x00, 0xc3, 0x28])];
    await put(values);
    const before = await onStream();
    const { counts, left, entries, stores, error, fromStream } = await run(flags(since));
    expect({ left, entries, stores, error }).to.deep.equal({ left: [], entries: [], stores: [], error: undefined });
    expect(counts).to.deep.equal([{ putBack: 42, removed: 42, left: 0 }]);
    expect(fromStream!.resumeSince()).to.equal(undefined);
    const after = await onStream();
    const again = after.filter(({ sequenceNumber }) => !before.some((one) => one.sequenceNumber === sequenceNumber));
    const asPut = values.map((data, index) => ({ partitionKey: `key-${index}`, base64: base64(data) }));
    expect(again.map(({ partitionKey, base64: data }) => ({ partitionKey, base64: data }))).to.have.deep.members(asPut);
  });

  it('leaves out what arrived at --until or later, and the other shards', async () => {
    const since = await nextMillisecond();
    await put(texts(20, 'lost'));
    const until = await nextMillisecond();
    await put(texts(20, 'later'));
    const first = (await onStream()).filter(({ shardId }) => shardId === shard(0));
    const { counts } = await run(flags(since, '--until', iso(until), '--shard', shard(0)));
    expect(counts[0]!.putBack).to.equal(first.filter(({ base64: data }) => decoded(data).startsWith('lost')).length);
    expect(counts[0]!.putBack).to.be.within(1, 19);
    const names = (await onStream()).map(({ base64: data }) => decoded(data));
    expect(names.filter((name) => name.startsWith('later'))).to.have.length(20);
  });

  const decoded = (data: string): string => Buffer.from(data, 'base64').toString();

  it('never reads what it has put itself, even where the clock of this machine is fast', async () => {
    const since = await nextMillisecond();
    await put(texts(50));
    // An hour ahead: by their times, the records of this run are in the range too.
    const { counts, error } = await runPutBack(flags(since), { policy: POLICY, now: Date.now() + 3_600_000 });
    expect(error).to.equal(undefined);
    // A record whose acknowledgement is on its way may be read once more; none of them goes round.
    expect(counts[0]!.putBack).to.be.within(50, 100);
    expect(await onStream()).to.have.length(50 + counts[0]!.putBack);
  });

  it('reads the shards that a reshard made after the shards they were made from, so that a key keeps its order', async () => {
    const since = await nextMillisecond();
    const HALF = (1n << 127n) + (1n << 126n);
    await put(texts(10, 'first'), () => 'one key');
    await split(1, HALF);
    await put(texts(10, 'second'), () => 'one key');
    await merge(0, 2);
    await put(texts(10, 'third'), () => 'one key');
    const before = (await onStream()).map(({ sequenceNumber }) => sequenceNumber);
    // kinesalite dates what comes to a new shard up to a second ahead.
    await runPutBack(flags(since), { policy: POLICY, now: Date.now() + 5_000 });
    const again = (await onStream()).filter(({ sequenceNumber }) => !before.includes(sequenceNumber));
    expect([...new Set(again.map(({ base64: data }) => decoded(data)))]).to.deep.equal(
      ['first', 'second', 'third'].flatMap((name) => texts(10, name).map(String)),
    );
  });

  it('begins with a shard only when those that it was made from were read to their ends', async () => {
    const since = await nextMillisecond();
    await merge(0, 1);
    await split(2, 1n << 127n);
    const log: string[] = [];
    const send = (command: object, options?: object) => {
      if (command instanceof GetShardIteratorCommand) log.push(`begin ${command.input.ShardId}`);
      return services.kinesis.send(command as GetShardIteratorCommand, options);
    };
    await read(since, { kinesis: { send } as typeof services.kinesis, onEnd: (shardId) => log.push(`end ${shardId}`) });
    const at = (step: string): number => {
      expect(log).to.include(step);
      return log.indexOf(step);
    };
    expect(at(`begin ${shard(2)}`)).to.be.above(Math.max(at(`end ${shard(0)}`), at(`end ${shard(1)}`)));
    for (const child of [3, 4]) expect(at(`begin ${shard(child)}`)).to.be.above(at(`end ${shard(2)}`));
  });

  it('reads on after throttling, a lost connection and an iterator that has expired', async () => {
    const since = await nextMillisecond();
    await put(texts(600));
    const faults: Record<string, number> = {};
    const { calls } = await behindProxy(({ operation }) => {
      const index = (faults[operation] ?? 0) + 1;
      faults[operation] = index;
      if (!['ListShards', 'GetShardIterator', 'GetRecords'].includes(operation)) return undefined;
      if (index === 1) return { kind: 'error', status: 400, type: 'ProvisionedThroughputExceededException' };
      if (operation === 'GetRecords' && index === 3)
        return { kind: 'error', status: 400, type: 'ExpiredIteratorException' };
      return index === 4 ? { kind: 'reset', when: 'after' } : undefined;
    });
    const { counts, stores } = await run(flags(since));
    expect(stores).to.deep.equal([]);
    expect(counts[0]!.putBack).to.equal(600);
    expect(calls.filter(({ operation }) => operation === 'GetShardIterator').length).to.be.above(3);
  });

  it('reads to the ends of all shards of a Kinesis that is not on this machine, too', async () => {
    await put(texts(20, 'before'));
    const since = await nextMillisecond();
    await put(texts(20));
    const ended: string[] = [];
    const found = await read(since, { isLocal: false, onEnd: (shardId) => ended.push(shardId) });
    expect(found).to.have.members(texts(20).map(String));
    expect(ended).to.have.members([shard(0), shard(1)]);
  });

  it('says how far it came where Kinesis takes no more, and goes on from there', async () => {
    const since = await nextMillisecond();
    await put(texts(30, 'taken'));
    await put(texts(5, 'refused'));
    const before = await onStream();
    const stubborn = new Set(texts(5, 'refused').map(base64));
    await behindProxy(({ entries }) => {
      const indices = entries.flatMap((entry, index) =>
        stubborn.has((entry as { Data: string }).Data) ? [index] : [],
      );
      return indices.length > 0 ? { kind: 'partial', indices } : undefined;
    });
    const until = await nextMillisecond();
    const first = await runPutBack(flags(since), {
      now: until,
      policy: { clock: new TriesClock(), patience: { firstMs: 50, ms: 50 } },
    });
    expect(first.error?.name).to.equal('OutOfPatienceError');
    expect(first.left.map(({ kind }) => kind)).to.deep.equal(['unsent']);
    const resume = first.fromStream!.resumeSince()!;
    expect(resume).to.be.within(since, Date.now());
    await proxy!.close();
    proxy = undefined;
    const second = await runPutBack(flags(resume, '--until', iso(until)), { policy: POLICY });
    expect(second.fromStream!.resumeSince()).to.equal(undefined);
    const again = (await onStream()).filter(
      ({ sequenceNumber }) => !before.some((b) => b.sequenceNumber === sequenceNumber),
    );
    expect(new Set(again.map(({ base64: data }) => data))).to.deep.equal(
      new Set([...texts(30, 'taken'), ...texts(5, 'refused')].map(base64)),
    );
  });

  it('counts the records by shard in a dry run, with their times, and changes nothing', async () => {
    const since = await nextMillisecond();
    await put(texts(30, 'secret'));
    const before = await onStream();
    const { found } = await runDryRun(flags(since), { policy: POLICY, now: await nextMillisecond() });
    expect(found.map(({ reason, entries }) => [reason, entries])).to.have.deep.members(
      [0, 1].map((index) => [shard(index), before.filter(({ shardId }) => shardId === shard(index)).length]),
    );
    for (const { first, last } of found) expect(Date.parse(first)).to.be.within(since, Date.parse(last));
    expect(JSON.stringify(found.map(({ samples }) => samples))).not.to.contain('secret');
    expect(await onStream()).to.deep.equal(before);
  });

  it('puts back at most --limit records, and names where to go on', async () => {
    const times: number[] = [];
    for (const name of ['a', 'b', 'c']) {
      times.push(await nextMillisecond());
      await put(texts(1, name), () => 'one key');
    }
    const [a, b, c] = times as [number, number, number];
    const { counts, fromStream } = await run(flags(a, '--limit', '2', '--shard', (await onStream())[0]!.shardId));
    expect(counts[0]!.putBack).to.equal(2);
    expect(fromStream!.resumeSince()).to.be.within(b, c - 1);
  });

  it('says which permission is missing, that there is no such shard, or no such stream', async () => {
    const since = await nextMillisecond();
    expect((await run(flags(since, '--shard', shard(7)))).stores).to.deep.equal(['UsageError']);
    const elsewhere = flags(since).map((flag) => (flag === stream ? 'no-such-stream' : flag));
    expect((await run(elsewhere)).stores).to.deep.equal(['ResourceNotFoundException']);
    await behindProxy(({ operation }) =>
      operation === 'GetRecords' ? { kind: 'error', status: 400, type: 'AccessDeniedException' } : undefined,
    );
    const { stores, fromStream, counts } = await run(flags(since));
    expect(stores).to.deep.equal(['AccessDeniedException']);
    expect(fromStream!.resumeSince()).to.equal(since);
    expect(counts[0]!.putBack).to.equal(0);
  });
});
