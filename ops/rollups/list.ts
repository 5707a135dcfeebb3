import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { number } from '../../cli/numbers.ts';
import { textTable } from '../../cli/text-table.ts';
import { versioned } from '../../core/rollups/keys.ts';
import { viewOfWindows } from './read-parts.ts';
import { rebuildSince } from './rebuild-tables.ts';
import type { RollupsOptions } from './rollups-options.ts';
import { lessThanAll, lookFurther, windowsOf } from './windows.ts';

/** The rollups of a processor, with what their latest windows hold. */
export const list = async (
  client: DynamoDBClient,
  { table, rollups, range, retention }: Pick<RollupsOptions, 'table' | 'rollups' | 'range' | 'retention'>,
  now: number,
): Promise<string[]> => {
  const rows: string[][] = [];
  const windowsWithRows: string[] = [];
  let counted = 0;
  for (const rollup of rollups) {
    const windows = windowsOf(rollup, now, range);
    const view = await viewOfWindows(client, table, new Map([[rollup, windows]]), { now });
    const groups = [...view.groups()].filter(({ totals }) => totals.count !== 0);
    counted += groups.length;
    const held = new Set(groups.map(({ key }) => key.window));
    windowsWithRows.push(...held);
    rows.push([
      versioned(rollup),
      rollup.every,
      windows[0]!,
      number(held.size),
      number(new Set(groups.map(({ key }) => key.group)).size),
      number(groups.reduce((sum, { totals }) => sum + totals.count, 0)),
      [...held].sort().at(-1) ?? '–',
    ]);
  }
  const right = (name: string) => ({ name, isRight: true });
  const lines = textTable(
    [
      ...['Rollup', 'Every', 'Since'].map((name) => ({ name })),
      ...['Windows', 'Groups', 'Rows'].map(right),
      { name: 'Last window' },
    ],
    rows,
  );
  const since = await rebuildSince(client, table, now);
  const hints = [
    ...(counted === 0 ? lookFurther(rollups, range) : []),
    ...lessThanAll(windowsWithRows, retention, now),
    ...(since === undefined
      ? []
      : [
          `A rebuild is on since ${new Date(since).toISOString()}. If its command has ended, npm run rollups -- --rebuild goes on with it.`,
        ]),
  ];
  return [...lines, ...hints.flatMap((hint) => ['', hint])];
};
