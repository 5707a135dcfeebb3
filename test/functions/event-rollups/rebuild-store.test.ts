import { expect } from 'chai';
import { monotonicClock } from '../../../aws/system-clock.ts';
import { ROLLUPS_KEY } from '../../../functions/event-rollups/part-item.ts';
import { rebuildStore } from '../../../functions/event-rollups/rebuild-store.ts';
import { rollupsTable } from '../../../functions/event-rollups/rollups-table.ts';
import { localDynamoDb, TestServices } from '../../support/emulators.ts';
import { Changes } from '../../support/until.ts';

describe('what is known of the rows of a rebuild', () => {
  const services = new TestServices();
  before(() => services.start());
  after(() => services.stop());

  it('is read side by side, and comes in the order of the rows', async () => {
    const name = await services.createTable(ROLLUPS_KEY);
    const client = localDynamoDb(services.endpoints.dynamoDb);
    const begun = new Changes();
    let underWay = 0;
    const policy = { backoff: { baseMs: 1, capMs: 1 }, concurrency: 8, clock: monotonicClock };
    const { signal } = new AbortController();
    const store = rebuildStore(rollupsTable(client, name, policy)(signal), { now: () => 0 });
    const rebuild = { id: 'id', shard: 'shardId-1', from: '', expiresAt: 1 };
    const rows = Array.from({ length: 250 }, (_, index) => `row ${index}`);
    const joined = { shard: 'shardId-1', sequence: '7' };
    for (const row of [0, 100, 249]) await store.join(rebuild, rows[row]!, { ...joined, sequence: String(row) });
    client.middlewareStack.add(
      (next) => async (call) => {
        underWay += 1;
        begun.changed();
        await begun.until(() => underWay === 3, 'three requests at once');
        return next(call);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    const known = await store.joined(rebuild, rows);
    client.destroy();
    expect(known).to.have.length(rows.length);
    expect(known.flatMap((one, index) => (one ? [[index, one.sequence]] : []))).to.deep.equal([
      [0, '0'],
      [100, '100'],
      [249, '249'],
    ]);
  });
});
