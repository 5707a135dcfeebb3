import { inBatches } from '../../../core/batch.ts';
import { PUT_RECORDS } from '../../../core/limits.ts';
import { type EventSize, eventsOf } from '../events.ts';
import { startNullServer } from '../null-server/start.ts';
import { floorAt } from './floor.ts';
import { STREAM } from './produce-events.ts';

/**
 * How many records a second the null server could take if its clients cost nothing: what its processor time for each of them
 * comes to. A figure near it is one of the server and not of the client.
 *
 * @param events how many to measure it with, after as many to warm up
 */
export const serverMaximum = async (size: EventSize, events: number): Promise<number> => {
  const server = await startNullServer();
  const floor = floorAt(server.endpoint, STREAM);
  try {
    const batches = [...inBatches(eventsOf(size, events), PUT_RECORDS, ({ data }) => data.length)];
    await floor.put(batches);
    const before = await server.counters();
    await floor.put(batches);
    const { cpuMicros } = await server.counters();
    return events / ((cpuMicros - before.cpuMicros) / 1e6);
  } finally {
    floor.close();
    await server.stop();
  }
};
