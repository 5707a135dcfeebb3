import { medianOf } from '../median.ts';
import { EVENT_BYTES, throughBareLoop, throughPipeline, withEventFile } from './through-pipeline.ts';

export interface PipelineExtent {
  /** Each with as many rounds. */
  runs: { events: number; rounds: number }[];
}

/** Events a second, medians of rounds. */
export interface PipelineRun {
  events: number;
  rounds: number;
  bare: number;
  pipeline: number;
}

export interface PipelineResult {
  bytes: number;
  runs: PipelineRun[];
}

/**
 * How much of the bare loop's throughput the whole pipeline keeps. The two run one after the other in each round, so that a
 * noisy machine is as noisy for both.
 */
export const runPipeline = async ({ runs }: PipelineExtent): Promise<PipelineResult> => {
  const results: PipelineRun[] = [];
  for (const { events, rounds } of runs)
    results.push(
      await withEventFile(events, async (file) => {
        const bare: number[] = [];
        const pipeline: number[] = [];
        for (let round = 0; round < rounds; round += 1) {
          bare.push(await throughBareLoop(file, events));
          pipeline.push(await throughPipeline(file, events));
        }
        return { events, rounds, bare: medianOf(bare), pipeline: medianOf(pipeline) };
      }),
    );
  return { bytes: EVENT_BYTES, runs: results };
};
