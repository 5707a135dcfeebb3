import { count, figure, table } from '../figures.ts';
import type { GrowthResult, Point } from './run.ts';

export const showGrowth = ({
  rounds,
  latencyMs,
  batchSize,
  eventSize,
  inFlight,
  shards,
  backlog,
}: GrowthResult): string[] => {
  const handlers = (heading: string, points: readonly Point[]): string[] =>
    table(
      [heading, 'µs CPU/event', 'events/s'],
      points.map(({ at, cpuPerEvent, eventsPerSecond }) => [count(at), figure(cpuPerEvent), count(eventsPerSecond)]),
    );
  const pipelines = (heading: string, points: GrowthResult['shards']): string[] =>
    table(
      [heading, 'events/s'],
      points.map(({ at, eventsPerSecond }) => [count(at), count(eventsPerSecond)]),
    );
  return [
    `The handler, DynamoDB ${latencyMs} ms away, medians of ${rounds} rounds`,
    ...handlers('batch size', batchSize),
    '',
    ...handlers('bytes of an event', eventSize),
    '',
    'The floor of the handler, batches of 500',
    ...handlers('requests in flight', inFlight),
    '',
    'npm start on the emulators',
    ...pipelines('shards', shards),
    '',
    ...pipelines('events that wait', backlog),
  ];
};
