/**
 * Works on items, several at once, and gives what became of them in their order. The next item is taken when there is room and what is
 * done is taken, so the items may be without end.
 *
 * @param isFull whether no more may be under way than these items
 * @throws what the items or `work` throw first, in the order of the items
 */
export async function* severalAtOnce<Item, Done>(
  items: AsyncIterable<Item>,
  work: (item: Item) => Promise<Done>,
  isFull: (underWay: readonly Item[]) => boolean,
): AsyncGenerator<Done> {
  const underWay: { item: Item; done: Promise<Done> }[] = [];
  for await (const item of items) {
    const done = work(item);
    // Its failure is seen when it is waited for.
    done.catch(() => {});
    underWay.push({ item, done });
    while (isFull(underWay.map((one) => one.item))) yield await underWay.shift()!.done;
  }
  for (const { done } of underWay) yield await done;
}
