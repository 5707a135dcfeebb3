import { DescribeTableCommand, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { EventData } from '../../core/event-data.ts';
import { LISTED, newestFirst, shownRow, storedRows } from '../../local/watch/table-rows.ts';
import type { Rows } from '../../local/watch/watched.ts';
import { accessPathTo } from '../query/access-path.ts';
import { readRows } from '../query/read-rows.ts';

/** Types that are asked for, where the table has an index by type. */
const TYPES = 10;

/**
 * The newest rows of a deployed table, for little: with the index of the parameter TypeIndex a Query of a few rows for each type, else
 * one page of a Scan, whose rows are in no order.
 *
 * @returns finds them; it remembers which types there are
 */
export const newestRows = (client: DynamoDBClient, table: string): ((signal: AbortSignal) => Promise<Rows>) => {
  const types = new Set<string>();
  return async (signal) => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }), { abortSignal: signal });
    const hasIndex = accessPathTo({ type: 'any' }, Table).kind === 'query';
    if (!hasIndex || types.size === 0) {
      const { Items = [] } = await client.send(new ScanCommand({ TableName: table, Limit: LISTED }), {
        abortSignal: signal,
      });
      const rows = storedRows(Items);
      for (const { Type } of rows) if (types.size < TYPES) types.add(Type);
      if (!hasIndex)
        return {
          rows: inOrder(rows),
          note: 'some of the rows; a stack with TypeIndex=true lists the newest of each type',
        };
    }
    const found: EventData[] = [];
    const limit = Math.max(1, Math.floor(LISTED / Math.max(1, types.size)));
    for (const type of types) {
      const path = accessPathTo({ type }, Table);
      const spent = { rows: 0, scanned: 0, units: 0 };
      const fromNewest = { ...path, input: { ...path.input, ScanIndexForward: false } };
      for await (const row of readRows(client, table, { path: fromNewest, limit, spent }))
        found.push(row as unknown as EventData);
    }
    return { rows: inOrder(found), note: `the newest of ${types.size === 1 ? 'one type' : `${types.size} types`}` };
  };
};

const inOrder = (rows: readonly EventData[]): Rows['rows'] => rows.toSorted(newestFirst).slice(0, LISTED).map(shownRow);
