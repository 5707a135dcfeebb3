/** The events of a source, one at a time. */
export async function* eachOf<Event>(batches: AsyncIterable<readonly Event[]>): AsyncGenerator<Event> {
  for await (const events of batches) yield* events;
}

/** The data of the first events of a source, which is left then. */
export const firstOf = async (
  batches: AsyncIterable<readonly { data: Uint8Array }[]>,
  count: number,
): Promise<Buffer[]> => {
  const found: Buffer[] = [];
  for await (const { data } of eachOf(batches)) if (found.push(Buffer.from(data)) === count) break;
  return found;
};

/** Gives events as a source does, each in a batch of its own. */
export async function* inOnes<Event>(events: AsyncIterable<Event>): AsyncGenerator<Event[]> {
  for await (const event of events) yield [event];
}
