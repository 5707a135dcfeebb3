import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import type { Item } from '../../../aws/wire-value.ts';
import { type Random, seeded } from '../../../core/random.ts';
import type { PartKey } from '../../../core/rollups/keys.ts';
import type { Part } from '../../../core/rollups/part.ts';
import { verify } from '../../../core/rollups/verify.ts';
import { RollupView } from '../../../core/rollups/view.ts';
import { partOf, ROLLUPS_KEY } from '../../../functions/event-rollups/part-item.ts';
import { partStore } from '../../../functions/event-rollups/part-store.ts';
import { rollupsTable } from '../../../functions/event-rollups/rollups-table.ts';
import type { RetryPolicy } from '../../../functions/retry-policy.ts';
import { type Fault, startFaultProxy } from '../../../proof/fault-proxy.ts';
import { localDynamoDb, TestServices } from '../../support/emulators.ts';
import { gate } from '../../support/gate.ts';
import { type Delivered, deliver } from './deliver.ts';
import { type Expected, type History, makeHistory } from './history.ts';
import { type Guards, MemoryTable } from './memory-store.ts';

/** How many random histories are tried; ROLLUP_HISTORIES asks for more. */
const histories = (usual: number): number => Number(process.env.ROLLUP_HISTORIES ?? usual);

interface Stored {
  key: PartKey;
  part: Part;
}

/** What the parts say, in the words of the oracle. */
const saidBy = (view: RollupView): Expected => {
  const units = (value: { units: bigint; scale: number }): bigint => value.units * 10n ** BigInt(4 - value.scale);
  const said: Expected = new Map();
  for (const { key, totals } of view.groups()) {
    const values = [...totals.values].map(([name, { count, sum, min, max, last }]) => {
      const figures = { count, sum: units(sum) };
      return [
        name,
        {
          ...figures,
          ...(min && { min: units(min) }),
          ...(max && { max: units(max) }),
          ...(last && { last: { value: units(last.value), at: last.at } }),
        },
      ] as const;
    });
    said.set([key.rollup, key.window, key.group].join(' | '), {
      count: totals.count,
      values: Object.fromEntries(values),
    });
  }
  return said;
};

/** Compares the parts with the oracle in every figure, and with the rows as `verify` does. */
const check = ({ rollups, rows, expected }: History, parts: Iterable<Stored>, hasExpiries: boolean): void => {
  const view = new RollupView(rollups);
  for (const { key, part } of parts) view.addPart(key, part);
  expect(saidBy(view)).to.deep.equal(expected);
  if (hasExpiries) return;
  const table = new RollupView(rollups);
  for (const row of rows) table.addRow(row);
  expect(verify(table, view).differences.map((difference) => JSON.stringify(difference))).to.deep.equal([]);
};

const expires = ({ shards }: History): boolean =>
  shards.some(({ records }) => records.some(({ userIdentity }) => userIdentity !== undefined));

/** A plan of faults, and the writes that are to land late. */
const chaos = (random: Random) => {
  const late: { land: () => void; landed: Promise<void> }[] = [];
  const plan = ({ operation, entries }: { operation: string; entries: readonly unknown[] }): Fault | undefined => {
    const dice = random();
    if (dice < 0.03) return { kind: 'reset', when: 'before' };
    if (dice < 0.07) return { kind: 'reset', when: 'after' };
    if (dice < 0.09) return { kind: 'error', status: 400, type: 'ProvisionedThroughputExceededException' };
    if (dice < 0.1) return { kind: 'error', status: 500, type: 'InternalServerError' };
    if (dice < 0.16 && operation === 'PutItem') {
      const { open: land, opened: until } = gate();
      const { open: landed, opened: landing } = gate();
      late.push({ land: () => land(), landed: landing });
      return { kind: 'late', until, landed };
    }
    if (dice < 0.3 && entries.length > 1)
      return { kind: 'partial', indices: [...entries.keys()].filter(() => random() < 0.5) };
    return undefined;
  };
  const land = async (): Promise<void> => {
    const write = late.shift();
    write?.land();
    await write?.landed;
  };
  return { plan, land, late };
};

describe('rollups of random histories, with deaths, lost answers, late writes and batches that come again', () => {
  const inMemory = async (seed: number, guards?: Guards): Promise<Delivered> => {
    const random = seeded(seed);
    const history = makeHistory(random, '', 120);
    const table = new MemoryTable(random, guards, 0.2);
    const done = await deliver(history, {
      random,
      open: (signal) => table.open(signal),
      between: async () => {
        if (random() < 0.3) table.land();
      },
    });
    table.land(true);
    check(history, table.parts.values(), expires(history));
    return done;
  };

  it('equal their table in the end, in memory', async () => {
    const total = { deaths: 0, timeouts: 0, redeliveries: 0, conflicts: 0, skipped: 0, refused: 0 };
    for (let seed = 1; seed <= histories(6); seed += 1) {
      const { counts, ...rest } = await inMemory(seed).catch((error) => {
        throw new Error(`seed ${seed}: ${error.message}`, { cause: error });
      });
      for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += { ...counts, ...rest }[name];
    }
    for (const [name, count] of Object.entries(total)) expect(count, name).to.be.above(0);
  });

  /** @returns the first seed whose rollups are wrong */
  const firstWrong = async (guards: Guards, most: number): Promise<number | undefined> => {
    for (let seed = 1; seed <= most; seed += 1)
      try {
        await inMemory(seed, guards);
      } catch (error) {
        if (error instanceof Error && error.name === 'AssertionError') return seed;
        throw error;
      }
    return undefined;
  };

  it('would drift without skipping what a part holds already', async () => {
    expect(await firstWrong({ through: false, condition: true }, 10)).to.be.a('number');
  });

  it('would drift without the condition of a write', async () => {
    expect(await firstWrong({ through: true, condition: false }, 50)).to.be.a('number');
  });

  describe('over HTTP', () => {
    const services = new TestServices();
    before(() => services.start());
    after(() => services.stop());

    it('equal their table in the end', async () => {
      const tableName = await services.createTable(ROLLUPS_KEY);
      const total = { deaths: 0, conflicts: 0, skipped: 0, late: 0 };
      let faults = chaos(seeded(0));
      const proxy = await startFaultProxy(services.endpoints.dynamoDb, (call) => faults.plan(call));
      const client = localDynamoDb(proxy.endpoint);
      try {
        for (let seed = 1; seed <= histories(2); seed += 1) {
          const random = seeded(seed);
          const history = makeHistory(random, `-${seed}`, 40);
          faults = chaos(random);
          const { plan } = faults;
          faults.plan = (call) => {
            const fault = plan(call);
            if (fault?.kind === 'late') total.late += 1;
            return fault;
          };
          const policy: RetryPolicy = {
            backoff: { baseMs: 1, capMs: 1 },
            concurrency: 4,
            clock: { now: () => 0, sleep: async () => {}, random },
          };
          const done = await deliver(history, {
            random,
            open: (signal) => partStore(rollupsTable(client, tableName, policy)(signal)),
            between: async () => {
              if (random() < 0.3) await faults.land();
            },
          });
          while (faults.late.length > 0) await faults.land();
          check(history, await storedParts(tableName, history), expires(history));
          total.deaths += done.deaths;
          total.conflicts += done.counts.conflicts;
          total.skipped += done.counts.skipped;
        }
      } finally {
        client.destroy();
        await proxy.close();
      }
      for (const [name, count] of Object.entries(total)) expect(count, name).to.be.above(0);
    });

    const storedParts = async (TableName: string, { expected }: History): Promise<Stored[]> => {
      const partitions = new Set([...expected.keys()].map((key) => key.split(' | ').slice(0, 2).join('#')));
      const found: Stored[] = [];
      for (const partition of partitions) {
        const { Items = [] } = await services.dynamoDb.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: '#rollup = :partition',
            ExpressionAttributeNames: { '#rollup': ROLLUPS_KEY[0] },
            ExpressionAttributeValues: { ':partition': { S: partition } },
            ConsistentRead: true,
          }),
        );
        found.push(...Items.map((item) => partOf(item as Item)));
      }
      return found;
    };
  });
});
