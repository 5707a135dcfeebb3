import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  type ScanCommandInput,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { expect } from 'chai';
import { UserError } from '../../../cli/user-error.ts';
import type { EventData } from '../../../core/event-data.ts';
import { between, seeded } from '../../../core/random.ts';
import { CORRECTION } from '../../../core/rollups/correction.ts';
import { decimal } from '../../../core/rollups/decimal.ts';
import { versioned } from '../../../core/rollups/keys.ts';
import { mergeBoth, type Part, padded } from '../../../core/rollups/part.ts';
import { eventDataTable } from '../../../functions/ddb-event-processor/event-data-table.ts';
import { applyChanges } from '../../../functions/event-rollups/apply-changes.ts';
import { partItem, partOf, ROLLUPS_KEY } from '../../../functions/event-rollups/part-item.ts';
import { partStore } from '../../../functions/event-rollups/part-store.ts';
import { MARK } from '../../../functions/event-rollups/rebuild.ts';
import { rebuildStore } from '../../../functions/event-rollups/rebuild-store.ts';
import { rollupsTable } from '../../../functions/event-rollups/rollups-table.ts';
import { correct } from '../../../ops/rollups/correct.ts';
import { viewOfWindows } from '../../../ops/rollups/read-parts.ts';
import { rebuild } from '../../../ops/rollups/rebuild.ts';
import { type RebuildPlace, RebuildTables } from '../../../ops/rollups/rebuild-tables.ts';
import command from '../../../ops/rollups/rollups.ts';
import { writeRows } from '../../../ops/rollups/write-rows.ts';
import { processorNamed } from '../../../processors/index.ts';
import { type Fault, startFaultProxy } from '../../../proof/fault-proxy.ts';
import { changesOf } from '../../support/changes.ts';
import { localDynamoDb, TestServices } from '../../support/emulators.ts';
import { gate } from '../../support/gate.ts';
import { inAnyOrder } from '../../support/in-any-order.ts';
import { call, killAll, start } from '../../support/run.ts';
import { Changes } from '../../support/until.ts';

const ROWS = 14;
const rollups = processorNamed('default').rollups!;

const THROTTLED: Fault = { kind: 'error', status: 400, type: 'ProvisionedThroughputExceededException' };
const PROBLEMS: Fault[] = [
  THROTTLED,
  { kind: 'error', status: 500, type: 'InternalServerError' },
  { kind: 'reset', when: 'before' },
];

describe('npm run rollups -- --rebuild', () => {
  const services = new TestServices();
  before(() => services.start());
  after(() => services.stop());
  afterEach(killAll);

  /** Tables whose rollups lack the first changes, and a function that follows the change stream, some of it twice. */
  const open = async (seed: number, writes = 2 * ROWS, ids = ROWS) => {
    const random = seeded(seed);
    const table = await services.createTable(ROLLUPS_KEY);
    const eventData = await services.createTable(['Username', 'Id'], 'NEW_AND_OLD_IMAGES');
    const { toItem } = eventDataTable(eventData);
    /** A row at random, and whether it is deleted. */
    const next = () => {
      const Id = String(between(random, 0, ids));
      const Type = ['tweet', 'order', 'view'][between(random, 0, 3)]!;
      const row: EventData = { Username: `u${Id}`, Id, Timestamp: '2026-11-20T12:34:00.000Z', Type };
      const Key = { Username: { S: row.Username }, Id: { S: Id } };
      return { Key, Item: toItem(row) as never, isDeleted: random() < 0.2 };
    };
    const write = async (): Promise<void> => {
      const { Key, Item, isDeleted } = next();
      if (isDeleted) await services.dynamoDb.send(new DeleteItemCommand({ TableName: eventData, Key }));
      else await services.dynamoDb.send(new PutItemCommand({ TableName: eventData, Item }));
    };
    // Those that are left of so many writes.
    const first = new Map<string, { PutRequest: { Item: never } }>();
    for (let index = 0; index < writes; index += 1) {
      const { Key, Item, isDeleted } = next();
      if (isDeleted) first.delete(Key.Id.S);
      else first.set(Key.Id.S, { PutRequest: { Item } });
    }
    if (first.size > 0)
      await services.dynamoDb.send(new BatchWriteItemCommand({ RequestItems: { [eventData]: [...first.values()] } }));
    const lost = await changesOf(services.kinesis, eventData);

    const { signal } = new AbortController();
    const policy = {
      backoff: { baseMs: 1, capMs: 1 },
      concurrency: 8,
      clock: { now: () => 0, sleep: async () => {}, random },
    };
    const opened = rollupsTable(services.dynamoDb, table, policy)(signal);
    const rebuilds = rebuildStore(opened, { now: () => 0 });
    let place = lost.length;
    /** @param isOn is awaited once the function has seen whether a rebuild is on */
    const follow = async (isOn = Promise.resolve()): Promise<void> => {
      const changes = await changesOf(services.kinesis, eventData);
      const records = changes.slice(Math.max(lost.length, place - between(random, 0, 5)));
      await applyChanges(
        { records: records as never, shard: 'shardId-1' },
        {
          rollups,
          store: partStore(opened),
          rebuilds: {
            ...rebuilds,
            find: async (shard, first) => {
              const found = await rebuilds.find(shard, first);
              await isOn;
              return found;
            },
          },
          deadline: { signal, isOver: () => false },
          concurrency: 8,
        },
      );
      place = changes.length;
    };
    const at = { client: services.dynamoDb, once: services.dynamoDb, table, eventData, rollups, retention: {} };
    const args = ['--local', '--table', table, '--event-data', eventData];
    return {
      table,
      eventData,
      place: (options: Partial<RebuildPlace> = {}): RebuildPlace => ({ ...at, now: () => 0, ...options }),
      tables: (options: Partial<RebuildPlace> = {}) => new RebuildTables({ ...at, now: () => 0, ...options }),
      write,
      follow,
      args,
    };
  };

  /** What is known of a rebuild in the table. */
  const notesIn = async (table: string) =>
    (await services.rows(table)).filter(({ Rollup }) => String(Rollup).startsWith('~'));

  it('makes rollups equal to a table that changes, though it is killed under way and answers get lost', async () => {
    const { table, place, write, follow, args } = await open(1);
    let updates = 0;
    const [halfway, held, ended] = [gate(), gate(), gate()];
    const proxy = await startFaultProxy(services.endpoints.dynamoDb, ({ operation }): Fault | undefined => {
      if (operation !== 'UpdateItem') return undefined;
      updates += 1;
      if (updates === 4 || updates === 12) return { kind: 'reset', when: 'after' };
      if (updates !== 8) return undefined;
      halfway.open();
      return { kind: 'late', until: held.opened, landed: () => {} };
    });
    const once = localDynamoDb(proxy.endpoint);
    try {
      const endpoint = ['--endpoint', proxy.endpoint];
      const verified = () => call(command, [...args, ...endpoint, '--verify', '--patience', '0']).finished;
      expect((await verified()).code).to.equal(1);
      const { child, finished } = start('ops/rollups/rollups.ts', [...args, ...endpoint, '--rebuild']);
      await halfway.opened;
      child.kill('SIGKILL');
      await finished;
      held.open();
      expect((await notesIn(table)).some(({ Rollup }) => Rollup === '~rebuild')).to.equal(true);

      // Rows change before each write of the rebuild, and the function follows while it waits.
      let now = 0;
      let last: Promise<void> = Promise.resolve();
      const clock = {
        now: () => now,
        sleep: async (ms: number) => {
          now += ms;
          await follow();
          const notes = await notesIn(table);
          expect(new Set(notes.map(({ Rollup }) => String(Rollup).split('#')[0])).size).to.be.above(3);
          for (const note of notes) expect(note).to.have.property('ExpiresAt');
        },
        random: () => 0,
      };
      const send = async (command: never) => {
        last = last.then(write);
        await last;
        return once.send(command);
      };
      let late: Promise<void> | undefined;
      const { rows, corrected } = await rebuild(place({ once: { send } as never }), {
        ...{ clock, patienceMs: 60_000, settleMs: 60_000, mayLower: () => false },
        onStep: (step) => {
          // An invocation that has seen the rebuild goes on only when it is over.
          if (step === 'correcting') late = write().then(() => follow(ended.opened));
        },
      });
      expect(rows).to.be.above(0);
      expect(corrected).to.equal(3);
      expect((await notesIn(table)).map(({ Rollup }) => Rollup)).not.to.include('~rebuild');
      ended.open();
      await late;
      for (const note of await notesIn(table)) expect(note).to.have.property('ExpiresAt');
      for (let more = 0; more < 20; more += 1) await write();
      await follow();
      expect((await verified()).stdout).to.contain('3 groups equal EventData.');
    } finally {
      held.open();
      once.destroy();
      await proxy.close();
    }
  }).timeout(120_000);

  /** Runs a rebuild while the function follows, once all rows are written. */
  const rebuilding = (
    { place, follow }: Awaited<ReturnType<typeof open>>,
    { mayLower = false, ...options }: Partial<RebuildPlace> & { mayLower?: boolean } = {},
  ) => {
    let now = 0;
    let isWritten = false;
    const problems: unknown[] = [];
    const clock = {
      now: () => now,
      sleep: async (ms: number) => {
        now += ms;
        if (isWritten) await follow();
      },
      random: () => 0.5,
    };
    const done = rebuild(place(options), {
      ...{ clock, patienceMs: 10_000, settleMs: 10_000, mayLower: () => mayLower },
      onStep: (step) => {
        if (typeof step === 'string') return;
        if ('written' in step) isWritten = true;
        if ('problem' in step) problems.push(step.problem);
      },
    });
    return { done, problems };
  };

  it('raises counts, and lowers one only where it is asked to: its rows may have expired', async () => {
    const opened = await open(5);
    const { table, args } = opened;
    const put = (window: string, group: string, count: number, likes = 0) => {
      const values = likes > 0 ? [['likes', { count: likes, sum: decimal(likes) }] as const] : [];
      const key = { rollup: 'events.1', window, group, shard: 'shardId-0' };
      const part = { count, values: new Map(values), through: padded('1') };
      return services.dynamoDb.send(new PutItemCommand({ TableName: table, Item: partItem(key, part) as never }));
    };
    await put('2026-11-20T12Z', 'tweet', 1_000);
    await put('2026-11-20T12Z', 'order', 1);
    await put('2026-11-19T10Z', 'tweet', 2_000);
    await put('2026-11-19T10Z', 'order', 3_000);
    await put('2026-11-18T10Z', 'order', 0, 4_000);
    const counts = async () => {
      const windows = ['2026-11-18T10Z', '2026-11-19T10Z', '2026-11-20T12Z'];
      const view = await viewOfWindows(services.dynamoDb, table, new Map([[rollups[0]!, windows]]));
      return Object.fromEntries(
        [...view.groups()].map(({ key: { window, group }, totals }) => [`${window} ${group}`, totals.count]),
      );
    };
    const { higher, corrected } = await rebuilding(opened).done;
    expect(inAnyOrder(higher.map(({ window, group }) => `${window} ${group}`))).to.deep.equal(
      inAnyOrder(['2026-11-18T10Z order', '2026-11-19T10Z tweet', '2026-11-19T10Z order', '2026-11-20T12Z tweet']),
    );
    // The orders and the views, of which rows were missing.
    expect(corrected).to.equal(2);
    const raised = await counts();
    expect(raised).to.include({
      '2026-11-19T10Z tweet': 2_000,
      '2026-11-19T10Z order': 3_000,
      '2026-11-20T12Z tweet': 1_000,
    });
    expect(raised['2026-11-20T12Z order']).to.be.above(1);

    const again = await rebuilding(opened, { mayLower: true }).done;
    expect(again.higher).to.deep.equal([]);
    // Those that stayed higher. What the first one corrected is right.
    expect(again.corrected).to.equal(4);
    const lowered = await counts();
    expect(lowered).to.include({
      '2026-11-19T10Z tweet': 0,
      '2026-11-19T10Z order': 0,
      '2026-11-20T12Z order': raised['2026-11-20T12Z order'],
    });
    expect(lowered['2026-11-20T12Z tweet']).to.be.above(0).and.below(1_000);
    const endpoint = ['--endpoint', services.endpoints.dynamoDb];
    const verified = await call(command, [...args, ...endpoint, '--verify', '--patience', '0']).finished;
    expect(verified.stdout).to.contain('equal EventData.');
  }).timeout(120_000);

  it('goes on where a table refuses to be read, or to note what was written, for a while', async () => {
    const opened = await open(9);
    const refusals = new Map([
      ['GetItem', 2],
      ['Scan', 2],
      ['PutItem', 3],
    ]);
    const type = 'ProvisionedThroughputExceededException';
    const proxy = await startFaultProxy(services.endpoints.dynamoDb, ({ operation }, index) => {
      const left = refusals.get(operation) ?? 0;
      // The first two calls begin the rebuild.
      if (index < 2 || left === 0) return undefined;
      refusals.set(operation, left - 1);
      return { kind: 'error', status: 400, type };
    });
    const client = localDynamoDb(proxy.endpoint);
    try {
      const { done, problems } = rebuilding(opened, { client });
      expect((await done).rows).to.be.above(0);
      expect(problems).to.have.length(7);
      expect(await verifies(opened.args)).to.contain('equal EventData.');
    } finally {
      client.destroy();
      await proxy.close();
    }
  }).timeout(120_000);

  it('leaves windows as they are of which rows or parts can have expired', async () => {
    const opened = await open(6, ROWS);
    const now = () => Date.parse('2026-11-22T13:00:00.000Z');
    for (const retention of [{ rowDays: 2 }, { partDays: 2 }]) {
      const { corrected, higher } = await rebuilding(opened, { retention, now }).done;
      expect({ corrected, higher }).to.deep.equal({ corrected: 0, higher: [] });
    }
    const kept = await rebuilding(opened, { retention: { rowDays: 3, partDays: 3 }, now }).done;
    expect(kept.corrected).to.be.above(0);
  }).timeout(120_000);

  /** A rebuild whose writes of rows go through a proxy that fails some of them. */
  const through = async (plan: (update: number) => Fault | undefined, seed: number, ids = ROWS) => {
    const opened = await open(seed, ids, ids);
    let updates = 0;
    const proxy = await startFaultProxy(services.endpoints.dynamoDb, () => {
      updates += 1;
      return plan(updates);
    });
    const once = localDynamoDb(proxy.endpoint);
    return {
      ...{ opened, once, updates: () => updates, rows: (await services.rows(opened.eventData)).length },
      close: async () => {
        once.destroy();
        await proxy.close();
      },
    };
  };
  const verifies = async (args: string[]) => {
    const endpoint = ['--endpoint', services.endpoints.dynamoDb];
    return (await call(command, [...args, ...endpoint, '--verify', '--patience', '0']).finished).stdout;
  };

  it('goes on where a row has no room for the mark, and names that row', async () => {
    const opened = await open(8);
    const row = { Username: 'large', Id: '1', Timestamp: '2026-11-20T12:34:00.000Z', Type: 'tweet', Message: '' };
    const bytes = Object.entries(row).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    const Item = eventDataTable('').toItem({ ...row, Message: 'x'.repeat(400 * 1024 - bytes - 50) });
    await services.dynamoDb.send(new PutItemCommand({ TableName: opened.eventData, Item: Item as never }));
    const { full, rows } = await rebuilding(opened).done;
    expect(full).to.deep.equal([{ Username: { S: 'large' }, Id: { S: '1' } }]);
    expect(rows).to.be.above(0);
  }).timeout(120_000);

  it('takes an earlier correction back where the group is right without it', async () => {
    const opened = await open(9, 0);
    for (let write = 0; write < 5; write += 1) await opened.write();
    await opened.follow();
    const [part] = await services.rows(opened.table);
    const { key } = partOf(marshall(part) as never);
    const Item = partItem({ ...key, shard: CORRECTION }, { count: 5, values: new Map(), through: padded('') });
    await services.dynamoDb.send(new PutItemCommand({ TableName: opened.table, Item: Item as never }));
    expect(await verifies(opened.args)).not.to.contain('1 group equals EventData.');
    expect((await rebuilding(opened, { mayLower: true }).done).corrected).to.equal(1);
    expect(await verifies(opened.args)).to.contain('1 group equals EventData.');
  }).timeout(120_000);

  it('puts several groups right at once: where every group is wrong, it does not wait for each of them', async () => {
    const { table, place } = await open(1, 0);
    const window = '2026-11-20T12Z';
    const part = (count: number) => ({ count, values: new Map(), through: padded('1') });
    for (const group of ['a', 'b', 'c']) {
      const wrong = { ...part(1), rebuilt: { ...part(2), id: 'id' } };
      const Item = partItem({ rollup: versioned(rollups[0]!), window, group, shard: 'shardId-1' }, wrong);
      await services.dynamoDb.send(new PutItemCommand({ TableName: table, Item: Item as never }));
    }
    const client = localDynamoDb(services.endpoints.dynamoDb);
    const begun = new Changes();
    let underWay = 0;
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (call) => {
          if (commandName === 'PutItemCommand') {
            underWay += 1;
            begun.changed();
            await begun.until(() => underWay === 3, 'three writes at once');
          }
          return next(call);
        },
      { step: 'initialize' },
    );
    expect(
      await correct(place({ client }), 'id', { mayLower: () => false, refuseEnded: async () => {} }),
    ).to.deep.equal({
      corrected: 3,
      higher: [],
      tooLarge: [],
    });
    client.destroy();
    const view = await viewOfWindows(services.dynamoDb, table, new Map([[rollups[0]!, [window]]]));
    expect([...view.groups()].map(({ key, totals }) => `${key.group} ${totals.count}`)).to.have.members([
      'a 2',
      'b 2',
      'c 2',
    ]);
  });

  it('goes on past groups that have no room for it, and says in which windows they are', async () => {
    const { table, place } = await open(1, 0);
    const window = '2026-11-20T12Z';
    const through = padded('1');
    const entry = { sequence: through, sign: 1 as const, at: '2026-11-20T12:34:00.000Z', values: [] };
    const put = async (group: string, shard: string, part: Part): Promise<void> => {
      const Item = partItem({ rollup: versioned(rollups[0]!), window, group, shard }, part);
      await services.dynamoDb.send(new PutItemCommand({ TableName: table, Item: Item as never }));
    };
    // One part had no room for what the rebuild makes of it, so what the other one has is not all.
    await put('marked', 'shardId-1', mergeBoth(undefined, [entry], { id: 'id', entries: undefined }).part!);
    await put('marked', 'shardId-2', mergeBoth(undefined, [], { id: 'id', entries: [entry] }).part!);
    // A correction has the values of both.
    for (const shard of ['shardId-1', 'shardId-2']) {
      const one = decimal(1);
      const names = Array.from({ length: 600 }, (_, index) => `${shard} ${index}`.padEnd(250, 'x'));
      const entries = [{ ...entry, values: names.map((name) => [name, one] as const) }];
      await put('wide', shard, mergeBoth(undefined, [entry], { id: 'id', entries }).part!);
    }
    await put('wrong', 'shardId-1', mergeBoth(undefined, [], { id: 'id', entries: [entry] }).part!);
    expect(await correct(place(), 'id', { mayLower: () => true, refuseEnded: async () => {} })).to.deep.equal({
      corrected: 1,
      higher: [],
      tooLarge: ['marked', 'wide'].map((group) => ({ rollup: versioned(rollups[0]!), window, group })),
    });
    const view = await viewOfWindows(services.dynamoDb, table, new Map([[rollups[0]!, [window]]]));
    expect([...view.groups()].map(({ key, totals }) => `${key.group} ${totals.count}`)).to.have.members([
      'marked 1',
      'wide 2',
      'wrong 1',
    ]);
  });

  it('brings no row back that was deleted after it was read', async () => {
    const opened = await open(9);
    const rows = await services.rows(opened.eventData);
    const client = localDynamoDb(services.endpoints.dynamoDb);
    let isGone = false;
    client.middlewareStack.add(
      (next) => async (call) => {
        const answer = await next(call);
        const { Items: [row] = [] } = answer.output as ScanCommandOutput;
        if (row?.Username && !isGone) {
          isGone = true;
          const { Username, Id } = row;
          await client.send(new DeleteItemCommand({ TableName: opened.eventData, Key: { Username, Id: Id! } }));
        }
        return answer;
      },
      { step: 'initialize' },
    );
    const done = await rebuilding(opened, { client }).done;
    client.destroy();
    expect(done.rows).to.equal(rows.length - 1);
    const left = await services.rows(opened.eventData);
    expect(left).to.have.length(rows.length - 1);
    for (const row of left) expect(row).to.include.keys('Timestamp', 'Type');
    expect(await verifies(opened.args)).to.contain('equal EventData.');
  }).timeout(120_000);

  it('has the SDK prepare one request for all rows, which is half of what a row costs the CPU', async () => {
    const { eventData, tables } = await open(1);
    const once = localDynamoDb(services.endpoints.dynamoDb);
    let prepared = 0;
    once.middlewareStack.add(
      (next) => (call) => {
        prepared += 1;
        return next(call);
      },
      { step: 'initialize' },
    );
    const rows = await services.rows(eventData);
    const keys = rows.map(({ Username, Id }) => ({ Username: { S: String(Username) }, Id: { S: String(Id) } }));
    const opened = tables({ once });
    for (const key of keys) expect(await opened.touch(key, 'id', 'ticket')).to.equal(true);
    once.destroy();
    expect(keys.length).to.be.above(1);
    expect(prepared).to.equal(1);
  });

  it('tries a row again by itself that EventData refused', async () => {
    let refused = 0;
    const { opened, once, updates, rows, close } = await through((update) => {
      if (update % 2 !== 0) return undefined;
      refused += 1;
      return THROTTLED;
    }, 7);
    try {
      const { done, problems } = rebuilding(opened, { once });
      expect((await done).rows).to.equal(rows);
      expect(refused).to.be.above(3);
      expect(updates()).to.equal(rows + refused);
      expect(problems).to.have.length(refused);
      expect(await verifies(opened.args)).to.contain('equal EventData.');
    } finally {
      await close();
    }
  }).timeout(120_000);

  it('ends though every third answer is lost: it writes less and less once more', async () => {
    const { opened, once, updates, rows, close } = await through(
      (update) =>
        update % 3 === 0 && update < 60 * ROWS
          ? { kind: 'reset', when: update % 2 === 0 ? 'after' : 'before' }
          : undefined,
      8,
    );
    try {
      await rebuilding(opened, { once }).done;
      expect(updates()).to.be.below(10 * rows);
      expect(await verifies(opened.args)).to.contain('equal EventData.');
    } finally {
      await close();
    }
  }).timeout(120_000);

  it('gives up where EventData takes nothing for too long, whatever it answers, says why, and goes on when it is started again', async () => {
    let isAway = true;
    const { opened, once, close } = await through(
      (update) => (isAway && update > 5 ? PROBLEMS[update % 3] : undefined),
      9,
    );
    try {
      const { done, problems } = rebuilding(opened, { once });
      const error = await done.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).to.be.instanceOf(UserError);
      expect(error).to.have.property('cause').that.is.instanceOf(Error);
      expect(error).to.have.property('message').that.contains('EventData has taken no row for 10 s');
      expect(problems.length).to.be.above(3);
      expect((await notesIn(opened.table)).map(({ Rollup }) => Rollup)).to.include('~rebuild');
      isAway = false;
      await rebuilding(opened, { once }).done;
      expect(await verifies(opened.args)).to.contain('equal EventData.');
    } finally {
      await close();
    }
  }).timeout(120_000);

  it('is over after 30 days where nobody ended it: the function leaves it, and the next start is another one', async () => {
    const { table, tables } = await open(3, 0);
    const days = (count: number) => ({ now: () => count * 86_400_000 });
    const { signal } = new AbortController();
    const policy = {
      backoff: { baseMs: 1, capMs: 1 },
      concurrency: 8,
      clock: { ...days(0), sleep: async () => {}, random: () => 0 },
    };
    const found = (count: number) =>
      rebuildStore(rollupsTable(services.dynamoDb, table, policy)(signal), days(count)).find('shardId-1', '1');
    const begun = await tables(days(0)).begin('first');
    expect((await tables(days(29)).begin('second')).id).to.equal('first');
    expect((await found(29))?.id).to.equal('first');
    expect(await tables(days(29)).isOn(begun)).to.equal(true);
    expect(await tables(days(30)).isOn(begun), 'the function counts no more').to.equal(false);
    expect(await found(30)).to.equal(undefined);
    expect((await tables(days(30)).begin('second')).id).to.equal('second');
    expect((await found(30))?.id).to.equal('second');
  });

  it('begins another one where the one that is on is of other rollups: these lack the rows that it has written', async () => {
    const { tables } = await open(3, 0);
    const [one, two] = [rollups[0]!, { ...rollups[0]!, name: 'two' }];
    const begun = await tables({ rollups: [one, two] }).begin('first');
    expect((await tables({ rollups: [two, one] }).begin('second')).id).to.equal('first');
    const raised = { rollups: [one, { ...two, version: 2 }] };
    expect((await tables(raised).begin('third')).id).to.equal('third');
    expect((await tables(raised).begin('fourth')).id).to.equal('third');
    expect(await tables().isOn(begun)).to.equal(false);
  });

  it('writes no more rows once another command has ended it', async () => {
    const { eventData, tables } = await open(3);
    const begun = await tables().begin('first');
    await tables().giveUp();
    const clock = { now: () => 0, sleep: async () => {}, random: () => 0 };
    const error = await writeRows(tables(), begun, { clock, patienceMs: 0, onStep: () => {} }).catch(
      (thrown) => thrown,
    );
    expect(error).to.be.instanceOf(UserError).with.property('message').that.contains('by another command');
    expect((await services.rows(eventData)).filter((row) => MARK in row)).to.deep.equal([]);
  });

  it('begins another one where the one that was on ends at that moment: one that is not on writes every row for nothing', async () => {
    const { tables } = await open(3, 0);
    await tables().begin('first');
    let looks = 0;
    const send = async (request: never) => {
      if ((request as object) instanceof GetItemCommand && ++looks === 1) await tables().end('first');
      return services.dynamoDb.send(request);
    };
    const begun = await tables({ client: { send } as never }).begin('second');
    expect({ id: begun.id, isOn: await tables().isOn(begun) }).to.deep.equal({ id: 'second', isOn: true });
  });

  for (const [when, isLate] of [
    ['', false],
    [', also while it reads the figures', true],
  ] as const)
    it(`corrects nothing once another command has ended it${when}, since its figures lack what came after that`, async () => {
      const { table, place, tables, write, follow } = await open(6);
      let now = 0;
      let isWritten = false;
      let ended: Promise<void> | undefined;
      const end = async (): Promise<void> => {
        await tables().giveUp();
        for (let writes = 0; writes < 20; writes += 1) await write();
        await follow();
      };
      const client = localDynamoDb(services.endpoints.dynamoDb);
      client.middlewareStack.add(
        (next, { commandName }) =>
          async (call) => {
            if (isLate && commandName === 'ScanCommand' && (call.input as ScanCommandInput).TableName === table) {
              ended ??= end();
              await ended;
            }
            return next(call);
          },
        { step: 'initialize' },
      );
      const clock = {
        now: () => now,
        sleep: async (ms: number) => {
          now += ms;
          if (isWritten) await follow();
          await ended;
        },
        random: () => 0.5,
      };
      try {
        const error = await rebuild(place({ client }), {
          ...{ clock, patienceMs: 10_000, settleMs: 10_000, mayLower: () => true },
          onStep: (step) => {
            if (step === 'settling' && !isLate) ended = end();
            else if (typeof step !== 'string' && 'written' in step) isWritten = true;
          },
        }).catch((thrown: Error) => thrown);
        expect(error).to.be.instanceOf(UserError).with.property('message').that.contains('by another command');
      } finally {
        client.destroy();
      }
      expect((await services.rows(table)).map(({ Part }) => String(Part)).join()).not.to.contain(CORRECTION);
    }).timeout(120_000);

  it('is on though a request from before it began lands late', async () => {
    const { tables } = await open(5, 0);
    const [landing, landed] = [gate(), gate()];
    let deletions = 0;
    const proxy = await startFaultProxy(services.endpoints.dynamoDb, ({ operation }) => {
      if (operation !== 'DeleteItem') return undefined;
      deletions += 1;
      return deletions === 1 ? { kind: 'late', until: landing.opened, landed: () => landed.open() } : undefined;
    });
    const client = localDynamoDb(proxy.endpoint);
    try {
      const send = (request: never) => client.send(request).catch(() => client.send(request));
      const begun = await tables({ client: { send } as never }).begin('first');
      landing.open();
      await landed.opened;
      expect(deletions).to.equal(2);
      expect(await tables().isOn(begun)).to.equal(true);
    } finally {
      landing.open();
      client.destroy();
      await proxy.close();
    }
  });

  it('does not begin where it may not delete, since it could not end', async () => {
    const { table, tables } = await open(5, 0);
    const proxy = await startFaultProxy(services.endpoints.dynamoDb, ({ operation }) =>
      operation === 'DeleteItem' ? { kind: 'error', status: 400, type: 'AccessDeniedException' } : undefined,
    );
    const client = localDynamoDb(proxy.endpoint);
    try {
      const denied = await tables({ client })
        .begin('first')
        .catch((error: Error) => error.name);
      expect(denied).to.equal('AccessDeniedException');
      expect(await services.rows(table)).to.be.empty;
    } finally {
      client.destroy();
      await proxy.close();
    }
  });

  /** Runs the command while the function follows, as often as it waits. */
  const runFollowed = async ({ args, follow }: Awaited<ReturnType<typeof open>>, ...more: string[]) => {
    let isRunning = true;
    const waiting = new Set<() => void>();
    const changes = new Changes();
    // The command waits until the function has counted what there is.
    let now = 0;
    const clock = {
      now: () => now,
      sleep: (ms: number) =>
        new Promise<void>((resolve) => {
          now += ms;
          waiting.add(resolve);
          changes.changed();
        }),
      random: () => 0,
    };
    // Its patience is not that of a calendar that somebody sets forward again and again.
    let hours = 0;
    const calendar = { ...clock, now: () => 3_600_000 * hours++ };
    const endpoint = ['--endpoint', services.endpoints.dynamoDb];
    const again = call(command, [...args, ...endpoint, '--rebuild', '--settle', '0', ...more], {
      clocks: { clock, calendar },
    });
    const done = again.finished.finally(() => {
      isRunning = false;
      changes.changed();
    });
    while (isRunning) {
      await changes.until(() => !isRunning || waiting.size > 0);
      await follow();
      for (const wake of waiting) wake();
      waiting.clear();
    }
    return done;
  };

  it('lowers no count of a rollup that refuses rows: it may have counted them before its processor changed', async () => {
    const opened = await open(5);
    const key = { rollup: versioned(rollups[0]!), window: '2026-11-20T12Z', group: 'tweet', shard: 'shardId-0' };
    const Item = partItem(key, { count: 1_000, values: new Map(), through: padded('1') });
    await services.dynamoDb.send(new PutItemCommand({ TableName: opened.table, Item: Item as never }));
    const row = { Username: 'u', Id: 'of no time', Timestamp: 'yesterday', Type: 'tweet' };
    const refused = eventDataTable('').toItem(row) as never;
    await services.dynamoDb.send(new PutItemCommand({ TableName: opened.eventData, Item: refused }));
    const { code, stdout, stderr } = await runFollowed(opened, '--lower');
    expect(stderr).to.contain('2 groups corrected.').and.to.contain('not lowered in events.1: 1 group');
    expect(stdout).to.contain('cannot count 1 row').and.to.contain('group tweet: the count is 1000');
    expect(code).to.equal(1);
  }).timeout(120_000);

  it('says that it stays on where Ctrl-C ends its command, and how to go on', async () => {
    const { table, args } = await open(2);
    const waiting = gate();
    const proxy = await startFaultProxy(services.endpoints.dynamoDb, ({ operation }): undefined => {
      if (operation === 'UpdateItem') waiting.open();
    });
    try {
      const { child, finished } = start('ops/rollups/rollups.ts', [...args, '--endpoint', proxy.endpoint, '--rebuild']);
      await waiting.opened;
      child.kill('SIGINT');
      const { code, stderr } = await finished;
      expect(stderr).to.contain('The rebuild stays on').and.to.contain('start this again');
      expect(code).to.equal(1);
    } finally {
      await proxy.close();
    }
    expect((await notesIn(table)).map(({ Rollup }) => Rollup)).to.include('~rebuild');
  }).timeout(120_000);

  it('says so where the function counts nothing, and begins anew where it is asked to', async () => {
    const opened = await open(2);
    const endpoint = ['--endpoint', services.endpoints.dynamoDb];
    const stuck = await call(command, [...opened.args, ...endpoint, '--rebuild', '--patience', '0']).finished;
    expect(stuck.stderr).to.match(/the function has not counted \d+ rows of \d+ rows yet.*--restart/);
    expect(stuck.code).to.equal(1);
    const { code, stdout, stderr } = await runFollowed(opened, '--restart');
    expect(stderr).to.contain('3 groups corrected.');
    expect(stdout).to.contain('3 groups equal EventData.');
    expect(code).to.equal(0);
  }).timeout(120_000);
});
