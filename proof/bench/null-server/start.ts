import { startAnsweringProcess } from '../child-process.ts';
import type { NullServerOptions } from './operations.ts';
import type { ServerState } from './process.ts';

export interface NullServer {
  /** Of Kinesis and of DynamoDB alike. */
  endpoint: string;
  pid: number;
  /** What it has done so far. */
  counters: () => Promise<ServerState['counters']>;
}

/**
 * A server that answers the calls of Kinesis and DynamoDB that write, and keeps nothing, for as long as the work takes. It runs
 * in a process of its own, so that the CPU time of this process is the client's, and ends with this process.
 */
export const withNullServer = async <Result>(
  options: NullServerOptions,
  work: (server: NullServer) => Promise<Result>,
): Promise<Result> => {
  const file = new URL('./process.ts', import.meta.url);
  const { pid, ask, stop } = startAnsweringProcess<'state', ServerState>(file, options);
  try {
    const { endpoint } = await ask('state');
    return await work({ endpoint, pid, counters: async () => (await ask('state')).counters });
  } finally {
    await stop();
  }
};
