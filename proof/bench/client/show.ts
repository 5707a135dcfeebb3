import { count, figure, megabytes, percent, table } from '../figures.ts';
import type { ClientResult } from './run.ts';
import { SIZES } from './sizes.ts';

export const showClient = (result: ClientResult): string[] => {
  const { events, rounds, latencyMs, peers, serverMaxima, shard, memory } = result;
  return [
    ...SIZES.flatMap(({ size, name }) => [
      `${name}, ${latencyMs} ms away, median of ${rounds} rounds of ${count(events[size])}`,
      ...table(
        ['', 'µs CPU/event', 'events/s', 'server busy'],
        Object.values(peers[size]).map((peer) => [
          peer.name,
          figure(peer.cpuPerEvent),
          count(peer.eventsPerSecond),
          percent(peer.serverBusy),
        ]),
      ),
      `The null server itself could take ${count(serverMaxima[size])} a second.`,
      '',
    ]),
    'One shard, which takes 1,000 records and 1 MiB a second, events of 200 bytes',
    ...table(
      ['', 'events/s', 'of the shard', 'records', 'refused'],
      Object.entries(shard).map(([name, { eventsPerSecond, used, records, refused }]) => [
        name,
        count(eventsPerSecond),
        percent(used),
        count(records),
        count(refused),
      ]),
    ),
    '',
    `The memory of a client with ${count(memory.events)} events of 200 bytes and a slow stream, ${count(memory.seconds)} s`,
    ...table(
      ['', 'RSS'],
      [
        ['before the first event', megabytes(memory.atStart)],
        ...memory.after.map((bytes, index) => [
          `after ${((index + 1) * 100) / memory.after.length} %`,
          megabytes(bytes),
        ]),
        ['at the most', megabytes(memory.max)],
      ],
    ),
  ];
};
