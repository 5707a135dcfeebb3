import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import type { EventData } from '../../../core/event-data.ts';
import { between, seeded } from '../../../core/random.ts';
import { eventDataTable } from '../../../functions/ddb-event-processor/event-data-table.ts';
import { applyChanges } from '../../../functions/event-rollups/apply-changes.ts';
import { ROLLUPS_KEY } from '../../../functions/event-rollups/part-item.ts';
import { partStore } from '../../../functions/event-rollups/part-store.ts';
import { rebuildStore } from '../../../functions/event-rollups/rebuild-store.ts';
import { type Fault, startFaultProxy } from '../../../local/emulators/fault-proxy.ts';
import { processorNamed } from '../../../processors/index.ts';
import { changesOf } from '../../support/changes.ts';
import { TestServices } from '../../support/emulators.ts';
import { killAll, run, start } from '../../support/run.ts';

const ROWS = 40;
const rollups = processorNamed('default').rollups!;

describe('npm run rollups -- --rebuild', () => {
  const services = new TestServices();
  before(() => services.start());
  after(() => services.stop());
  afterEach(killAll);

  /** Tables whose rollups lack the first changes, and a function that follows the change stream, some of it twice. */
  const open = async (seed: number) => {
    const random = seeded(seed);
    const table = await services.createTable(ROLLUPS_KEY);
    const eventData = await services.createTable(['Username', 'Id'], 'NEW_AND_OLD_IMAGES');
    const { toItem } = eventDataTable(eventData);
    const write = async (): Promise<void> => {
      const Id = String(between(random, 0, ROWS));
      const Type = ['tweet', 'order', 'view'][between(random, 0, 3)]!;
      const row: EventData = { Username: `u${Id}`, Id, Timestamp: '2026-11-20T12:34:00.000Z', Type };
      const Key = { Username: { S: row.Username }, Id: { S: Id } };
      if (random() < 0.2) await services.dynamoDb.send(new DeleteItemCommand({ TableName: eventData, Key }));
      else await services.dynamoDb.send(new PutItemCommand({ TableName: eventData, Item: toItem(row) as never }));
    };
    for (let index = 0; index < 2 * ROWS; index += 1) await write();
    const lost = await changesOf(services.kinesis, eventData);

    const { signal } = new AbortController();
    const clock = { now: () => 0, sleep: async () => {}, random };
    const policy = { backoff: { baseMs: 1, capMs: 1 }, concurrency: 8, clock };
    let place = lost.length;
    const follow = async (): Promise<void> => {
      const changes = await changesOf(services.kinesis, eventData);
      const records = changes.slice(Math.max(lost.length, place - between(random, 0, 5)));
      await applyChanges(
        { records: records as never, shard: 'shardId-1' },
        {
          rollups,
          store: partStore(services.dynamoDb, { name: table }, policy, signal),
          rebuilds: rebuildStore(services.dynamoDb, table, policy, signal),
          deadline: { signal, isOver: () => false },
          concurrency: 8,
        },
      );
      place = changes.length;
    };
    const args = ['--local', '--table', table, '--event-data', eventData];
    return { table, eventData, write, follow, args };
  };

  /** Writes rows and follows the change stream until the command has ended. */
  const until = async <T>(ended: Promise<T>, step: () => Promise<void>): Promise<T> => {
    let isRunning = true;
    const done = ended.finally(() => {
      isRunning = false;
    });
    while (isRunning) {
      await step();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return done;
  };

  it('makes rollups equal to a table that changes, though it is killed under way and answers get lost', async () => {
    const { table, write, follow, args } = await open(1);
    let updates = 0;
    let release = (): void => {};
    let reached = (): void => {};
    const halfway = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const proxy = await startFaultProxy(services.endpoints.dynamoDb, ({ operation }): Fault | undefined => {
      if (operation !== 'UpdateItem') return undefined;
      updates += 1;
      if (updates === 10) return { kind: 'reset', when: 'after' };
      if (updates !== 20) return undefined;
      reached();
      return { kind: 'late', until: held, landed: () => {} };
    });
    try {
      const endpoint = ['--endpoint', proxy.endpoint];
      const wrong = await run('ops/rollups/rollups.ts', [...args, ...endpoint, '--verify', '--patience', '0']);
      expect(wrong.code).to.equal(1);
      const { child, finished } = start('ops/rollups/rollups.ts', [...args, ...endpoint, '--rebuild']);
      await halfway;
      child.kill('SIGKILL');
      await finished;
      release();
      expect((await services.rows(table)).some(({ Rollup }) => Rollup === '~rebuild')).to.equal(true);

      let writes = 60;
      const again = run('ops/rollups/rollups.ts', [...args, ...endpoint, '--rebuild']);
      const { code, stdout, stderr } = await until(again, async () => {
        if (writes > 0) await write();
        writes -= 1;
        await follow();
      });
      expect(stdout, stderr).to.contain('3 groups equal EventData.');
      expect(stderr).to.match(/\d+ rows read, 3 groups corrected\./);
      expect(code).to.equal(0);
      expect((await services.rows(table)).filter(({ Rollup }) => String(Rollup).startsWith('~'))).to.deep.equal([]);
      for (let more = 0; more < 20; more += 1) await write();
      await follow();
      const after = await run('ops/rollups/rollups.ts', [...args, ...endpoint, '--verify', '--patience', '0']);
      expect(after.stdout).to.contain('3 groups equal EventData.');
    } finally {
      release();
      await proxy.close();
    }
  }).timeout(120_000);

  it('says so where the function counts nothing, and begins anew where it is asked to', async () => {
    const { args, follow } = await open(2);
    const endpoint = ['--endpoint', services.endpoints.dynamoDb];
    const stuck = await run('ops/rollups/rollups.ts', [...args, ...endpoint, '--rebuild', '--patience', '0']);
    expect(stuck.stderr).to.match(/the function has not counted \d+ rows of \d+ rows yet.*--restart/);
    expect(stuck.code).to.equal(1);
    const again = run('ops/rollups/rollups.ts', [...args, ...endpoint, '--rebuild', '--restart']);
    const { code, stdout } = await until(again, follow);
    expect(stdout).to.contain('3 groups equal EventData.');
    expect(code).to.equal(0);
  }).timeout(120_000);
});
