import type { Aim } from './aims.ts';
import { aimsOfClient } from './client/aims.ts';
import type { ClientResult } from './client/run.ts';
import { showClient } from './client/show.ts';
import { aimsOfColdStart } from './cold-start/aims.ts';
import type { ColdStartResult } from './cold-start/run.ts';
import { showColdStart } from './cold-start/show.ts';
import type { GrowthResult } from './growth/run.ts';
import { showGrowth } from './growth/show.ts';
import { aimsOfHandler } from './handler/aims.ts';
import type { HandlerResult } from './handler/run.ts';
import { showHandler } from './handler/show.ts';
import { aimsOfPipeline } from './pipeline/aims.ts';
import type { PipelineResult } from './pipeline/run.ts';
import { showPipeline } from './pipeline/show.ts';

/** What each section of the benchmark finds. */
export interface Results {
  handler: HandlerResult;
  client: ClientResult;
  pipeline: PipelineResult;
  'cold-start': ColdStartResult;
  growth: GrowthResult;
}

export type SectionName = keyof Results;

export interface Section<Result> {
  title: string;
  /** What was found, for the screen. */
  show: (result: Result) => string[];
  /** What it should be. */
  aims: (result: Result) => Aim[];
}

export const SECTIONS: { [Name in SectionName]: Section<Results[Name]> } = {
  handler: { title: 'Handler: from Kinesis into DynamoDB', show: showHandler, aims: aimsOfHandler },
  client: { title: 'Client: onto a stream', show: showClient, aims: aimsOfClient },
  pipeline: { title: 'Pipeline: npm start beside a bare loop', show: showPipeline, aims: aimsOfPipeline },
  'cold-start': { title: 'Cold start', show: showColdStart, aims: aimsOfColdStart },
  growth: { title: 'Growth: what the defaults of the template stand on', show: showGrowth, aims: () => [] },
};

export const SECTION_NAMES = Object.keys(SECTIONS) as SectionName[];
