import type { Agent } from 'node:http';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/**
 * Keeps connections, and closes those that wait when a request fails: what broke one connection may have broken them all. A function that
 * Lambda froze for a while may find every one of them dead, and would fail with one after the other. A connection that does not come about
 * says nothing of the others, and where the CPU is too slow for that, more of them would be too many.
 */
export class KeepingHandler extends NodeHttpHandler {
  override async handle(...call: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
    try {
      return await super.handle(...call);
    } catch (error) {
      if (!isUnconnected(error)) this.#closeWaiting();
      throw error;
    }
  }

  #closeWaiting(): void {
    const { httpAgent, httpsAgent } = this.httpHandlerConfigs() as Partial<Record<string, Agent>>;
    for (const agent of [httpAgent, httpsAgent])
      for (const sockets of Object.values(agent?.freeSockets ?? {}))
        for (const socket of sockets ?? []) socket.destroy();
  }
}

/** Whether no connection came about in time. The SDK tells its kinds of TimeoutError apart by their words. */
export const isUnconnected = (error: unknown): boolean =>
  error instanceof Error && error.message.includes('did not establish a connection');
