/**
 * Reads items in their order, several at once: what takes long to answer is asked for the next while the last one is worked on.
 *
 * @param read one item
 * @param isFull whether no more may be under way than these items
 * @throws what the items or `read` throw first, in the order of the items
 */
export async function* readAhead<Item, Found>(
  items: AsyncIterable<Item>,
  read: (item: Item) => Promise<Found>,
  isFull: (underWay: readonly Item[]) => boolean,
): AsyncGenerator<Found> {
  const underWay: { item: Item; found: Promise<Found> }[] = [];
  for await (const item of items) {
    const found = read(item);
    // Its failure is seen when it is waited for.
    found.catch(() => {});
    underWay.push({ item, found });
    while (isFull(underWay.map((reading) => reading.item))) yield await underWay.shift()!.found;
  }
  for (const { found } of underWay) yield await found;
}
