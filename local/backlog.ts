import { ON_DEMAND_STREAM } from '../core/limits.ts';
import { functionOf } from './lambda/function-options.ts';
import { EVENT_PROCESSOR, type LocalStack } from './stack.ts';
import { readMappingSettings } from './template/mapping-settings.ts';

/** Batches of each lane of the mapping: one that is processed, and some that are filled meanwhile. */
const BATCHES = 4;

/** As many as a few requests of the client hold. */
const LEAST = 1_000;

/**
 * How many events `npm start` has under way at most, from the source to the table. The client puts events on the stream faster than the
 * function takes them off, and both need the emulators: without a limit the function starves until the client is done, and every event
 * waits for all those before it. It is so high that batches get full: as long as none is, fewer than these are in them.
 */
export const backlogOf = (stack: LocalStack): number => {
  const { batchSize, parallelizationFactor } = readMappingSettings(functionOf(EVENT_PROCESSOR.function, stack));
  const { properties } = stack.template.resource(EVENT_PROCESSOR.stream, 'AWS::Kinesis::Stream');
  const lanes = Number(properties.ShardCount ?? ON_DEMAND_STREAM.leastShards) * parallelizationFactor;
  return Math.max(LEAST, BATCHES * batchSize * lanes);
};
