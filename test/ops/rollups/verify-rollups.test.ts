import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import type { Clocks } from '../../../cli/command.ts';
import type { EventData } from '../../../core/event-data.ts';
import type { Rollup } from '../../../core/processor.ts';
import type { GroupKey } from '../../../core/rollups/keys.ts';
import type { Retention } from '../../../core/rollups/verify.ts';
import { RollupView } from '../../../core/rollups/view.ts';
import { eventDataTable } from '../../../functions/ddb-event-processor/event-data-table.ts';
import { applyChanges } from '../../../functions/event-rollups/apply-changes.ts';
import { ROLLUPS_KEY } from '../../../functions/event-rollups/part-item.ts';
import { partStore } from '../../../functions/event-rollups/part-store.ts';
import { rollupsTable } from '../../../functions/event-rollups/rollups-table.ts';
import { verificationText } from '../../../ops/rollups/report.ts';
import command from '../../../ops/rollups/rollups.ts';
import { type VerifyStep, verifyRollups } from '../../../ops/rollups/verify-rollups.ts';
import { processorNamed } from '../../../processors/index.ts';
import { startFaultProxy } from '../../../proof/fault-proxy.ts';
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

/** Those on which only sleeping takes time. */
const sleepersClocks = (): Clocks => {
  let now = 0;
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
    random: () => 0,
  };
  return { clock, calendar: clock };
};

/** A view of so many rows of one group, where there are any. */
const viewOf = (rows: number, isWanted?: () => boolean): RollupView => {
  const view = new RollupView(rollups, isWanted);
  for (let index = 0; index < rows; index += 1) view.addRow(row(index));
  return view;
};

describe('a verification of rollups that change', () => {
  /** Each time that it is read, the group has the next of these counts, and time goes on. */
  const verifying = async (
    rows: number[],
    parts: number[],
    { readMs = 0, retention = {} as Retention, time = '12:59:59.000Z', setByMs = 0 } = {},
  ) => {
    let slept = 0;
    let now = Date.parse(`2026-11-21T${time}`);
    let set = 0;
    const calendar = {
      now: () => {
        set += setByMs;
        return now + set;
      },
    };
    const sleep = async (ms: number): Promise<void> => {
      slept += ms;
      now += ms;
    };
    const next = (counts: number[]) => async () => {
      now += readMs;
      return viewOf(counts.length > 1 ? counts.shift()! : counts[0]!);
    };
    const checked = await verifyRollups(
      { rows: next(rows), parts: next(parts) },
      {
        clock: { now: () => now, sleep },
        calendar,
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

  it('waits no shorter for it where somebody sets the clock forward, and no longer where it is set back', async () => {
    for (const setByMs of [3_600_000, -3_600_000])
      expect((await verifying([5], [4], { setByMs })).slept).to.equal(62_000);
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

  it('reads a table that takes an hour once more, whatever the pauses come to, and names a difference that stays', async () => {
    const { checked, slept } = await verifying([5], [4], { readMs: 1_200_000 });
    expect(checked.differences).to.have.length(1);
    expect(slept).to.equal(2_000);
  });

  it('leaves out a window of which something can expire while the tables are read', async () => {
    const expiry = { readMs: 500, retention: { partDays: 1 } };
    const { checked } = await verifying([5], [5, 0], expiry);
    expect(checked).to.deep.include({ differences: [], changing: [] });
    expect(checked.leftOut).to.deep.equal([{ rollup: 'events.1', window: '2026-11-20T12Z', expired: 'parts' }]);
    const { checked: before } = await verifying([5], [0], { retention: { partDays: 1 }, time: '12:58:00.000Z' });
    expect(before.leftOut).to.deep.equal([]);
    expect(before.differences).to.have.length(1);
  });

  describe('of groups with numbers', () => {
    const sales: Rollup = {
      name: 'sales',
      every: 'ever',
      of: ({ Username, Data }) => ({ group: Username, values: { eur: Number(Data) } }),
    };
    const salesOf = (numbers: Record<string, number[]>, groups?: readonly GroupKey[]): RollupView => {
      const view = new RollupView([sales], ({ group }) => !groups || groups.some((wanted) => wanted.group === group));
      for (const [Username, all] of Object.entries(numbers))
        for (const [index, Data] of all.entries()) view.addRow({ ...row(index), Username, Data });
      return view;
    };
    /** What the rollups have before the rows are read, the rows, and what the rollups have after. */
    const compared = async (...readings: [before: number[], rows: number[], after: number[]][]) => {
      let reads = 0;
      const steps: VerifyStep[] = [];
      const asked: (string[] | undefined)[] = [];
      const next = async (groups?: readonly GroupKey[]) => {
        asked.push(groups?.map(({ group }) => group));
        const reading = readings[Math.floor(reads / 3)] ?? readings.at(-1)!;
        const anna = reading[reads % 3]!;
        reads += 1;
        return salesOf({ anna, bob: [1] }, groups);
      };
      const checked = await verifyRollups(
        { parts: next, rows: next },
        {
          ...sleepersClocks(),
          ...{ retention: {}, patienceMs: 1, onStep: (step) => steps.push(step) },
        },
      );
      const figuresOf = checked.differences.map(({ figure }) => figure);
      return { figuresOf, changing: checked.changing.length, groups: checked.groups, rounds: reads / 3, steps, asked };
    };

    for (const [name, before, rows, after] of [
      ['as before', [3], [3], [3, 1]],
      ['as after', [3], [3, 1], [3, 1]],
      ['between the two', [2], [2, 2], [2, 2, 2]],
      ['the first of a group', [], [2], [2, 2]],
      ['not there yet', [], [], [2]],
    ] as const)
      it(`are right at once where the rows are ${name}`, async () => {
        const { figuresOf, changing, rounds } = await compared([[...before], [...rows], [...after]]);
        expect({ figuresOf, changing, rounds }).to.deep.equal({ figuresOf: [], changing: 0, rounds: 1 });
      });

    for (const [name, before, rows, after] of [
      ['a sum', [9], [9, 9], [9, 1, 1]],
      ['the least number', [2, 2], [1, 2, 3], [2, 2, 2, 2]],
    ] as const)
      it(`are not where ${name} of the rows does not lie between`, async () => {
        const { changing, rounds } = await compared([[...before], [...rows], [...after]]);
        expect({ changing, rounds }).to.deep.equal({ changing: 1, rounds: 2 });
      });

    it('are not wrong for certain where the rollup, always a little behind, changes only between two rounds', async () => {
      const { figuresOf, changing, rounds } = await compared(
        [[3], [3, 1], [3]],
        [
          [3, 1],
          [3, 1, 1],
          [3, 1],
        ],
      );
      expect({ figuresOf, changing, rounds }).to.deep.equal({ figuresOf: [], changing: 1, rounds: 2 });
    });

    it('are counted all, though only those that differ are read again', async () => {
      const { groups, figuresOf, steps, asked } = await compared([[3], [4], [3]], [[4], [4], [4]]);
      expect(asked).to.deep.equal([undefined, undefined, undefined, ['anna'], ['anna'], ['anna']]);
      expect({ groups, figuresOf }).to.deep.equal({ groups: 2, figuresOf: [] });
      expect(steps).to.deep.equal([
        ...[{ reads: 'rollups' }, { reads: 'rows' }, { reads: 'rollups' }],
        ...[{ suspects: 1 }, { reads: 'rows' }],
      ]);
    });
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
        store: partStore(rollupsTable(services.dynamoDb, table, policy)(signal)),
        deadline: { signal, isOver: () => false },
        concurrency: 4,
      },
    );
    return { table, eventData };
  };
  const verifying = (
    {
      table,
      eventData,
      endpoint = services.endpoints.dynamoDb,
    }: { table: string; eventData: string; endpoint?: string },
    ...args: string[]
  ) =>
    call(command, [
      ...['--local', '--endpoint', endpoint, '--table', table, '--event-data', eventData],
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
      `left out of events.1, since rows of it can have expired: ${old.slice(0, 13)}Z\n1 group equals EventData.\n`,
    );
    const parts = await verifying(place, '--rollups-retention-days', '30');
    expect(parts.stdout).to.equal(
      `left out of events.1, since parts of it can have expired (RollupsRetentionDays): ${old.slice(0, 13)}Z\n1 group equals EventData.\n`,
    );
    const since = await verifying(place, '--since', '2d', '--json', '--retention-days', '30');
    expect(JSON.parse(since.stdout)).to.deep.equal({
      groups: 1,
      differences: [],
      refused: [],
      leftOut: [],
      changing: [],
    });
  });

  it('waits for a table that cannot be read for a while: hours of reading would be lost', async () => {
    const place = await tables([row(1)]);
    let scans = 0;
    const proxy = await startFaultProxy(services.endpoints.dynamoDb, ({ operation }) => {
      if (operation === 'Scan') scans += 1;
      // More than the SDK makes by itself, in one of the segments at least.
      return operation === 'Scan' && scans <= 20
        ? { kind: 'error', status: 500, type: 'InternalServerError' }
        : undefined;
    });
    try {
      const found = await verifying({ ...place, endpoint: proxy.endpoint });
      expect(found).to.include({ code: 0, stdout: '1 group equals EventData.\n' });
    } finally {
      await proxy.close();
    }
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
