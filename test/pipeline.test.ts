import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { expect } from 'chai';
import { putRecordsTo } from '../aws/kinesis.ts';
import { monotonicClock, systemClock } from '../aws/system-clock.ts';
import { type Delivered, deliver } from '../client/delivery.ts';
import { type EventData, keyOf } from '../core/event-data.ts';
import { toSourceEvent } from '../core/source-event.ts';
import { Ledger } from '../local/ledger.ts';
import { keptRecords } from '../local/mapping/failed-batch-folder.ts';
import { type PipelineOptions, startPipeline } from '../local/pipeline.ts';
import type { FunctionRun } from '../local/runner.ts';
import type { Services } from '../local/services.ts';
import { rejectedEvents, rowsOfEventData } from '../local/tables.ts';
import { processorNamed } from '../processors/index.ts';
import { type FaultPlan, startFaultProxy } from '../proof/fault-proxy.ts';
import { decodeEvent } from './support/decode.ts';
import { emptyFolder } from './support/empty-folder.ts';
import { localKinesis, TestServices } from './support/emulators.ts';
import { cloudEvent, tweetV1 } from './support/events.ts';
import { inEnvironment } from './support/run.ts';
import { withoutLimits } from './support/unhurried-clock.ts';

const SAMPLE = fileURLToPath(new URL('../events/tweets.ndjson', import.meta.url));

const PART = 60;

/** Other emulators than those of this project, which run already: see `npm run test:emulators`. They tell of no change of a table. */
const { TEST_KINESIS: kinesis = '', TEST_DYNAMODB: dynamoDb = '' } = process.env;
const OTHERS = kinesis === '' ? undefined : { kinesis, dynamoDb };
/** How many stacks were made in them. */
let stacks = 0;
const never = new AbortController().signal;

/** What EventData has to hold once a file went through the pipeline: the last event of each key. */
const rowsOfFile = (file: string): EventData[] => {
  const rows = new Map<string, EventData>();
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const data = Buffer.from(line);
    const event = decodeEvent(data, { at: new Date(0), partitionKey: toSourceEvent(data).partitionKey });
    rows.set(keyOf(event), event);
  }
  return [...rows.values()];
};

describe('the whole pipeline', () => {
  const emulators = new TestServices();
  let pipeline: Services | undefined;
  const folder = emptyFolder(before);
  /** Some of the sample: the tour brings all of it through. */
  const part = join(folder, 'part.ndjson');
  let ledger: Ledger;
  let logs: Record<string, unknown>[];

  before(async () => {
    await writeFile(part, (await readFile(SAMPLE, 'utf8')).split('\n').slice(0, PART).join('\n'));
    if (!OTHERS) await emulators.start();
  });
  after(() => emulators.stop());
  afterEach(async () => {
    await pipeline?.close();
    pipeline = undefined;
  });

  const start = async ({
    hasRollups = false,
    run = {},
    ...options
  }: Partial<PipelineOptions> & { hasRollups?: boolean; run?: FunctionRun } = {}): Promise<Services> => {
    ledger = new Ledger(monotonicClock, processorNamed('default'));
    logs = [];
    stacks += 1;
    pipeline = await startPipeline({
      ports: OTHERS ?? emulators.endpoints,
      stackName: `pipeline-${stacks}`,
      functions: { DDBEventProcessor: { ...run, onSettled: (records) => ledger.settled(records) } },
      onLog: (line) => logs.push(JSON.parse(line)),
      onProblem: (message) => expect.fail(message),
      clock: systemClock,
      ...options,
      parameters: { ...options.parameters, Rollups: String(hasRollups && OTHERS === undefined) },
    });
    return pipeline;
  };
  const send = async (file: string, endpoint: string, stream: string) => {
    const kinesis = localKinesis(endpoint);
    try {
      const delivered = await deliver({
        settings: { source: 'file', file, track: [], patienceMs: 300_000 },
        putRecords: putRecordsTo(kinesis, stream),
        clock: withoutLimits(monotonicClock, 5_500),
        calendar: systemClock,
        drain: never,
        stop: never,
        onRead: (event) => ledger.read(event),
        onOutcome: (outcome) => ledger.outcome(outcome),
      });
      await ledger.drained(never, 50_000);
      return delivered;
    } finally {
      kinesis.destroy();
    }
  };
  const rows = async ({ dynamoDb }: Services, TableName: string): Promise<Record<string, unknown>[]> => {
    const found: Record<string, unknown>[] = [];
    for await (const { Items = [] } of paginateScan({ client: dynamoDb }, { TableName }))
      found.push(...Items.map((item) => unmarshall(item)));
    return found;
  };
  const byKey = (a: Record<string, unknown>, b: Record<string, unknown>): number =>
    `${a.Username}\n${a.Id}` < `${b.Username}\n${b.Id}` ? -1 : 1;
  const sorted = (values: object[]) => (values as Record<string, unknown>[]).toSorted(byKey);

  describe('of a file of tweets, and a file with lines that are not events', () => {
    const lines = [
      Buffer.from(JSON.stringify(tweetV1())),
      Buffer.from('{"cut": "off'),
      Buffer.from([0xff, 0xfe, 0x7b]),
      Buffer.from('"neither tweet nor event"'),
      Buffer.from('{"limit":{"track":7}}'),
      Buffer.from(''),
      Buffer.from(JSON.stringify(cloudEvent())),
    ];
    /** What it stored, and what became of its resources. */
    let tweets: { delivered: Delivered; rows: Record<string, unknown>[]; rejected: Record<string, unknown>[] };
    let mixed: typeof tweets;
    let filesInUse: string[];
    let endpoint: string;

    before(async () => {
      // A place of its own, since others make temporary folders at the same time.
      const temporary = await mkdtemp(join(folder, 'tmp-'));
      await inEnvironment({ TMPDIR: temporary }, async () => {
        const { endpoints, names, close } = await start({
          ports: OTHERS ?? { kinesis: 0, dynamoDb: 0 },
          hasRollups: true,
        });
        endpoint = endpoints.kinesis;
        const stored = async () => ({
          rows: await rows(pipeline!, names.eventDataTable),
          rejected: await rows(pipeline!, names.rejectedEventsTable),
        });
        tweets = { delivered: await send(part, endpoint, names.stream), ...(await stored()) };
        const file = join(folder, 'mixed.ndjson');
        await writeFile(file, Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\r\n')])));
        mixed = { delivered: await send(file, endpoint, names.stream), ...(await stored()) };
        filesInUse = await readdir(temporary);
        await close();
      }).finally(() => {
        pipeline = undefined;
      });
    });

    it('brings the events into the table, exactly as an oracle computes them from the file', () => {
      expect(tweets.delivered).to.include({ read: PART, sent: PART, failed: 0 });
      expect(sorted(tweets.rows)).to.deep.equal(sorted(rowsOfFile(part)));
      expect(tweets.rejected).to.deep.equal([]);
    });

    it('sets aside every line that is no event, as it stands, and stores the others', () => {
      expect(mixed.delivered).to.include({ read: 6, sent: 6, notices: 0 });
      expect(mixed.rows.length - tweets.rows.length).to.equal(3);
      expect(mixed.rejected.map(({ Reason }) => Reason)).to.have.members(['NotJson', 'NotUtf8', 'NotObject']);
      const payloads = mixed.rejected.map(({ Data }) => Buffer.from(Data as Uint8Array).toString('hex'));
      expect(payloads).to.have.members(lines.slice(1, 4).map((line) => line.toString('hex')));
    });

    it('logs one line of JSON for each invocation, with counts and without payloads', () => {
      // There are others, of the reasons of rejected events and of the function that keeps the rollups.
      const ofBatches = logs.filter(({ message }) => message === 'batch processed');
      const total = (name: string): number => ofBatches.reduce((sum, line) => sum + Number(line[name]), 0);
      // On a busy machine Kinesis may answer so late that events are sent again.
      const again = mixed.delivered.retried;
      expect(total('records')).to.be.within(PART + 6, PART + 6 + tweets.delivered.retried + again);
      expect(total('rejected')).to.be.within(3, 3 + again);
      expect(total('unwritten')).to.equal(0);
      for (const line of ofBatches) expect(line.level).to.equal(line.rejected === 0 ? 'INFO' : 'WARN');
      for (const line of logs) expect(JSON.stringify(line)).not.to.match(/yolo|Username|cut/);
    });

    it('has nothing on disk, which a kill would leave there, and nothing running when it is closed', async () => {
      expect(filesInUse).to.deep.equal([]);
      if (OTHERS) return;
      const answer = await fetch(endpoint).then(
        () => 'answered',
        () => 'refused',
      );
      expect(answer).to.equal('refused');
    });
  });

  it('stores every event over several shards, while Kinesis refuses records and breaks connections, with a function that has little time', async () => {
    // On a busy machine its time is over now and then, and the batch comes again.
    const onProblem = (): void => {};
    const run = { timeout: 3.001, settings: { batchSize: 20 } };
    const { endpoints, names } = await start({ parameters: { ShardCount: 2 }, run, onProblem });
    let n = 0;
    const plan: FaultPlan = ({ entries }, index) =>
      index % 5 === 1
        ? { kind: 'reset', when: 'before' }
        : { kind: 'partial', indices: entries.flatMap((_, i) => (++n % 11 === 0 ? [i] : [])) };
    const proxy = await startFaultProxy(endpoints.kinesis, plan);
    const delivered = await send(part, proxy.endpoint, names.stream).finally(proxy.close);
    expect(delivered).to.include({ sent: PART, failed: 0 });
    expect(delivered.retried).to.be.above(0);
    expect(sorted(await rows(pipeline!, names.eventDataTable))).to.deep.equal(sorted(rowsOfFile(part)));
  });

  it('counts every event once where a batch was given up: written, rejected or kept', async () => {
    const file = join(folder, 'poisoned.ndjson');
    const ids = Array.from({ length: 12 }, (_, index) => (index === 5 ? 'poison' : `event-${index}`));
    const lines = ids.map((id) => JSON.stringify(cloudEvent({ id })));
    await writeFile(file, `${[...lines, 'no JSON'].join('\n')}\n`);
    const failedBatches = join(folder, 'failed');
    const { endpoints, names, dynamoDb } = await start({
      failedBatches,
      run: { settings: { maximumRetryAttempts: 0 } },
      entryPoints: { DDBEventProcessor: fileURLToPath(new URL('./local/poisoned-handler.ts', import.meta.url)) },
      onProblem: () => {},
    });
    expect(await send(file, endpoints.kinesis, names.stream)).to.include({ read: 13, sent: 13 });
    const rejected = await rejectedEvents(dynamoDb, names);
    const kept = await keptRecords(failedBatches);
    const rows = await rowsOfEventData(dynamoDb, names);
    const audit = ledger.audit({ rows, rejected: new Set(rejected.map(({ id }) => id)), kept });
    expect(audit).to.include({ events: 13, written: 11, rows: 11, rejected: 1, kept: 1, unwritten: 0 });
  });
});
