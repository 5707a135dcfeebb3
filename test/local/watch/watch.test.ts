import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import { systemClocks } from '../../../aws/command-clocks.ts';
import { putRecordsTo } from '../../../aws/kinesis.ts';
import { systemClock } from '../../../aws/system-clock.ts';
import type { Clock } from '../../../core/clock.ts';
import type { SourceEvent } from '../../../core/source-event.ts';
import { type Pipeline, startPipeline } from '../../../local/pipeline.ts';
import { viewOfRows } from '../../../local/rollup-views.ts';
import { localWatched } from '../../../local/watch/local-watched.ts';
import { PipelineWatch } from '../../../local/watch/pipeline-watch.ts';
import type { WatchServer } from '../../../local/watch/watch-server.ts';
import type { Flow, Rejected, RollupChart, Rows } from '../../../local/watch/watched.ts';
import byDefault from '../../../processors/default.ts';
import { EventStream } from '../../support/event-stream.ts';
import { only } from '../../support/only.ts';

/** How much faster the time of the page goes. */
const FASTER = 20;

const HOSTILE = '</script><img src=x onerror=alert(1)>';

describe('the live page of a local stack', () => {
  let pipeline: Pipeline;
  let server: WatchServer;
  const pages: EventStream[] = [];
  /** Records that a test put back: the function has had them once more. */
  let putBackAgain = 0;

  before(async () => {
    // It looks once a second, and reads a table no more often. Nobody here waits for that.
    const began = systemClock.now();
    const clock: Clock = {
      ...systemClock,
      now: () => began + FASTER * (systemClock.now() - began),
      sleep: (ms, signal) => systemClock.sleep(ms / FASTER, signal),
    };
    const watch = new PipelineWatch({ clock, calendar: clock });
    pipeline = await startPipeline({
      ports: { kinesis: 0, dynamoDb: 0 },
      // Nor for a second of the template, which is one of the machine.
      parameters: { RollupsBatchingWindowInSeconds: 0 },
      functions: { DDBEventProcessor: { onSettled: watch.onSettled } },
      onLog: watch.onLog,
      onProblem: (message) => expect.fail(message),
      clock: systemClock,
    });
    server = await watch.serve(pipeline, {
      port: 0,
      rollups: byDefault.rollups,
      putRecords: putRecordsTo(pipeline.kinesis, pipeline.names.stream),
    });
    await send(
      ...Array.from({ length: 30 }, (_, id) => event({ id: `${id}`, subject: id % 3 === 0 ? '名前 🦊' : 'ليلى' })),
      event({ id: '1', subject: 'ليلى' }),
      event({ id: 'h', subject: HOSTILE, type: HOSTILE }),
      '{"cut": "東京',
      '[1]',
    );
  });
  after(async () => {
    await server?.close();
    await pipeline?.close();
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
  });

  const event = ({ id, subject, type = 'com.example.note' }: { id: string; subject: string; type?: string }): string =>
    JSON.stringify({
      specversion: '1.0',
      id,
      source: '/test',
      type,
      subject,
      time: `2026-11-20T12:${id.padStart(2, '0').replace('0h', '59')}:00Z`,
      data: `note ${id}`,
    });
  const send = (...lines: string[]) =>
    putRecordsTo(pipeline.kinesis, pipeline.names.stream)(
      lines.map((line) => ({ partitionKey: 'k', data: Buffer.from(line) })),
      new AbortController().signal,
    );
  const open = async (): Promise<EventStream> => {
    const page = await new EventStream().open(`${server.url}events`);
    pages.push(page);
    return page;
  };
  const countOf = async (TableName: string): Promise<number> =>
    (await pipeline.dynamoDb.send(new ScanCommand({ TableName, Select: 'COUNT' }))).Count ?? -1;
  const get = async <Answer>(path: string): Promise<Answer> => (await fetch(`${server.url}${path}`)).json() as Answer;

  it('shows the figures of the tables, and of all that the function did', async () => {
    const page = await open();
    const figures = {
      ...{ rows: 31, rejectedRows: 2, changes: 31, groups: 2 },
      ...{ records: 34 + putBackAgain, waiting: 0, events: 34 + putBackAgain, rejected: 2 + putBackAgain },
    };
    await page.untilEqual('flow', ({ figures: found, problems }: Flow) => ({ ...only(found, figures), problems }), {
      ...figures,
      problems: [],
    });
    const { eventDataTable, rejectedEventsTable } = pipeline.names;
    expect(await countOf(eventDataTable)).to.equal(figures.rows);
    expect(await countOf(rejectedEventsTable)).to.equal(figures.rejectedRows);
    const { rate } = page.latest.get('flow') as Flow;
    expect(rate.times).to.have.length.within(60, 300);
    expect(rate.stored).to.have.length(rate.times.length);
  });

  it('shows each rollup by group and window, as the rows make it', async () => {
    const page = await open();
    const bars = [
      { group: 'com.example.note', rows: 30, sums: [] },
      { group: HOSTILE, rows: 1, sums: [] },
    ];
    await page.untilEqual('rollups', ([first]: RollupChart[]) => first?.bars, bars);
    const [chart] = page.latest.get('rollups') as RollupChart[];
    const { dynamoDb: client, names } = pipeline;
    const view = await viewOfRows({ client, table: names.eventDataTable, rollups: byDefault.rollups });
    const expected = [...view.groups()].filter(({ key }) => key.group === 'com.example.note');
    expect(expected).to.have.length(1);
    // All rows are of one hour, and one window makes no line. It has lines where the page saw how the counts grew.
    const last = chart?.series.map(({ rows }) => rows.at(-1));
    expect(last).to.deep.equal(chart?.over === 'arrival' ? [30, 1] : []);
  });

  it('lists the newest rows, those of a key and those of a group', async () => {
    const page = await open();
    const newest = await page.until<Rows>('newest', ({ rows }) => rows.length === 31);
    expect(newest.rows[0]).to.deep.equal({
      username: HOSTILE,
      id: '/test h',
      timestamp: '2026-11-20T12:59:00.000Z',
      type: HOSTILE,
      text: 'note h',
    });
    const times = newest.rows.map(({ timestamp }) => timestamp);
    expect(times).to.deep.equal(times.toSorted().reverse());
    const ofKey = await get<Rows>(`rows?key=${encodeURIComponent('名前 🦊')}`);
    expect(ofKey.rows.map(({ username }) => username)).to.deep.equal(Array(10).fill('名前 🦊'));
    const ofGroup = await get<Rows>(`rows?rollup=events&group=${encodeURIComponent(HOSTILE)}`);
    expect(ofGroup.rows.map(({ type }) => type)).to.deep.equal([HOSTILE]);
    expect(await get(`rows?rollup=nope&group=`)).to.deep.equal({ message: 'there is no such rollup' });
  });

  it('puts a rejected event back, and takes it out of its table', async () => {
    const page = await open();
    const { events, reasons } = await page.until<Rejected>('rejected', (rejected) => rejected.events.length === 2);
    expect(reasons.map(([, count]) => count).reduce((a, b) => a + b)).to.equal(2);
    expect(JSON.stringify(events)).not.to.contain('東京');
    const { id } = events.find(({ reason }) => reason === 'NotJson')!;
    const putBack = (init: RequestInit) => fetch(`${server.url}put-back`, { method: 'POST', ...init });
    const json = { 'content-type': 'application/json' };
    const body = JSON.stringify({ id });
    for (const [status, init] of [
      [400, { body }],
      [400, { headers: json, body: '{"id": 1}' }],
      [400, { headers: json, body: ' '.repeat(5_000) }],
      [404, { method: 'GET' }],
    ] as const)
      expect((await putBack(init)).status, JSON.stringify(init).slice(0, 60)).to.equal(status);

    expect((await putBack({ headers: json, body })).status).to.equal(200);
    putBackAgain += 1;
    // It is rejected again, as another record.
    const after = await page.until<Rejected>(
      'rejected',
      (rejected) => rejected.events.length === 2 && rejected.events.every((one) => one.id !== id),
    );
    expect(after.events.map(({ reason }) => reason)).to.include('NotJson');
    const again = await putBack({ headers: json, body });
    expect(await again.json()).to.deep.equal({ message: 'this event is not in RejectedEvents any more' });
  });

  it('puts a rejected event back once where two pages ask for it at once', async () => {
    const { dynamoDb, names } = pipeline;
    const id = 'shardId-000000000000:pressed-twice';
    const payload = { Encoding: { S: 'identity' }, Data: { B: Buffer.from('名前') } };
    const Item = { Id: { S: id }, PartitionKey: { S: 'k' }, ...payload };
    await dynamoDb.send(new PutItemCommand({ TableName: names.rejectedEventsTable, Item }));
    const put: Readonly<SourceEvent>[] = [];
    const { putBack } = localWatched({
      ...{ names, dynamoDb, rollups: [], clocks: systemClocks },
      putRecords: async (records) => {
        put.push(...records);
        return records.map(() => ({ shardId: 'shardId-000000000000', sequenceNumber: '1' }));
      },
    });
    const { signal } = new AbortController();
    await Promise.all([putBack!(id, signal), putBack!(id, signal)]);
    expect(put).to.have.length(1);
    expect(await putBack!(id, signal).catch(({ message }) => message)).to.match(/is not in RejectedEvents any more/);
  });
});
