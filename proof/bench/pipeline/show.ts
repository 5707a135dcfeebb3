import { count, figure, table } from '../figures.ts';
import type { PipelineResult } from './run.ts';

export const showPipeline = ({ bytes, runs }: PipelineResult): string[] => [
  `Events of ${count(bytes)} bytes on the emulators, events/s, medians`,
  ...table(
    ['events', 'rounds', 'bare loop', 'npm start', 'ratio'],
    runs.map(({ events, rounds, bare, pipeline }) => [
      count(events),
      String(rounds),
      count(bare),
      count(pipeline),
      figure(pipeline / bare),
    ]),
  ),
];
