import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import type { EventData } from '../../../core/event-data.ts';
import type { Retention } from '../../../core/rollups/verify.ts';
import { RollupView } from '../../../core/rollups/view.ts';
import { eventDataTable } from '../../../functions/ddb-event-processor/event-data-table.ts';
import { applyChanges } from '../../../functions/event-rollups/apply-changes.ts';
import { ROLLUPS_KEY } from '../../../functions/event-rollups/part-item.ts';
import { partStore } from '../../../functions/event-rollups/part-store.ts';
import { verificationText } from '../../../ops/rollups/report.ts';
import command from '../../../ops/rollups/rollups.ts';
import { verifyRollups } from '../../../ops/rollups/verify-rollups.ts';
import { processorNamed } from '../../../processors/index.ts';
import { changeRecord, shardId } from '../../support/change-event.ts';
import { TestServices } from '../../support/emulators.ts';
import { call, withoutProgress } from '../../support/run.ts';

const rollups = processorNamed('default').rollups!;
const TIME = '2026-11-20T12:34:00.000Z';
const row = (index: number, Timestamp = TIME): EventData => ({
  Username: 'anna',
  Id: `row-${index}`,
  Timestamp,
  Type: 'tweet',
});

/** A view of so many rows of one group, where there are any. */
const viewOf = (rows: number, isWanted?: () => boolean): RollupView => {
  const view = new RollupView(rollups, isWanted);
  for (let index = 0; index < rows; index += 1) view.addRow(row(index));
  return view;
};

describe('a verification of rollups that change', () => {
  /** Each time that it is read, the group has the next of these counts, and time goes on. */
  const verifying = async (rows: number[], parts: number[], { readMs = 0, retention = {} as Retention } = {}) => {
    let slept = 0;
    let now = Date.parse('2026-11-21T12:59:59.000Z');
    const sleep = async (ms: number): Promise<void> => {
      slept += ms;
    };
    const next = (counts: number[]) => async () => {
      now += readMs;
      return viewOf(counts.length > 1 ? counts.shift()! : counts[0]!);
    };
    const checked = await verifyRollups(
      { rows: next(rows), parts: next(parts) },
      {
        clock: { now: () => now, sleep, random: () => 0 },
        retention,
        patienceMs: 60_000,
        onStep: () => {},
      },
    );
    return { checked, slept };
  };

  it('waits for the change stream to catch up', async () => {
    const { checked, slept } = await verifying([5], [3, 3, 4, 4, 5]);
    expect(checked).to.include({ groups: 1 });
    expect(checked.differences.concat(checked.changing as never)).to.deep.equal([]);
    expect(slept).to.equal(2_000 + 4_000);
  });

  it('takes rows for right that were seen while the rollup went from one figure to the other', async () => {
    const { checked, slept } = await verifying([5], [3, 9]);
    expect(checked.differences).to.deep.equal([]);
    expect(slept).to.equal(0);
  });

  it('names a difference that stays', async () => {
    const { checked, slept } = await verifying([5], [4]);
    expect(checked.differences).to.have.length(1);
    expect(slept).to.equal(62_000);
    expect(verificationText(checked)).to.contain(
      'the rollup events.1 in 2026-11-20T12Z, group tweet: the count is 4; the table makes 5',
    );
  });

  it('leaves out a window of which something can expire while the tables are read', async () => {
    const expiry = { readMs: 500, retention: { partDays: 1 } };
    const { checked } = await verifying([5], [5, 0], expiry);
    expect(checked).to.deep.include({ differences: [], changing: [] });
    expect(checked.leftOut).to.deep.equal([{ rollup: 'events.1', window: '2026-11-20T12Z', expired: 'parts' }]);
    const { checked: before } = await verifying([5], [0], { retention: { partDays: 1 } });
    expect(before.leftOut).to.deep.equal([]);
    expect(before.differences).to.have.length(1);
  });

  it('does not say that a group is right which changes faster than it can be compared', async () => {
    const counts = Array.from({ length: 30 }, (_, index) => index + 10);
    const { checked } = await verifying([5], counts);
    expect(checked.differences).to.deep.equal([]);
    expect(checked.changing).to.deep.equal([{ rollup: 'events.1', window: '2026-11-20T12Z', group: 'tweet' }]);
  });
});

describe('npm run rollups -- --verify', () => {
  const services = new TestServices();
  before(() => services.start());
  after(() => services.stop());

  const tables = async (rows: EventData[]) => {
    const [table, eventData] = [
      await services.createTable(ROLLUPS_KEY),
      await services.createTable(['Username', 'Id']),
    ];
    const toItem = eventDataTable(eventData).toItem;
    for (const one of rows)
      await services.dynamoDb.send(new PutItemCommand({ TableName: eventData, Item: toItem(one) as never }));
    const { signal } = new AbortController();
    const clock = { now: () => 0, sleep: async () => {}, random: () => 0 };
    const policy = { backoff: { baseMs: 1, capMs: 1 }, concurrency: 4, clock };
    await applyChanges(
      { records: rows.map((after, index) => changeRecord({ after }, index)), shard: shardId(0) },
      {
        rollups,
        store: partStore(services.dynamoDb, { name: table }, policy, signal),
        deadline: { signal, isOver: () => false },
        concurrency: 4,
      },
    );
    return { table, eventData };
  };
  const verifying = ({ table, eventData }: { table: string; eventData: string }, ...args: string[]) =>
    call(command, [
      ...['--local', '--endpoint', services.endpoints.dynamoDb, '--table', table, '--event-data', eventData],
      ...['--verify', ...args],
    ]).finished;

  it('says that rollups equal their table, and leaves windows out of which rows or parts can have expired', async () => {
    const old = new Date(Date.now() - 40 * 86_400_000).toISOString();
    const recent = new Date(Date.now() - 86_400_000).toISOString();
    const place = await tables([row(1, recent), row(2, recent), row(3, old)]);
    const all = await verifying(place);
    expect({ ...all, stderr: withoutProgress(all.stderr) }).to.deep.equal({
      code: 0,
      stdout: '2 groups equal EventData.\n',
      stderr: '',
    });
    const some = await verifying(place, '--retention-days', '30');
    expect(some.stdout).to.equal(
      `left out of events.1, since rows of it can have expired: ${old.slice(0, 13)}Z\n1 group equal EventData.\n`,
    );
    const parts = await verifying(place, '--rollups-retention-days', '30');
    expect(parts.stdout).to.equal(
      `left out of events.1, since parts of it can have expired (RollupsRetentionDays): ${old.slice(0, 13)}Z\n1 group equal EventData.\n`,
    );
    const since = await verifying(place, '--since', '2d', '--json');
    expect(JSON.parse(since.stdout)).to.include({ groups: 1 });
  });

  it('names what is wrong, and ends with 1', async () => {
    const place = await tables([row(1), row(2)]);
    const store = eventDataTable(place.eventData);
    await services.dynamoDb.send(
      new PutItemCommand({ TableName: place.eventData, Item: store.toItem(row(3)) as never }),
    );
    const found = await verifying(place, '--patience', '0');
    expect(found.stdout).to.contain('group tweet: the count is 2; the table makes 3');
    expect(found.stdout).to.contain('1 group compared, 1 difference');
    expect(found.code).to.equal(1);
  });
});
