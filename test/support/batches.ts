/** The events of a source, one at a time. */
export async function* eachOf<Event>(batches: AsyncIterable<readonly Event[]>): AsyncGenerator<Event> {
  for await (const events of batches) yield* events;
}

/** Gives events as a source does, each in a batch of its own. */
export async function* inOnes<Event>(events: AsyncIterable<Event>): AsyncGenerator<Event[]> {
  for await (const event of events) yield [event];
}
