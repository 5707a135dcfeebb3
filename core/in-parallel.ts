/**
 * Works on items in their order, so many at once. The workers share the items, and the next one is made when a worker is free.
 *
 * @throws what `work` throws first; no more items are taken then
 */
export const inParallel = async <Item>(
  workers: number,
  items: Iterable<Item>,
  work: (item: Item) => Promise<void>,
): Promise<void> => {
  // A loop that is left ends the generator, and so the loops of the other workers.
  const shared = (function* () {
    yield* items;
  })();
  const worker = async (): Promise<void> => {
    for (const item of shared) await work(item);
  };
  await Promise.all(Array.from({ length: workers }, worker));
};
