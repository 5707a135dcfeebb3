import type { GetMetricDataCommand, GetMetricDataCommandInput } from '@aws-sdk/client-cloudwatch';
import {
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';
import { toItem } from '../../../aws/wire-value.ts';
import type { Rollup } from '../../../core/processor.ts';
import type { Flow, Parts } from '../../../local/watch/watched.ts';
import type { WatchOutputs } from '../../../ops/outputs.ts';
import { newestRows } from '../../../ops/watch/newest-rows.ts';
import { stackWatched } from '../../../ops/watch/stack-watched.ts';
import { TestServices } from '../../support/emulators.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/until.ts';

const NOW = Date.parse('2026-11-20T12:30:30Z');
const MINUTE = Date.parse('2026-11-20T12:29:00Z');
const signal = new AbortController().signal;

/** CloudWatch, as far as a page asks it: so many in each of the last two minutes of a metric. */
class FakeCloudWatch {
  readonly asked: GetMetricDataCommandInput[] = [];
  error: Error | undefined;
  /** How many answers lack the last minute, which the one after them has. */
  inPart = 0;

  readonly send = (async ({ input }: GetMetricDataCommand) => {
    this.asked.push(input);
    if (this.error) throw this.error;
    const values: Record<string, number[]> = {
      IncomingRecords: [100, 200],
      events: [90, 210],
      written: [60, 120],
      rejected: [0, 6],
      IteratorAge: [9_000, 40],
      changes: [50, 70],
    };
    const answers = this.asked.length;
    const isPart = answers <= this.inPart;
    const minutes = answers === 1 ? [0, 1] : [1];
    const given = isPart ? minutes.slice(0, -1) : minutes;
    return {
      ...(isPart && { NextToken: `token ${answers}` }),
      MetricDataResults: input.MetricDataQueries?.flatMap(({ Id, MetricStat }) => {
        const found = values[MetricStat?.Metric?.MetricName ?? ''];
        const Values = given.map((minute) => found?.[minute]);
        const Timestamps = given.map((minute) => new Date(MINUTE - (1 - minute) * 60_000));
        return found ? [{ Id, StatusCode: isPart ? 'PartialData' : 'Complete', Values, Timestamps }] : [];
      }),
    };
  }) as never;
}

describe('the live page of a deployed stack', () => {
  const services = new TestServices();
  const rollups: Rollup[] = [{ name: 'types', every: 'hour', of: ({ Type }) => ({ group: Type }) }];
  type Tables = Pick<WatchOutputs, 'eventDataTable' | 'rejectedEventsTable' | 'rollupsTable'>;
  let tables: Required<Tables>;
  before(async () => {
    await services.start();
    const eventDataTable = await services.createIndexedTable();
    tables = {
      eventDataTable,
      rejectedEventsTable: await services.createTable(['Id']),
      rollupsTable: await services.createTable(['Rollup', 'Part']),
    };
    const put = (TableName: string, Item: object) =>
      services.dynamoDb.send(new PutItemCommand({ TableName, Item: Item as never }));
    for (let minute = 10; minute < 40; minute += 1)
      await put(
        eventDataTable,
        toItem({
          Username: `user ${minute % 3}`,
          Id: `${minute}`,
          Timestamp: `2026-11-20T11:${minute}:00.000Z`,
          Type: minute % 2 === 0 ? 'note' : 'order',
          Data: { minute },
        }),
      );
    await put(
      tables.rejectedEventsTable,
      marshall({ Id: 's:1', Reason: 'NotJson', Detail: 'cut', RejectedAt: '2026-11-20T12:00:00.000Z', Bytes: 9 }),
    );
    // As no function of ours writes it.
    await put(
      tables.rejectedEventsTable,
      marshall({ Id: 's:2', Reason: 'Other', Detail: new Set(['a set']), Bytes: { toString: 'no function' } }),
    );
    const Through = '1'.padStart(40, '0');
    for (const { group, ...part } of [
      { Rollup: 'types.1#2026-11-20T11Z', group: 'note', Count: 15 },
      { Rollup: 'types.1#2026-11-20T12Z', group: 'note', Count: 2 },
      { Rollup: 'types.1#2026-11-20T12Z', group: 'order', Count: 1 },
      // Its time is over, and DynamoDB has not deleted it yet.
      { Rollup: 'types.1#2026-11-20T10Z', group: 'note', Count: 40, ExpiresAt: NOW / 1_000 - 1 },
    ])
      await put(tables.rollupsTable, marshall({ ...part, Part: `${group}#shardId-1`, Values: {}, Through }));
  });
  after(() => services.stop());

  /** By how much somebody has set the calendar clock. Milliseconds. */
  let setBy = 0;
  beforeEach(() => {
    setBy = 0;
  });
  const watch = (cloudWatch: FakeCloudWatch, other: Partial<WatchOutputs> = {}, found: Tables = tables) => {
    const clock = new ManualClock();
    const calendar = { ...clock, now: () => NOW + setBy + clock.now() };
    const functions = { events: 'demo-DDBEventProcessor', rollups: 'demo-EventRollups' };
    const names = { name: 'demo', region: 'eu-west-1', stream: 'demo', processor: 'default' };
    const outputs = { ...names, functions, ...found, ...other };
    const { dynamoDb } = services;
    const clocks = { clock, calendar };
    const watched = stackWatched({ outputs, rollups, dynamoDb, cloudWatch, clocks });
    const look = async (isWanted: (parts: Partial<Parts>) => boolean): Promise<Parts> => {
      let parts: Partial<Parts> = {};
      await until(async () => {
        parts = await watched.look(signal);
        return isWanted(parts);
      });
      return parts as Parts;
    };
    return { watched, clock, look };
  };
  const isWhole = ({ flow, rollups, newest, rejected }: Partial<Parts>): boolean =>
    Boolean(flow?.figures.events !== undefined && flow.figures.groups !== undefined && rollups && newest && rejected);

  it('shows the metrics of the last hour', async () => {
    const cloudWatch = new FakeCloudWatch();
    const { watched, look } = watch(cloudWatch);
    const { flow } = await look(isWhole);
    expect(flow.figures).to.deep.equal({
      records: 300,
      events: 300,
      written: 180,
      rejected: 6,
      dropped: 0,
      unwritten: 0,
      changes: 120,
      lag: 40,
      groups: 2,
    });
    expect(flow.problems).to.deep.equal([]);
    expect(flow.rate.times).to.have.length(60);
    expect(flow.rate.times.at(-1)).to.equal(MINUTE / 1_000);
    expect(flow.rate.stored.slice(-2)).to.deep.equal([1, 2]);
    expect(flow.rate.rejected.at(-1)).to.equal(0.1);
    const [{ StartTime, EndTime, MetricDataQueries = [] } = {}] = cloudWatch.asked;
    expect([StartTime, EndTime]).to.deep.equal([new Date('2026-11-20T11:30:00Z'), new Date('2026-11-20T12:30:00Z')]);
    expect(MetricDataQueries.map(({ MetricStat }) => MetricStat?.Metric?.Namespace)).to.deep.equal([
      'AWS/Kinesis',
      ...Array(5).fill('demo'),
      'AWS/Lambda',
      'demo',
    ]);
    // 8 metrics, 60 times an hour, a cent for 1,000.
    expect(watched.about.cost).to.contain('8 metrics').and.to.contain('$0.005 an hour');
  });

  it('reads everything once a minute, however often it is looked at, and where the clock is set back meanwhile', async () => {
    const cloudWatch = new FakeCloudWatch();
    const { watched, clock, look } = watch(cloudWatch);
    await look(isWhole);
    for (let second = 0; second < 58; second += 1) {
      clock.advance(1_000);
      await watched.look(signal);
    }
    expect(cloudWatch.asked).to.have.length(1);
    setBy = -3_600_000;
    clock.advance(2_000);
    await look(() => cloudWatch.asked.length === 2);
  });

  it('shows rollups, the newest rows by the index, and what was rejected', async () => {
    const { look, watched } = watch(new FakeCloudWatch());
    const { rollups: charts, newest, rejected } = await look(isWhole);
    expect(charts[0]?.bars.map(({ group, rows }) => [group, rows])).to.deep.equal([
      ['note', 17],
      ['order', 1],
    ]);
    expect(charts[0]?.series.map(({ rows }) => rows)).to.deep.equal([
      [15, 2],
      [0, 1],
    ]);
    expect(newest.note).to.equal('the newest of 2 types');
    expect(newest.rows[0]).to.include({ id: '39', type: 'order', text: '{"minute":39}' });
    expect(rejected).to.deep.equal({
      events: [
        { id: 's:1', reason: 'NotJson', detail: 'cut', rejectedAt: '2026-11-20T12:00:00.000Z', bytes: 9 },
        { id: 's:2', reason: 'Other', detail: '', rejectedAt: '', bytes: 0 },
      ],
      reasons: [
        ['NotJson', 1],
        ['Other', 1],
      ],
      note: 'newest first',
    });
    expect((await watched.rowsOfKey('user 1', signal)).rows).to.have.length(10);
    expect((await watched.rowsOfGroup('types', 'order', signal)).rows).to.have.length(15);
    expect(watched).not.to.have.property('putBack');
  });

  it('asks for nothing of rollups where the stack has none', async () => {
    const cloudWatch = new FakeCloudWatch();
    const { rollupsTable: _, ...found } = tables;
    const { look } = watch(cloudWatch, { functions: { events: 'demo-DDBEventProcessor' } }, found);
    const { flow, rollups: charts } = await look(isWhole);
    expect({ charts, problems: flow.problems }).to.deep.equal({ charts: [], problems: [] });
    const asked = cloudWatch.asked[0]?.MetricDataQueries?.map(({ MetricStat }) => MetricStat?.Metric?.Dimensions);
    expect(new Set(asked?.map((dimensions) => dimensions?.[0]?.Value))).to.deep.equal(
      new Set(['demo', 'demo-DDBEventProcessor']),
    );
  });

  it('finds types that come later, page by page, and keeps those with the newest rows', async () => {
    const table = await services.createIndexedTable();
    const put = (Type: string, minute: number, index = 0) =>
      services.dynamoDb.send(
        new PutItemCommand({
          TableName: table,
          Item: toItem({
            ...{ Username: `user ${minute % 7}`, Id: `${Type} ${minute} ${index}`, Type },
            Timestamp: `2026-11-20T11:${minute}:00.000Z`,
          }) as never,
        }),
      );
    const newest = newestRows(services.dynamoDb, table);
    expect(await newest(signal)).to.deep.equal({ rows: [], note: 'the newest of 0 types' });
    await put('note', 10);
    expect((await newest(signal)).rows.map(({ type }) => type)).to.deep.equal(['note']);
    await put('order', 11);
    await put('view', 12);
    const later = await newest(signal);
    expect(later.rows.map(({ type }) => type)).to.deep.equal(['view', 'order', 'note']);
    expect(later.note).to.equal('the newest of 3 types');

    // Ten types that are newer, so those before are forgotten, and found again, and never in the way.
    const puts = Array.from({ length: 60 }, (_, index) => put(`new ${index % 10}`, 20 + (index % 10), index));
    await Promise.all(puts);
    for (let look = 0; look < 3; look += 1) {
      const { rows, note } = await newest(signal);
      expect(note).to.equal('the newest of 10 types');
      expect(rows).to.have.length(50);
      expect(new Set(rows.map(({ type }) => type)).size).to.equal(10);
    }
    await put('newer still', 50);
    expect((await newest(signal)).rows[0]).to.include({ type: 'newer still' });
  });

  it('passes over what another writer put into the table in another form', async () => {
    const table = await services.createIndexedTable();
    const row = { Username: 'u', Type: 'note', Timestamp: '2026-11-20T11:00:00.000Z' };
    for (const Item of [toItem({ ...row, Id: '1', Message: 'ours' }), toItem({ ...row, Id: '2', Message: 5 })])
      await services.dynamoDb.send(new PutItemCommand({ TableName: table, Item: Item as never }));
    expect((await newestRows(services.dynamoDb, table)(signal)).rows.map(({ text }) => text)).to.deep.equal(['ours']);
  });

  it('looks for types in one page of the table each time, of the rows that are not of a known type', async () => {
    const client = new DynamoDBClient({});
    const dynamoDb = mockClient(client);
    const index = { IndexName: 'ByType', IndexStatus: 'ACTIVE' as const };
    dynamoDb.on(DescribeTableCommand).resolves({ Table: { GlobalSecondaryIndexes: [index] } });
    const row = { Username: { S: 'u' }, Id: { S: '1' }, Timestamp: { S: '2026-11-20T11:00:00.000Z' } };
    const nextKey = { Username: { S: 'u' }, Id: { S: '9' } };
    dynamoDb.on(QueryCommand).callsFake(({ ExpressionAttributeValues: values }) => ({
      Items: [{ ...row, Type: values[':type'] }],
    }));
    dynamoDb
      .on(ScanCommand)
      // Another program may put rows of no type.
      .resolvesOnce({ Items: [{ Type: { S: 'a' } }, {}, { Type: { N: '5' } }], LastEvaluatedKey: nextKey })
      .resolvesOnce({ Items: [{ Type: { S: 'b' } }] })
      .resolves({ Items: [] });
    const newest = newestRows(client, 'table');
    for (let look = 0; look < 3; look += 1) await newest(signal);
    expect(dynamoDb.commandCalls(QueryCommand)).to.have.length(1 + 2 + 2);
    const scans = dynamoDb.commandCalls(ScanCommand).map(({ args }) => args[0].input);
    expect(scans.map(({ Limit, ExclusiveStartKey }) => [Limit, ExclusiveStartKey])).to.deep.equal([
      [1_000, undefined],
      [1_000, nextKey],
      [1_000, undefined],
    ]);
    expect(scans.map(({ ExpressionAttributeValues: values = {} }) => Object.values(values))).to.deep.equal([
      [],
      [{ S: 'a' }],
      [{ S: 'a' }, { S: 'b' }],
    ]);
  });

  it('says what lists the newest rows: the index by type, or patience while DynamoDB makes it', async () => {
    const client = new DynamoDBClient({});
    const dynamoDb = mockClient(client);
    dynamoDb.on(ScanCommand).resolves({ Items: [] });
    const noteWith = async (Table: TableDescription): Promise<string> => {
      dynamoDb.on(DescribeTableCommand).resolves({ Table });
      return (await newestRows(client, 'table')(signal)).note;
    };
    expect(await noteWith({})).to.contain('TypeIndex=true');
    const making = await noteWith({ GlobalSecondaryIndexes: [{ IndexName: 'ByType', IndexStatus: 'CREATING' }] });
    expect(making).to.contain('once DynamoDB has filled the index').and.not.to.contain('TypeIndex');
  });

  it('reads on where CloudWatch gives a part of the metrics first', async () => {
    const cloudWatch = new FakeCloudWatch();
    cloudWatch.inPart = 1;
    const { look } = watch(cloudWatch);
    const { flow } = await look(isWhole);
    expect(flow.figures).to.include({ events: 300, written: 180, lag: 40 });
    expect(cloudWatch.asked.map(({ NextToken }) => NextToken)).to.deep.equal([undefined, 'token 1']);
    expect(flow.problems).to.deep.equal([]);
  });

  it('says so where CloudWatch keeps back a part of the metrics, and asks five times', async () => {
    const cloudWatch = new FakeCloudWatch();
    cloudWatch.inPart = Number.POSITIVE_INFINITY;
    const { look } = watch(cloudWatch);
    const { flow } = await look(
      ({ flow: found }) => found?.problems.length === 1 && found.figures.groups !== undefined,
    );
    expect(flow.problems).to.deep.equal([
      'CloudWatch gave only a part of the metrics; they are read again in a minute.',
    ]);
    expect(flow.figures).to.deep.equal({ groups: 2 });
    expect(cloudWatch.asked).to.have.length(5);
  });

  it('shows the rest where the credentials may not read a part', async () => {
    const cloudWatch = new FakeCloudWatch();
    cloudWatch.error = Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    const { look } = watch(cloudWatch, { rejectedEventsTable: 'not-there' });
    const { flow } = await look(
      ({ flow, newest, rollups: charts }: { flow?: Flow } & Partial<Parts>) =>
        Boolean(newest && charts) && flow?.figures.groups !== undefined && flow.problems.length === 2,
    );
    expect(flow.problems).to.deep.equal([
      'these credentials may not use the metrics; they need cloudwatch:GetMetricData.',
      'there is no table "not-there" at eu-west-1; check its name and --region, or use --stack NAME.',
    ]);
    expect(flow.figures).to.deep.equal({ groups: 2 });
  });
});
