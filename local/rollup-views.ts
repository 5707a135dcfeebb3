import type { Item } from '../aws/wire-value.ts';
import { unlessInvalid } from '../core/invalid-event.ts';
import type { Rollup } from '../core/processor.ts';
import type { GroupKey } from '../core/rollups/keys.ts';
import { RollupView } from '../core/rollups/view.ts';
import { isPart, partOf } from '../functions/event-rollups/part-item.ts';
import { storedRow } from '../functions/stored-row.ts';
import { forEachItem, type ScannedTable } from './scan.ts';

/** A table, and the rollups that are of interest in it. */
export interface ViewedTable extends ScannedTable {
  rollups: readonly Rollup[];
  /** Whether a group is of interest. @default every one */
  isWanted?: (key: GroupKey) => boolean;
}

/**
 * What rollups say: all parts of their table, added up.
 *
 * @param table that of the rollups
 * @throws {TypeError} where another program wrote a row that is not a part; or what DynamoDB throws
 */
export const viewOfParts = async ({ rollups, isWanted, ...table }: ViewedTable): Promise<RollupView> => {
  const view = new RollupView(rollups, isWanted);
  await forEachItem(table, (item) => {
    if (!isPart(item)) return;
    const { key, part } = partOf(item);
    view.addPart(key, part);
  });
  return view;
};

/**
 * What rollups have to say: computed from all rows of EventData.
 *
 * @param table EventData
 */
export const viewOfRows = async ({ rollups, isWanted, ...table }: ViewedTable): Promise<RollupView> => {
  const view = new RollupView(rollups, isWanted);
  await forEachItem(table, (item) => addItem(view, item));
  return view;
};

/** Adds an item of EventData. A row that cannot be counted contributes nothing, as in the function. */
export const addItem = (view: RollupView, item: Item): void => {
  const row = unlessInvalid(() => storedRow(item));
  if (row) view.addRow(row);
};
