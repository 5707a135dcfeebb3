import type { Server } from 'node:http';

export interface Emulated<Store> {
  server: Server;
  /** Where the emulator keeps what it holds. */
  store: Store;
}

/** Starts an emulator. It makes its store for itself and hands it to nobody, so it is caught where it is made. */
export const withStore = <Options, Store>(
  database: { create: (options: Options) => Store },
  start: () => Server,
): Emulated<Store> => {
  const { create } = database;
  let store: Store | undefined;
  database.create = (options) => {
    store = create(options);
    return store;
  };
  try {
    const server = start();
    if (!store) throw new Error('the emulator made no store; expected it to call create of its db module');
    return { server, store };
  } finally {
    database.create = create;
  }
};
