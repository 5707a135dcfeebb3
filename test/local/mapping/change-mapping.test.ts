import { readFile } from 'node:fs/promises';
import { BatchWriteItemCommand, DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import { systemClock } from '../../../aws/system-clock.ts';
import type { ChangeRecord } from '../../../local/emulators/change-record.ts';
import { changeStreamArn, changeStreamName } from '../../../local/emulators/change-stream.ts';
import type { Answer } from '../../../local/lambda/invocation.ts';
import { type Checkpoints, checkpointsInMemory } from '../../../local/mapping/checkpoints.ts';
import { type Mapping, startEventSourceMapping } from '../../../local/mapping/event-source-mapping.ts';
import { failedBatchesIn } from '../../../local/mapping/failed-batch-folder.ts';
import { onFailure } from '../../../local/mapping/on-failure.ts';
import type { TumblingWindow } from '../../../local/mapping/tumbling-window.ts';
import type { MappingSettings } from '../../../local/template/mapping-settings.ts';
import { changesOf, replay } from '../../support/changes.ts';
import { DEFAULT_SETTINGS } from '../../support/default-settings.ts';
import { emptyFolder } from '../../support/empty-folder.ts';
import { TestServices } from '../../support/emulators.ts';
import { Changes } from '../../support/until.ts';

const OK: Answer = { payload: '{"batchItemFailures":[]}' };
const CRASH: Answer = { error: { errorType: 'Error', errorMessage: 'crash' } };
const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:local-EventRollups';
const BUCKET = 'arn:aws:s3:::failed-batches';

/** Users write in turn; each item holds the number of its last write. */
const USERS = 7;
const userOf = (n: number): string => `user-${n % USERS}`;

const numberOf = ({ dynamodb }: ChangeRecord): number => Number(dynamodb.NewImage?.N?.N);

describe('the event source mapping of a table', () => {
  const services = new TestServices();
  let table: string;
  let streamArn: string;
  const folder = emptyFolder();
  let mapping: Mapping | undefined;
  let batches: ChangeRecord[][];
  /** What was next to the records of each batch. */
  let fields: Partial<ReturnType<TumblingWindow['fields']>>[];
  let settled: ChangeRecord[];
  let filtered: ChangeRecord[];
  let progress: Changes;
  /** How far the mapping's clock is ahead of the emulators'. Milliseconds. */
  let lateness: number;

  before(() => services.start());
  after(() => services.stop());
  beforeEach(async () => {
    table = await services.createTable(['Username'], 'NEW_AND_OLD_IMAGES');
    streamArn = changeStreamArn(`arn:aws:dynamodb:us-east-1:000000000000:table/${table}`);
    batches = [];
    fields = [];
    settled = [];
    filtered = [];
    progress = new Changes();
    lateness = 0;
  });
  afterEach(async () => {
    await mapping?.close();
    mapping = undefined;
  });

  const put = (n: number) =>
    services.dynamoDb.send(
      new PutItemCommand({ TableName: table, Item: { Username: { S: userOf(n) }, N: { N: String(n) } } }),
    );
  /** Writes these numbers, one version of each user's item in a request. */
  const write = async (from: number, to: number): Promise<void> => {
    for (let first = from; first < to; first += USERS) {
      const numbers = Array.from({ length: Math.min(USERS, to - first) }, (_, n) => first + n);
      const requests = numbers.map((n) => ({
        PutRequest: { Item: { Username: { S: userOf(n) }, N: { N: String(n) } } },
      }));
      await services.dynamoDb.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
    }
  };
  const start = (
    settings: Partial<MappingSettings> = {},
    invoke: (records: ChangeRecord[]) => Answer | Promise<Answer> = () => OK,
    checkpoints: Checkpoints = checkpointsInMemory(),
    longest = 20,
  ): void => {
    const clock = {
      ...systemClock,
      now: () => systemClock.now() + lateness,
      random: () => 0,
      sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, longest), signal),
    };
    mapping = startEventSourceMapping({
      kinesis: services.kinesis,
      streamArn,
      region: 'us-east-1',
      settings: { ...DEFAULT_SETTINGS, bisectBatchOnFunctionError: true, reportBatchItemFailures: true, ...settings },
      invoke: async (payload) => {
        const { Records, ...others } = JSON.parse(payload);
        batches.push(Records);
        fields.push(others);
        progress.changed();
        return { ...(await invoke(Records)), requestId: 'r' };
      },
      onFiltered: ({ event }) => filtered.push(event as ChangeRecord),
      onSettled: (records) => {
        settled.push(...records.map(({ event }) => event as ChangeRecord));
        setImmediate(() => progress.changed());
      },
      onFailure: onFailure({
        functionArn: FUNCTION_ARN,
        streamArn,
        destination: BUCKET,
        folder,
        onProblem: () => {},
        clock,
      }),
      onProblem: () => {},
      poll: { baseMs: 2, capMs: 20 },
      checkpoints,
      clock,
    });
  };
  const settles = (count: number) => progress.until(() => settled.length >= count);
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

  it('hands the function the records of DynamoDB Streams, as they are', async () => {
    await put(0);
    await put(USERS);
    await services.dynamoDb.send(new DeleteItemCommand({ TableName: table, Key: { Username: { S: userOf(0) } } }));
    start();
    await settles(3);
    expect(batches.flat()).to.deep.equal(await changesOf(services.kinesis, table));
    expect(batches.flat().map(({ eventName, eventSourceARN }) => [eventName, eventSourceARN])).to.deep.equal(
      ['INSERT', 'MODIFY', 'REMOVE'].map((name) => [name, streamArn]),
    );
  });

  it('goes on at the lowest record that the function reports by its sequence number', async () => {
    for (const n of numbers(10)) await put(n);
    let failures = 0;
    start({}, (records) => {
      if (records.length < 4 || failures === 3) return OK;
      failures += 1;
      const itemIdentifier = records[3]!.dynamodb.SequenceNumber;
      return { payload: JSON.stringify({ batchItemFailures: [{ itemIdentifier }] }) };
    });
    await settles(10);
    expect(settled.map(numberOf)).to.deep.equal(numbers(10));
    const firsts = batches.map(([record]) => numberOf(record!));
    expect(firsts.slice(-3)).to.deep.equal(firsts.slice(-3).toSorted((a, b) => a - b));
    expect(failures).to.be.above(0);
  });

  it('keeps the record that crashes the function, whole, and delivers all others', async () => {
    for (const n of numbers(12)) await put(n);
    start({ maximumRetryAttempts: 1 }, (records) => (records.some((record) => numberOf(record) === 7) ? CRASH : OK));
    await settles(12);
    expect(settled.map(numberOf)).to.deep.equal(numbers(12));
    const [path, ...others] = await failedBatchesIn(folder);
    expect(others).to.deep.equal([]);
    expect(path).to.match(/aws[\\/]lambda[\\/][0-9a-f-]{36}[\\/]shardId-000000000000[\\/]/);
    const { DDBStreamBatchInfo, KinesisBatchInfo, payload, requestContext } = JSON.parse(await readFile(path!, 'utf8'));
    const poison = settled[7]!;
    expect(requestContext).to.include({ condition: 'RetryAttemptsExhausted', functionArn: FUNCTION_ARN });
    expect(KinesisBatchInfo).to.equal(undefined);
    expect(DDBStreamBatchInfo).to.deep.include({
      shardId: 'shardId-000000000000',
      startSequenceNumber: poison.dynamodb.SequenceNumber,
      endSequenceNumber: poison.dynamodb.SequenceNumber,
      batchSize: 1,
      streamArn,
    });
    expect(payload).to.deep.equal({ Records: [poison] });
  });

  it('gives up what is too old, and keeps it', async () => {
    await put(0);
    lateness = 3_600_000;
    start({ maximumRecordAgeInSeconds: 60 });
    await settles(1);
    const [path] = await failedBatchesIn(folder);
    const { DDBStreamBatchInfo, requestContext, responseContext } = JSON.parse(await readFile(path!, 'utf8'));
    expect(requestContext.condition).to.equal('RecordAgeExceeded');
    expect(responseContext).to.equal(undefined);
    expect(DDBStreamBatchInfo.batchSize).to.equal(1);
    expect(batches).to.deep.equal([]);
  });

  it('delivers what its filter lets through: by the kind of change, or by an attribute', async () => {
    for (const n of numbers(2 * USERS)) await put(n);
    await services.dynamoDb.send(new DeleteItemCommand({ TableName: table, Key: { Username: { S: userOf(3) } } }));
    const patterns = [{ eventName: ['REMOVE'] }, { dynamodb: { NewImage: { N: { N: ['4', '11'] } } } }];
    start({ filterPatterns: patterns.map((pattern) => JSON.stringify(pattern)) });
    await settles(2 * USERS + 1);
    expect(batches.flat().map(({ eventName }) => eventName)).to.deep.equal(['INSERT', 'MODIFY', 'REMOVE']);
    expect(filtered).to.have.length(2 * USERS - 2);
  });

  it('goes on from its checkpoints: no change is passed over, and none is repeated', async () => {
    await write(0, 70);
    const checkpoints = checkpointsInMemory();
    start({ batchSize: 10 }, () => OK, checkpoints);
    await settles(30);
    await mapping?.close();
    const before = settled.length;
    start({ batchSize: 10 }, () => OK, checkpoints);
    await settles(70);
    expect(before).to.be.below(70);
    expect(settled).to.deep.equal(await changesOf(services.kinesis, table));
  });

  it('names the shard and the window of the records where the mapping has a tumbling window', async () => {
    await put(0);
    start();
    await settles(1);
    expect(fields).to.deep.equal([{}]);
    await mapping?.close();
    const checkpoints = checkpointsInMemory();
    const counted: Answer = { payload: '{"state":{"n":1},"batchItemFailures":[]}' };
    // However long the test takes, its window does not end meanwhile.
    lateness = -3_600_000;
    start({ tumblingWindowInSeconds: 900 }, () => counted, checkpoints);
    await settles(2);
    const [{ window, ...others } = {}] = fields.slice(1);
    expect(others).to.deep.equal({
      state: {},
      shardId: 'shardId-000000000000',
      eventSourceARN: streamArn,
      isFinalInvokeForWindow: false,
      isWindowTerminatedEarly: false,
    });
    expect(Date.parse(window!.end) - Date.parse(window!.start)).to.equal(900_000);
    expect(checkpoints.of('shardId-000000000000')?.window).to.deep.equal({
      start: Date.parse(window!.start),
      state: { n: 1 },
    });
  });

  it('says when all that is there has been delivered, without waiting for its batching window', async () => {
    const checkpoints = checkpointsInMemory();
    await write(0, 40);
    start({ maximumBatchingWindowInSeconds: 300, batchSize: 1_000 }, () => OK, checkpoints, 400_000);
    await mapping?.caughtUp();
    expect(settled).to.have.length(40);
    await mapping?.caughtUp();
    await write(40, 50);
    await mapping?.caughtUp();
    expect(settled).to.have.length(50);
    await mapping?.close();
    await mapping?.caughtUp();
  });

  it('has caught up when the children of a shard have', async () => {
    await write(0, 20);
    await services.splitShard(changeStreamName(table));
    await write(20, 60);
    start({ batchSize: 7 });
    await mapping?.caughtUp();
    expect(settled.map(numberOf).toSorted((a, b) => a - b)).to.deep.equal(numbers(60));
  });

  it('keeps the changes of each key in order while its shards are split, and ends with the table', async () => {
    const split = (shard: number, at: bigint) => services.splitShard(changeStreamName(table), shard, at);
    start({ batchSize: 3 });
    await write(0, 35);
    await Promise.all([split(0, 2n ** 127n), write(35, 70)]);
    await Promise.all([split(1, 2n ** 126n), write(70, 105)]);
    await Promise.all([split(2, 2n ** 127n + 2n ** 126n), write(105, 140)]);
    await settles(140);
    for (const user of numbers(USERS)) {
      const ofUser = settled.map(numberOf).filter((n) => n % USERS === user);
      expect(ofUser).to.deep.equal(numbers(140).filter((n) => n % USERS === user));
    }
    const rows = [...replay(settled).values()].map(({ N }) => Number(N!.N)).toSorted((a, b) => a - b);
    expect(rows).to.deep.equal(numbers(140).slice(-USERS));
  });

  it('holds up no writer while its function is slow, and brings it everything after that', async () => {
    let answer: (answer: Answer) => void = () => {};
    const slow = new Promise<Answer>((resolve) => {
      answer = resolve;
    });
    await put(0);
    start({ batchSize: 10 }, () => slow);
    await progress.until(() => batches.length === 1);
    // Each of these writes is answered, though the function has not answered once.
    await write(1, 100);
    expect(settled).to.deep.equal([]);
    answer(OK);
    await settles(100);
    expect(settled.map(numberOf).toSorted((a, b) => a - b)).to.deep.equal(numbers(100));
    expect(settled).to.deep.equal(await changesOf(services.kinesis, table));
  });
});
