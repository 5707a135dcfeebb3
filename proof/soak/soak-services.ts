import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Endpoints } from '../../local/emulators/ports.ts';
import { type Services, startServices } from '../../local/services.ts';
import { localStack } from '../../local/stack.ts';
import { forOwnCalls } from './own-calls.ts';

/** The stack that a soak runs, by its name and its parameters. */
export interface SoakStack {
  name: string;
  parameters: Record<string, string>;
}

/** More events than these are kept on disk by the emulators. Below that memory is faster. */
const MOST_IN_MEMORY = 20_000;

/** @param emulators others, which hold what other soaks left, and have no change stream that the local mapping reads */
export const stackOf = (seed: number, processor: string, emulators: Endpoints | undefined): SoakStack => ({
  name: emulators ? `soak-${process.pid}-${seed}` : 'local',
  parameters: { ShardCount: '2', Processor: processor, Rollups: String(emulators === undefined) },
});

/** Starts the stream and the tables of a stack, in other emulators where there are any. @param folder for what is not in memory */
export const startSoakServices = async (
  { name, parameters }: SoakStack,
  { count, folder, emulators }: { count: number; folder: string; emulators: Endpoints | undefined },
): Promise<Services> => {
  const stores = count > MOST_IN_MEMORY && { folder: await mkdtemp(join(folder, 'emulators-')) };
  const own = { kinesis: 0, dynamoDb: 0, changeStreamShards: 2, ...stores };
  return forOwnCalls(await startServices(emulators ?? own, localStack(parameters, name)));
};
