import type { Aim } from '../aims.ts';
import type { HandlerResult } from './run.ts';

export const aimsOfHandler = ({ atOnce, withLatency, memory }: HandlerResult): Aim[] => [
  {
    name: 'handler: CPU, ours to the floor',
    found: atOnce.ours.cpuPerEvent / atOnce.floor.cpuPerEvent,
    atMost: 2,
  },
  {
    name: 'handler: events/s, ours to one batch after another',
    found: withLatency.ours.eventsPerSecond / withLatency.batch.eventsPerSecond,
    atLeast: 5,
  },
  {
    name: 'handler: heap, after 10 times as many invocations',
    found: memory.afterTenTimes.heap / memory.after.heap,
    atMost: 1.1,
  },
  {
    name: 'handler: RSS, after 10 times as many invocations',
    found: memory.afterTenTimes.rss / memory.after.rss,
    atMost: 1.25,
  },
];
