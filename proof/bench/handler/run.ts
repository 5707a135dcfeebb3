import { bundleInTemporaryFolder } from '../../../local/lambda/bundle.ts';
import { localStack } from '../../../local/stack.ts';
import { type ComparedHandlers, compareHandlers } from './compare.ts';
import { type HandlerMemory, memoryOfHandler } from './memory.ts';

export interface HandlerExtent {
  events: number;
  rounds: number;
  /** After which memory is looked at, and again after ten times as many. */
  invocations: number;
}

export interface HandlerResult extends Pick<HandlerExtent, 'events' | 'rounds'> {
  batchSize: number;
  latencyMs: number;
  /** With a DynamoDB that answers at once, and with one that takes its time. */
  atOnce: ComparedHandlers;
  withLatency: ComparedHandlers;
  memory: HandlerMemory;
}

/** The template's default. */
const BATCH_SIZE = 500;
/** What a BatchWriteItem of 25 rows takes at the least, within a region. Milliseconds. */
const LATENCY_MS = 5;

/** The function beside its peers. */
export const runHandler = async ({ events, rounds, invocations }: HandlerExtent): Promise<HandlerResult> => {
  const { path: bundle, remove } = await bundleInTemporaryFolder(localStack());
  try {
    const compare = (latencyMs: number) =>
      compareHandlers({ bundle, events, batchSize: BATCH_SIZE, rounds, latencyMs });
    const atOnce = await compare(0);
    const withLatency = await compare(LATENCY_MS);
    const memory = await memoryOfHandler(bundle, invocations);
    return { events, rounds, batchSize: BATCH_SIZE, latencyMs: LATENCY_MS, atOnce, withLatency, memory };
  } finally {
    await remove();
  }
};
