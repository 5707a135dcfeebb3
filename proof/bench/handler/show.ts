import { count, figure, megabytes, table } from '../figures.ts';
import type { ComparedHandler, ComparedHandlers } from './compare.ts';
import type { HandlerResult } from './run.ts';

export const showHandler = ({
  events,
  rounds,
  batchSize,
  latencyMs,
  atOnce,
  withLatency,
  memory,
}: HandlerResult): string[] => [
  `Tweets of 2 to 4 KB in batches of ${batchSize}, median of ${rounds} rounds of ${count(events)}`,
  ...table(
    ['', 'µs CPU/event', 'to the floor', 'events/s', `events/s, ${latencyMs} ms away`],
    (Object.entries(atOnce) as [keyof ComparedHandlers, ComparedHandler][]).map(([peer, found]) => [
      found.name,
      figure(found.cpuPerEvent),
      figure(found.cpuPerEvent / atOnce.floor.cpuPerEvent),
      count(found.eventsPerSecond),
      count(withLatency[peer].eventsPerSecond),
    ]),
  ),
  '',
  ...table(
    ['Ours, after its garbage is collected', 'heap', 'RSS'],
    [
      [`after ${count(memory.invocations)} invocations`, megabytes(memory.after.heap), megabytes(memory.after.rss)],
      [
        `after ${count(memory.invocations * 10)} invocations`,
        megabytes(memory.afterTenTimes.heap),
        megabytes(memory.afterTenTimes.rss),
      ],
    ],
  ),
];
