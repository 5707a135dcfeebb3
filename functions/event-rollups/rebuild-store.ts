import { hash } from 'node:crypto';
import type { Item } from '../../aws/wire-value.ts';
import { chunks } from '../../core/batch.ts';
import type { Clock } from '../../core/clock.ts';
import { BATCH_GET_ITEM_KEYS } from '../../core/limits.ts';
import type { RebuildStore } from './rebuild.ts';
import { type RollupsTable, UNLESS_THERE } from './rollups-table.ts';

/**
 * The rows of the table of rollups by which a rebuild and the function know of each other, next to the parts that count its tickets. Their
 * partition keys begin with `~`, so that no reader takes them for parts. All have `ExpiresAt`, which is that of the rebuild.
 */
export const REBUILD_ROWS = {
  /** That a rebuild is on: `Id`. */
  control: { Rollup: { S: '~rebuild' }, Part: { S: '#' } },
  /** The first change of a shard that takes part: `Sequence`. By the function. */
  from: (id: string, shard: string): Item => ({ Rollup: { S: `~from#${id}` }, Part: { S: shard } }),
  /** Since when the rebuild has a row: `Shard` and `Sequence`. By the function. Each has a partition of its own, as rows may be many. */
  row: (id: string, row: string): Item => ({
    Rollup: { S: `~row#${id}#${hash('sha256', row, 'base64url')}` },
    Part: { S: '#' },
  }),
  /** How far a segment of EventData is written: `Next` is the key of its last row, or it is `Done`. By the command. */
  segment: (id: string, segment: string): Item => ({ Rollup: { S: `~segment#${id}` }, Part: { S: segment } }),
  /** How many rows were written with a ticket: `Rows`. By the command. */
  page: (id: string, ticket: string): Item => ({ Rollup: { S: `~page#${id}` }, Part: { S: ticket } }),
} as const;

/** @param calendar milliseconds since 1970 */
export const rebuildStore = (table: RollupsTable, calendar: Pick<Clock, 'now'>): RebuildStore => ({
  find: async (shard, first) => {
    const [control] = await table.read([REBUILD_ROWS.control]);
    const [id, expiresAt] = [control?.Id?.S, Number(control?.ExpiresAt?.N)];
    // DynamoDB deletes the rows of a rebuild within days of that, in any order, so from then on none of them counts.
    if (id === undefined || !(expiresAt * 1_000 > calendar.now())) return undefined;
    const key = REBUILD_ROWS.from(id, shard);
    let [from] = await table.read([key]);
    if (!from) {
      await table.write({ ...key, Sequence: { S: first }, ExpiresAt: control!.ExpiresAt! }, UNLESS_THERE);
      [from] = await table.read([key]);
    }
    return { id, shard, from: from?.Sequence?.S ?? first, expiresAt };
  },
  joined: async ({ id }, rows) => {
    const keys = rows.map((row) => REBUILD_ROWS.row(id, row));
    // Side by side: a rebuild touches every row of a batch.
    const items = await Promise.all([...chunks(keys, BATCH_GET_ITEM_KEYS)].map(table.read));
    return items.flat().map((item) => item && { shard: item.Shard?.S ?? '', sequence: item.Sequence?.S ?? '' });
  },
  join: async ({ id, expiresAt }, row, { shard, sequence }) => {
    const joined = { Shard: { S: shard }, Sequence: { S: sequence }, ExpiresAt: { N: String(expiresAt) } };
    await table.write({ ...REBUILD_ROWS.row(id, row), ...joined }, UNLESS_THERE);
  },
});
