import { count } from '../../cli/numbers.ts';
import type { Processor } from '../../core/processor.ts';
import { verify } from '../../core/rollups/verify.ts';
import { viewOfParts, viewOfRows } from '../../local/rollup-views.ts';
import { differenceText } from '../../local/rollups-report.ts';
import type { Services } from '../../local/services.ts';

/**
 * Compares every rollup with the rows of EventData.
 *
 * @param keptChanges changes in failed batches: there must be none
 * @returns how many groups were compared, and a sentence for each figure that is not what the rows make
 */
export const judgeRollups = async ({
  services: { dynamoDb: client, names },
  processor: { rollups = [] },
  keptChanges,
}: {
  services: Pick<Services, 'dynamoDb' | 'names'>;
  processor: Processor;
  keptChanges: number;
}): Promise<{ groups: number; problems: string[] }> => {
  const parts = await viewOfParts({ client, table: names.rollupsTable!, rollups });
  const rows = await viewOfRows({ client, table: names.eventDataTable, rollups });
  const { groups, differences } = verify(rows, parts);
  const problems = differences.map(differenceText);
  if (keptChanges > 0) problems.push(`${count(keptChanges, 'change')} of EventData are in failed batches`);
  return { groups, problems };
};
