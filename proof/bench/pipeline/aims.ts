import type { Aim } from '../aims.ts';
import { count } from '../figures.ts';
import type { PipelineResult } from './run.ts';

export const aimsOfPipeline = ({ runs }: PipelineResult): Aim[] =>
  runs.map(({ events, bare, pipeline }) => ({
    name: `pipeline, ${count(events)} events: events/s, npm start to the bare loop`,
    found: pipeline / bare,
    atLeast: 0.9,
  }));
