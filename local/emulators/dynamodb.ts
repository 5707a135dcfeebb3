import { join } from 'node:path';
import dynalite from 'dynalite';
import dynaliteDb, { type DynaliteStore } from 'dynalite/db';
import { defined } from '../../core/defined.ts';
import { type Emulated, withStore } from './caught-store.ts';
import { unlocking } from './guard.ts';

/** @param folder for what it holds. @default in memory */
export const openDynamoDb = (folder?: string): Emulated<DynaliteStore> => {
  const path = defined({ path: folder === undefined ? undefined : join(folder, 'dynamodb') });
  const emulated = withStore(dynaliteDb, () =>
    dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0, ...path }),
  );
  const { tableDb, getItemDb } = emulated.store;
  tableDb.lock = unlocking(tableDb.lock);
  // A table's items are the same object each time.
  const unlocked = new WeakSet<object>();
  emulated.store.getItemDb = (table) => {
    const items = getItemDb(table);
    if (!unlocked.has(items)) items.lock = unlocking(items.lock);
    unlocked.add(items);
    return items;
  };
  return emulated;
};
