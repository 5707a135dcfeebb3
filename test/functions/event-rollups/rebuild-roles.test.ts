import type { DynamoDBRecord } from 'aws-lambda';
import { expect } from 'chai';
import type { EventData } from '../../../core/event-data.ts';
import type { Rollup } from '../../../core/processor.ts';
import type { Part } from '../../../core/rollups/part.ts';
import { applyChanges } from '../../../functions/event-rollups/apply-changes.ts';
import type { PartStore } from '../../../functions/event-rollups/part-store.ts';
import { MARK, markOf, type Rebuild, type RebuildStore, rolesIn } from '../../../functions/event-rollups/rebuild.ts';
import { changeNumber, changeRecord, shardId } from '../../support/change-event.ts';

const row: EventData = { Username: 'u', Id: '1', Timestamp: '2026-11-20T12:00:00.000Z', Type: 'order' };
const noted = { ...row, Message: 'a note, which no rollup counts' };
const NAME = '["u","1"]';

const rebuild: Rebuild = { id: 'r', shard: shardId(1), from: '', expiresAt: 2_000_000_000 };

/** The rebuild has written the row. */
const touched = (index: number): DynamoDBRecord => {
  const record = changeRecord({ before: row, after: row }, index);
  record.dynamodb!.NewImage![MARK] = { S: markOf('r', 'page') };
  return record;
};

describe('a change while a rebuild is on', () => {
  it('comes again where only the rebuild counts it and its part could not be written', async () => {
    const records = [changeRecord({ before: row, after: noted }, 7)];
    const rollups: Rollup[] = [{ name: 'all', every: 'ever', of: () => ({ group: 'a' }) }];
    let isDown = true;
    const written: Part[] = [];
    const store: PartStore = {
      read: async (keys) => keys.map(() => undefined),
      write: async (_key, part) => {
        if (isDown) throw new Error('the table is down');
        written.push(part);
        return true;
      },
    };
    const rebuilds: RebuildStore = {
      find: async () => rebuild,
      joined: async (_rebuild, rows) => rows.map(() => undefined),
      join: async () => {},
    };
    const deadline = { signal: new AbortController().signal, isOver: () => false };
    const apply = () =>
      applyChanges({ records, shard: rebuild.shard }, { rollups, store, rebuilds, deadline, concurrency: 1 });
    const first = await apply();
    expect(first.firstUnfinished).to.equal(changeNumber(7));
    expect(first.counts.unfinished).to.equal(1);
    isDown = false;
    expect((await apply()).firstUnfinished).to.equal(undefined);
    expect(written.map(({ count, rebuilt }) => [count, rebuilt?.count])).to.deep.equal([[0, 1]]);
  });

  it('is of a member where its row joined in the parent of the shard, whatever the numbers there are', () => {
    const joinedAs = (shard: string) => {
      const known = new Map([[NAME, { shard, sequence: '9'.repeat(40) }]]);
      const { roles } = rolesIn([changeRecord({ before: row, after: noted }, 7)], rebuild, known);
      return roles[0]?.isMember;
    };
    expect(joinedAs(shardId(0))).to.equal(true);
    expect(joinedAs(rebuild.shard)).to.equal(false);
  });

  it('is remembered only where the row does not bear the mark', () => {
    expect(rolesIn([touched(7)], rebuild, new Map()).joins.size).to.equal(0);
    const { joins } = rolesIn([touched(7), changeRecord({ before: row, after: noted }, 8)], rebuild, new Map());
    expect([...joins.keys()]).to.deep.equal([NAME]);
  });
});
