import { expect } from 'chai';
import { isItemTooLarge } from '../../../aws/service-error.ts';
import { exactNumber } from '../../../core/exact-number.ts';
import { BATCH_GET_ITEM_KEYS } from '../../../core/limits.ts';
import { decimal, decimalText } from '../../../core/rollups/decimal.ts';
import type { PartKey } from '../../../core/rollups/keys.ts';
import { type Entry, merge, type Part, padded } from '../../../core/rollups/part.ts';
import { ROLLUPS_KEY } from '../../../functions/event-rollups/part-item.ts';
import { type Expiry, type PartStore, partStore } from '../../../functions/event-rollups/part-store.ts';
import { rebuildStore } from '../../../functions/event-rollups/rebuild-store.ts';
import { type RollupsTable, rollupsTable } from '../../../functions/event-rollups/rollups-table.ts';
import { type FaultPlan, type FaultProxy, startFaultProxy } from '../../../proof/fault-proxy.ts';
import { shardId } from '../../support/change-event.ts';
import { localDynamoDb, TestServices } from '../../support/emulators.ts';

const key = (group: string, window = '2026-11-20T12:34Z'): PartKey => ({
  rollup: 'views.1',
  window,
  group,
  shard: shardId(0),
});

const part = (through: number, ...amounts: (number | string)[]): Part => {
  const entries = amounts.map(
    (amount): Entry => ({
      sequence: padded(String(through)),
      sign: 1,
      at: '2026-11-20T12:34:56.000Z',
      values: [['ms', decimal(amount)]],
    }),
  );
  return merge(undefined, entries).part!;
};

const POLICY = {
  backoff: { baseMs: 1, capMs: 5 },
  concurrency: 4,
  clock: { now: () => 0, sleep: async () => {}, random: () => 0 },
};

describe('the table of rollups', () => {
  const services = new TestServices();
  let name: string;
  const closing: (() => unknown)[] = [];

  before(() => services.start());
  after(() => services.stop());
  beforeEach(async () => {
    name = await services.createTable(ROLLUPS_KEY);
  });
  afterEach(async () => {
    for (let close = closing.pop(); close; close = closing.pop()) await close();
  });

  const open = async (
    plan: FaultPlan = () => undefined,
    { expiry, signal = new AbortController().signal }: { expiry?: Expiry; signal?: AbortSignal } = {},
  ): Promise<{ store: PartStore; retries: RollupsTable['retries']; calls: FaultProxy['calls'] }> => {
    const proxy = await startFaultProxy(services.endpoints.dynamoDb, plan);
    const client = localDynamoDb(proxy.endpoint);
    closing.push(
      () => proxy.close(),
      () => client.destroy(),
    );
    const table = rollupsTable(client, name, POLICY)(signal);
    return { store: partStore(table, expiry), retries: table.retries, calls: proxy.calls };
  };

  it('is read as the last write left it, since a copy that lags would hide a part, or that a rebuild is on', async () => {
    const reads: unknown[] = [];
    const proxy = await startFaultProxy(
      services.endpoints.dynamoDb,
      () => undefined,
      (operation, request) => {
        if (operation === 'BatchGetItem') reads.push(request);
      },
    );
    const client = localDynamoDb(proxy.endpoint);
    closing.push(
      () => proxy.close(),
      () => client.destroy(),
    );
    const { signal } = new AbortController();
    const table = rollupsTable(client, name, POLICY)(signal);
    await partStore(table).read([key('/a')]);
    await rebuildStore(table, { now: () => 0 }).find(shardId(0), padded('1'));
    expect(reads).to.have.length(2);
    for (const read of reads) expect(read).to.have.nested.property(`RequestItems.${name}.ConsistentRead`, true);
  });

  it('has the SDK prepare its two requests once, and not for each invocation', async () => {
    const client = localDynamoDb(services.endpoints.dynamoDb);
    closing.push(() => client.destroy());
    let prepared = 0;
    client.middlewareStack.add(
      (next) => (call) => {
        prepared += 1;
        return next(call);
      },
      { step: 'initialize' },
    );
    const openTable = rollupsTable(client, name, POLICY);
    for (const group of ['a', 'b', 'c']) {
      const store = partStore(openTable(new AbortController().signal));
      expect(await store.read([key(group)])).to.deep.equal([undefined]);
      expect(await store.write(key(group), part(7, 1), undefined)).to.equal(true);
    }
    expect(prepared).to.equal(2);
  });

  it('gives a part back as it was written, with every digit', async () => {
    const { store } = await open();
    const huge = exactNumber('99999999999999999999999999999999999999').toString();
    const written = part(7, 0.1, 0.2, huge, huge, '-0.0000000000000000000000000000000000001');
    expect(await store.write(key('/#a'), written, undefined)).to.equal(true);
    const [read, missing] = await store.read([key('/#a'), key('/b')]);
    expect(missing).to.equal(undefined);
    expect(read!.through).to.equal(padded('7'));
    const figures = read!.values.get('ms')!;
    expect(decimalText(figures.sum)).to.equal(
      '199999999999999999999999999999999999998.2999999999999999999999999999999999999',
    );
    expect(decimalText(figures.max!)).to.equal(huge);
    expect(decimalText(figures.min!)).to.equal('-0.0000000000000000000000000000000000001');
    expect(merge(read, []).skipped).to.equal(0);
  });

  it('keeps a number as a number where DynamoDB holds all of its digits', async () => {
    const { store } = await open();
    await store.write(key('a'), part(7, 0.1, 0.2), undefined);
    expect(await services.rows(name)).to.deep.equal([
      {
        Rollup: 'views.1#2026-11-20T12:34Z',
        Part: `a#${shardId(0)}`,
        Count: 2,
        Through: padded('7'),
        Values: {
          ms: {
            Count: 2,
            Sum: 0.3,
            Min: 0.1,
            Max: 0.2,
            Last: 0.1,
            LastAt: '2026-11-20T12:34:56.000Z',
            LastSequence: padded('7'),
          },
        },
      },
    ]);
  });

  it('refuses a write that comes late: the part is another by then', async () => {
    const { store } = await open();
    expect(await store.write(key('a'), part(7, 1), undefined)).to.equal(true);
    expect(await store.write(key('a'), part(6, 1), undefined), 'as if there were none').to.equal(false);
    expect(await store.write(key('a'), part(9, 1, 2), part(7, 1))).to.equal(true);
    expect(await store.write(key('a'), part(8, 1, 3), part(7, 1)), 'as it was before').to.equal(false);
    const [read] = await store.read([key('a')]);
    expect(read!.through).to.equal(padded('9'));
  });

  it('finds a write whose answer got lost when it tries again', async () => {
    const { store, retries, calls } = await open((_, index) =>
      index === 0 ? { kind: 'reset', when: 'after' } : undefined,
    );
    expect(await store.write(key('a'), part(7, 1), undefined)).to.equal(false);
    expect(calls).to.have.length(2);
    expect(retries()).to.equal(1);
    const [read] = await store.read([key('a')]);
    expect(read!.through).to.equal(padded('7'));
  });

  it('asks again only for the keys that were left unprocessed', async () => {
    const keys = Array.from({ length: BATCH_GET_ITEM_KEYS }, (_, index) => key(`group ${index}`));
    const { store, calls } = await open(({ entries }, index) => {
      if (index === 0) return { kind: 'partial', indices: [...entries.keys()].slice(3) };
      return index === 1 ? { kind: 'partial', indices: [...entries.keys()] } : undefined;
    });
    const writer = await open();
    for (const index of [1, 98]) await writer.store.write(keys[index]!, part(index, 1), undefined);
    const read = await store.read(keys);
    expect(calls.map(({ operation, entries }) => [operation, entries.length])).to.deep.equal([
      ['BatchGetItem', 100],
      ['BatchGetItem', 97],
      ['BatchGetItem', 97],
    ]);
    expect(read.map((one) => one?.through).filter(Boolean)).to.deep.equal([padded('1'), padded('98')]);
    expect(read.findIndex(Boolean)).to.equal(1);
  });

  it('tries again while the table throttles, and not where it refuses', async () => {
    const throttled = await open((_, index) =>
      index < 3 ? { kind: 'error', status: 400, type: 'ProvisionedThroughputExceededException' } : undefined,
    );
    expect(await throttled.store.write(key('a'), part(7, 1), undefined)).to.equal(true);
    expect(throttled.retries()).to.equal(3);

    const denied = await open(() => ({ kind: 'error', status: 400, type: 'AccessDeniedException' }));
    const error = await denied.store.read([key('a')]).catch((reason) => reason);
    expect(error).to.have.property('name', 'AccessDeniedException');
    expect(denied.calls).to.have.length(1);
  });

  it('is told apart from any other refusal where a part is larger than an item', async () => {
    const { store } = await open();
    const refusal = async (group: string, values: Entry['values']): Promise<unknown> => {
      const entry: Entry = { sequence: padded('7'), sign: 1, at: '2026-11-20T12:34:56.000Z', values };
      return store.write(key(group), merge(undefined, [entry]).part!, undefined).then(
        () => expect.fail('written'),
        (error: unknown) => error,
      );
    };
    const names = Array.from({ length: 2_500 }, (_, index) => [`${index}`.padEnd(50, 'x'), decimal(1)] as const);
    expect(isItemTooLarge(await refusal('many names', names))).to.equal(true);
    expect(isItemTooLarge(await refusal('x'.repeat(2_000), []))).to.equal(false);
  });

  it('asks nothing once the time is over', async () => {
    const over = new AbortController();
    over.abort();
    const { store, calls } = await open(undefined, { signal: over.signal });
    expect(await store.read([key('a')]).catch((reason) => reason)).to.have.property('name', 'AbortError');
    expect(calls).to.deep.equal([]);
  });

  it('lets all parts of a window expire at one time, so many days after its end, and those of all time never', async () => {
    const calendar = { now: () => Date.parse('2026-11-27T00:00:00.000Z') };
    const { store } = await open(undefined, { expiry: { days: 30, calendar } });
    await store.write(key('a'), part(7, 1), undefined);
    await store.write(key('b', '2026-11-20'), part(7, 1), undefined);
    await store.write(key('c', 'ever'), part(7, 1), undefined);
    const rows = await services.rows(name);
    expect(Object.fromEntries(rows.map(({ Part, ExpiresAt }) => [String(Part)[0], ExpiresAt]))).to.deep.equal({
      a: Date.parse('2026-12-20T12:35:00.000Z') / 1_000,
      b: Date.parse('2026-12-21T00:00:00.000Z') / 1_000,
      c: undefined,
    });
  });

  it('lets a part of a window of long ago expire at a time for which DynamoDB deletes it', async () => {
    const now = Date.parse('2026-11-27T00:00:00.000Z');
    const { store } = await open(undefined, { expiry: { days: 30, calendar: { now: () => now } } });
    for (const window of ['0001-01-01', '2018-05-24', '2021-10-20'])
      await store.write(key('a', window), part(7, 1), undefined);
    const fiveYearsAgo = Date.parse('2021-11-27T00:00:00.000Z');
    for (const row of await services.rows(name)) {
      expect(Number(row.ExpiresAt) * 1_000, String(row.Rollup)).to.be.within(fiveYearsAgo + 1, now - 1);
    }
  });
});
