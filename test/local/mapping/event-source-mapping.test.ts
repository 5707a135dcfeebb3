import {
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import type { KinesisStreamRecord } from 'aws-lambda';
import { expect } from 'chai';
import { systemClock } from '../../../aws/system-clock.ts';
import type { Clock } from '../../../core/clock.ts';
import type { Answer } from '../../../local/lambda/invocation.ts';
import { type Checkpoints, checkpointsInMemory } from '../../../local/mapping/checkpoints.ts';
import {
  type Mapping,
  type MappingOptions,
  startEventSourceMapping,
} from '../../../local/mapping/event-source-mapping.ts';
import type { ReadRecord } from '../../../local/mapping/stream-record.ts';
import { startFaultProxy } from '../../../proof/fault-proxy.ts';
import { DEFAULT_SETTINGS } from '../../support/default-settings.ts';
import { localKinesis, TestServices } from '../../support/emulators.ts';
import { gate } from '../../support/gate.ts';
import { Changes, untilEqual } from '../../support/until.ts';

const OK: Answer = { payload: '{"batchItemFailures":[]}' };

/** The batching window of a test that ends it itself. Seconds. */
const WINDOW = 300;

const shardOf = (index: number): string => `shardId-00000000000${index}`;

const dataOf = ({ kinesis }: KinesisStreamRecord): string => Buffer.from(kinesis.data, 'base64').toString();

const textOf = ({ event }: ReadRecord): string => dataOf(event as KinesisStreamRecord);

interface StartOptions {
  kinesis?: Pick<KinesisClient, 'send'>;
  checkpoints?: Checkpoints;
}

describe('the event source mapping', () => {
  const services = new TestServices();
  const closing: (() => unknown)[] = [];
  let mapping: Mapping | undefined;
  let stream: string;
  let batches: KinesisStreamRecord[][];
  let settled: string[];
  let filtered: string[];
  let problems: string[];
  /** The sizes of the pages that were read. */
  let pages: number[];
  /** How many of them were the last of their shard. */
  let ends: number;
  /** How often the reader has waited and gone on since. */
  let restsAfterEnd: number;
  let changes: Changes;
  /** Ends the batching window that is open, and those that open later. */
  let endWindows: () => void;
  let windowsEnd: Promise<void>;

  before(() => services.start());
  after(() => services.stop());
  beforeEach(() => {
    batches = [];
    settled = [];
    filtered = [];
    problems = [];
    pages = [];
    ends = 0;
    restsAfterEnd = 0;
    changes = new Changes();
    windowsEnd = new Promise((resolve) => {
      endWindows = resolve;
    });
  });
  afterEach(async () => {
    await mapping?.close();
    mapping = undefined;
    for (let close = closing.pop(); close; close = closing.pop()) await close();
  });
  const until = (isTrue: () => boolean): Promise<void> => changes.until(isTrue);

  const put = async (count: number, keys = count, from = 0): Promise<void> => {
    for (let first = 0; first < count; first += 500) {
      const Records = Array.from({ length: Math.min(500, count - first) }, (_, index) => ({
        PartitionKey: `key-${(first + index) % keys}`,
        Data: Buffer.from(String(from + first + index)),
      }));
      await services.kinesis.send(new PutRecordsCommand({ StreamName: stream, Records }));
    }
  };
  const start = (
    settings: Partial<MappingOptions['settings']> = {},
    invoke: (records: KinesisStreamRecord[]) => Promise<Answer> | Answer = () => OK,
    { kinesis = services.kinesis, checkpoints = checkpointsInMemory() }: StartOptions = {},
  ): void => {
    const clock: Clock = {
      ...systemClock,
      random: () => 0,
      sleep: (ms, signal) =>
        ms === WINDOW * 1000
          ? windowsEnd
          : systemClock.sleep(Math.min(ms, 20), signal).then(() => {
              if (ends > 0) restsAfterEnd += 1;
              changes.changed();
            }),
    };
    const send = async (command: GetRecordsCommand, options: object): Promise<GetRecordsCommandOutput> => {
      const output = await kinesis.send(command, options);
      if (command instanceof GetRecordsCommand) {
        pages.push(output.Records?.length ?? 0);
        if (output.NextShardIterator === undefined) ends += 1;
        // When the mapping has taken the page.
        setImmediate(() => changes.changed());
      }
      return output;
    };
    mapping = startEventSourceMapping({
      kinesis: { send: send as KinesisClient['send'] },
      streamArn: `arn:aws:kinesis:us-east-1:000000000000:stream/${stream}`,
      region: 'us-east-1',
      settings: {
        ...DEFAULT_SETTINGS,
        bisectBatchOnFunctionError: true,
        reportBatchItemFailures: true,
        ...settings,
      },
      invoke: async (payload) => {
        const { Records } = JSON.parse(payload);
        batches.push(Records);
        changes.changed();
        return { ...(await invoke(Records)), requestId: 'r' };
      },
      onFiltered: (record) => filtered.push(textOf(record)),
      onSettled: (records) => {
        settled.push(...records.map(textOf));
        // When the checkpoint is saved too.
        setImmediate(() => changes.changed());
      },
      onFailure: async () => {},
      onProblem: (message) => {
        problems.push(message);
        changes.changed();
      },
      poll: { baseMs: 2, capMs: 20 },
      checkpoints,
      clock,
    });
  };
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index));

  it('delivers records as Lambda does, in batches of the size of the template', async () => {
    stream = await services.createStream();
    const before = Date.now();
    await put(250);
    start();
    await until(() => settled.length === 250);
    expect(settled).to.deep.equal(numbers(250));
    expect(Math.max(...batches.map(({ length }) => length))).to.equal(100);
    const [record] = batches[0]!;
    expect(record?.kinesis.sequenceNumber).to.match(/^\d{56}$/);
    // kinesalite dates what comes to a new shard up to a second ahead.
    expect(record?.kinesis.approximateArrivalTimestamp).to.be.within(before / 1000, Date.now() / 1000 + 1);
    expect(record).to.deep.include({
      eventID: `shardId-000000000000:${record?.kinesis.sequenceNumber}`,
      eventSource: 'aws:kinesis',
      eventName: 'aws:kinesis:record',
      eventVersion: '1.0',
      awsRegion: 'us-east-1',
      eventSourceARN: `arn:aws:kinesis:us-east-1:000000000000:stream/${stream}`,
    });
  });

  it('goes on with what comes later', async () => {
    stream = await services.createStream();
    start();
    await until(() => pages.includes(0));
    await put(3);
    await until(() => settled.length === 3);
    await put(2, 2, 3);
    await until(() => settled.length === 5);
    expect(settled).to.deep.equal(numbers(5));
  });

  it('waits as long as its window for a batch to fill', async () => {
    stream = await services.createStream();
    start({ maximumBatchingWindowInSeconds: WINDOW, batchSize: 10 });
    const read = (count: number) => until(() => pages.reduce((sum, page) => sum + page, 0) === count);
    await put(4);
    await read(4);
    await put(4, 4, 4);
    await read(8);
    expect(batches).to.deep.equal([]);
    endWindows();
    await until(() => settled.length === 8);
    expect(batches.map(({ length }) => length)).to.deep.equal([8]);
  });

  it('catches up on its shards side by side, and waits for no window', async () => {
    stream = await services.createStream(2);
    await put(40);
    start({ maximumBatchingWindowInSeconds: WINDOW, batchSize: 1_000 }, async () => {
      await until(() => batches.length === 2);
      return OK;
    });
    await mapping?.caughtUp();
    expect(settled.map(Number).toSorted((a, b) => a - b)).to.deep.equal(numbers(40).map(Number));
  });

  it('reads its shards side by side', async () => {
    stream = await services.createStream(4);
    await put(160);
    const busy = new Set<string>();
    let most = 0;
    start({ batchSize: 20 }, async ([first]) => {
      const shard = first!.eventID.split(':')[0]!;
      expect(busy.has(shard), 'two batches of one shard at once').to.equal(false);
      busy.add(shard);
      most = Math.max(most, busy.size);
      await until(() => most > 1);
      busy.delete(shard);
      return OK;
    });
    await until(() => settled.length === 160);
    expect(most).to.be.above(1);
    expect(settled).to.have.members(numbers(160));
  });

  it('has several batches of a shard under way, and the records of one key in order', async () => {
    stream = await services.createStream();
    await put(240, 12);
    let running = 0;
    let most = 0;
    start({ parallelizationFactor: 4, batchSize: 25 }, async () => {
      running += 1;
      most = Math.max(most, running);
      await until(() => most > 1);
      running -= 1;
      return OK;
    });
    await until(() => settled.length === 240);
    expect(most).to.be.within(2, 4);
    for (let key = 0; key < 12; key += 1) {
      const ofKey = settled.map(Number).filter((value) => value % 12 === key);
      expect(ofKey).to.deep.equal(ofKey.toSorted((a, b) => a - b));
      expect(ofKey).to.have.length(20);
    }
  });

  const mergeBoth = () =>
    services.kinesis.send(
      new MergeShardsCommand({ StreamName: stream, ShardToMerge: shardOf(0), AdjacentShardToMerge: shardOf(1) }),
    );

  /** Kinesis that has no answer for who reads one shard, until it is opened. */
  const holdingBack = (held: string) => {
    const { open, opened } = gate();
    /** The shards of which an iterator was asked for. */
    const asked: string[] = [];
    let iterator: string | undefined;
    let holds = 0;
    let lists = 0;
    const send = async (command: object, options: object): Promise<unknown> => {
      if (command instanceof GetShardIteratorCommand) asked.push(command.input.ShardId!);
      if (command instanceof GetRecordsCommand && command.input.ShardIterator === iterator) {
        holds += 1;
        changes.changed();
        await opened;
      }
      const output = await services.kinesis.send(command as GetShardIteratorCommand, options);
      if (command instanceof GetShardIteratorCommand && command.input.ShardId === held) iterator = output.ShardIterator;
      if (command instanceof ListShardsCommand)
        // When the mapping has taken the list, and asked for what it reads of it.
        setImmediate(() => {
          lists += 1;
          changes.changed();
        });
      return output;
    };
    return { kinesis: { send: send as KinesisClient['send'] }, asked, open, holds: () => holds, lists: () => lists };
  };

  const split = { made: 'the shards that a split made', parents: [0], reshard: () => services.splitShard(stream) };
  const merge = { made: 'the shard that a merge made', parents: [0, 1], reshard: mergeBoth };
  for (const { made, parents, reshard, held, parent } of [
    { ...split, held: 0, parent: 'the shard they came from' },
    { ...merge, held: 0, parent: 'the first of its parents' },
    { ...merge, held: 1, parent: 'the second of its parents' },
  ])
    it(`does not read ${made} before ${parent} has ended, and keeps the records of a key in order`, async () => {
      stream = await services.createStream(parents.length);
      await put(100, 10);
      await reshard();
      await untilEqual(
        async () => (await services.kinesis.send(new ListShardsCommand({ StreamName: stream }))).Shards?.length,
        3,
      );
      await put(100, 10, 100);
      const gate = holdingBack(shardOf(held));
      start({ batchSize: 10 }, () => OK, { kinesis: gate.kinesis });
      // The shards are listed at the start, and again when the parent that is not held back has ended.
      await until(() => gate.holds() === 1 && gate.lists() === parents.length);
      const askedBefore = [...gate.asked];
      gate.open();
      await until(() => settled.length === 200);
      expect(askedBefore).to.deep.equal(parents.map(shardOf));
      expect(settled.slice(0, 100)).to.have.members(numbers(100));
      for (let key = 0; key < 10; key += 1)
        expect(settled.map(Number).filter((value) => value % 10 === key)).to.deep.equal(
          Array.from({ length: 20 }, (_, index) => key + 10 * index),
        );
    });

  it('survives a Kinesis that fails and breaks connections, and loses and repeats nothing', async () => {
    stream = await services.createStream();
    await put(300);
    const proxy = await startFaultProxy(services.endpoints.kinesis, (_, index) => {
      if (index % 3 === 0) return { kind: 'error', status: 500, type: 'InternalFailure' };
      if (index % 3 === 1 && index % 2 === 0) return { kind: 'reset', when: 'after' };
      return undefined;
    });
    const kinesis = localKinesis(proxy.endpoint);
    closing.push(() => proxy.close(), kinesis.destroy.bind(kinesis));
    start({}, () => OK, { kinesis });
    await until(() => settled.length === 300);
    await mapping?.close();
    expect(settled).to.deep.equal(numbers(300));
    expect(problems.join()).to.contain('InternalFailure');
  });

  for (const [from, checkpoint] of [
    ['the start of a shard', false],
    ['its checkpoint', true],
  ] as const)
    it(`reads on from ${from} after an expired iterator, and passes over and repeats nothing`, async () => {
      stream = await services.createStream();
      const checkpoints = checkpointsInMemory();
      if (checkpoint) {
        await put(3, 3, -3);
        start({}, () => OK, { checkpoints });
        await until(() => settled.length === 3);
        await mapping?.close();
        settled = [];
      }
      let isExpired = false;
      const proxy = await startFaultProxy(services.endpoints.kinesis, ({ operation }) =>
        isExpired && operation === 'GetRecords'
          ? { kind: 'error', status: 400, type: 'ExpiredIteratorException' }
          : undefined,
      );
      const kinesis = localKinesis(proxy.endpoint);
      closing.push(() => proxy.close(), kinesis.destroy.bind(kinesis));
      await put(5);
      start({}, () => OK, { kinesis, checkpoints });
      await until(() => settled.length === 5);
      isExpired = true;
      await put(5, 5, 5);
      const failures = problems.length;
      // The first may be of an iterator from before these records, the second is of one from after them.
      await until(() => problems.length >= failures + 2);
      isExpired = false;
      await until(() => settled.length >= 10);
      await mapping?.close();
      expect(settled).to.deep.equal(numbers(10));
      for (const problem of problems) expect(problem).to.contain('ExpiredIteratorException');
    });

  it('ends while it delivers, and settles only what was delivered', async () => {
    stream = await services.createStream();
    await put(300);
    start({}, () => {
      void mapping?.close();
      return OK;
    });
    await until(() => batches.length === 1);
    await mapping?.close();
    expect(settled).to.deep.equal(numbers(100));
    expect(batches).to.have.length(1);
  });

  it('fills an invocation up to 6 MB, whatever its partition keys are', async () => {
    stream = await services.createStream();
    const Data = Buffer.alloc(8_000, 120);
    const PartitionKey = '\u0001"\\東'.repeat(64);
    for (let n = 0; n < 2; n += 1)
      await services.kinesis.send(
        new PutRecordsCommand({
          StreamName: stream,
          Records: Array.from({ length: 300 }, () => ({ PartitionKey, Data })),
        }),
      );
    start({ batchSize: 10_000, maximumBatchingWindowInSeconds: WINDOW });
    await until(() => pages.reduce((sum, page) => sum + page, 0) === 600);
    endWindows();
    await until(() => settled.length === 600);
    const sizes = batches.map((Records) => Buffer.byteLength(JSON.stringify({ Records })));
    for (const size of sizes) expect(size).to.be.at.most(6 * 1024 * 1024);
    expect(sizes[0]).to.be.at.least(6 * 1024 * 1024 - 16_384);
  });

  it('delivers what the filter lets through, and names and settles the rest', async () => {
    stream = await services.createStream();
    await services.kinesis.send(
      new PutRecordsCommand({
        StreamName: stream,
        Records: ['{"kind":"a"}', 'no JSON', '{"kind":"b"}', '{"kind":"a"}'].map((data) => ({
          PartitionKey: 'k',
          Data: Buffer.from(data),
        })),
      }),
    );
    const checkpoints = checkpointsInMemory();
    start({ filterPatterns: ['{"data":{"kind":["a"]}}'] }, () => OK, { checkpoints });
    await until(() => settled.length === 4);
    expect(batches.flat().map(dataOf)).to.deep.equal(['{"kind":"a"}', '{"kind":"a"}']);
    expect(filtered).to.deep.equal(['no JSON', '{"kind":"b"}']);
    expect(checkpoints.of(shardOf(0))?.settled).to.equal(batches.flat().at(-1)?.kinesis.sequenceNumber);
  });

  let answers = 0;
  /** Invocations of several lanes end in another order than they began. */
  const outOfOrder = async (answer: Answer): Promise<Answer> => {
    answers += 1;
    for (let turns = (answers * 7) % 11; turns > 0; turns -= 1) await new Promise(setImmediate);
    return answer;
  };

  for (const parallelizationFactor of [1, 4])
    it(`goes on from its checkpoints with ${parallelizationFactor} batches at once: nothing is passed over, and what is settled in a row is not repeated`, async () => {
      stream = await services.createStream();
      await put(400, 40);
      const checkpoints = checkpointsInMemory();
      const settings = { parallelizationFactor, batchSize: 10 };
      start(settings, () => outOfOrder(OK), { checkpoints });
      await until(() => settled.length >= 150);
      await mapping?.close();
      const first = new Set(settled);
      settled = [];
      start(settings, () => OK, { checkpoints });
      await until(() => new Set([...first, ...settled]).size === 400);
      await mapping?.close();
      expect(settled.length).to.be.below(400);
      const repeated = settled.filter((value) => first.has(value));
      const inARow = numbers(400).findIndex((value) => !first.has(value));
      for (const value of repeated) expect(Number(value)).to.be.above(inARow);
    });

  it('counts a closed shard as finished only when all of it is settled', async () => {
    stream = await services.createStream();
    await put(10);
    await services.splitShard(stream);
    const checkpoints = checkpointsInMemory();
    const { open: release, opened: released } = gate();
    start({}, () => released.then(() => OK), { checkpoints });
    await until(() => restsAfterEnd > 0 && batches.length === 1);
    await new Promise(setImmediate);
    const isFinished = (): boolean => checkpoints.of(shardOf(0))?.isFinished === true;
    const early = isFinished();
    release();
    await until(() => settled.length === 10);
    expect(early).to.equal(false);
    await until(isFinished);
    expect(settled).to.deep.equal(numbers(10));
  });

  it('reads what came of a shard whose end a Kinesis writes as null', async () => {
    stream = await services.createStream();
    await put(10);
    await services.splitShard(stream);
    await put(10, 10, 10);
    const send = async (command: GetRecordsCommand, options: object): Promise<object> => {
      const output = await services.kinesis.send(command, options);
      return command instanceof GetRecordsCommand
        ? { ...output, NextShardIterator: output.NextShardIterator ?? null }
        : output;
    };
    start({}, () => OK, { kinesis: { send: send as KinesisClient['send'] } });
    await until(() => settled.length === 20);
    expect(settled.toSorted()).to.deep.equal(numbers(20).toSorted());
  });

  it('remembers which shards are finished, and reads those that came of them', async () => {
    stream = await services.createStream(2);
    await put(40);
    const inMemory = checkpointsInMemory();
    const checkpoints: Checkpoints = {
      ...inMemory,
      save: (shardId, checkpoint) => {
        inMemory.save(shardId, checkpoint);
        changes.changed();
      },
    };
    start({}, () => OK, { checkpoints });
    await until(() => settled.length === 40);
    await mergeBoth();
    await until(() => [0, 1].every((n) => checkpoints.of(shardOf(n))?.isFinished));
    await mapping?.close();
    await put(10, 10, 40);
    start({}, () => OK, { checkpoints });
    await until(() => settled.length === 50);
    expect(settled.toSorted()).to.deep.equal(numbers(50).toSorted());
  });
});
