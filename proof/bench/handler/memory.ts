import { startNullServer } from '../null-server/start.ts';
import { startHandler } from './compare.ts';
import type { Held } from './process.ts';

/** What the function's process holds after so many invocations, and after ten times as many. */
export interface HandlerMemory {
  invocations: number;
  after: Held;
  afterTenTimes: Held;
}

/** Our function in a process of its own, with one batch of 500 after the other. */
export const memoryOfHandler = async (bundle: string, invocations: number): Promise<HandlerMemory> => {
  const server = await startNullServer();
  const { endpoint } = server;
  const handler = startHandler({ peer: 'ours', endpoint, bundle, size: 'tweet', events: 5_000, batchSize: 500 });
  try {
    const held = async (count: number): Promise<Held> => {
      const { heap, rss } = await handler.ask({ invocations: count });
      return { heap, rss };
    };
    return { invocations, after: await held(invocations), afterTenTimes: await held(9 * invocations) };
  } finally {
    await handler.stop();
    await server.stop();
  }
};
