import { once } from 'node:events';
import { forkTypeScript } from '../fork-typescript.ts';
import { startNullServer } from '../null-server/start.ts';

/** What the process of a client held in memory. Bytes of RSS. */
export interface Memory {
  events: number;
  seconds: number;
  /** Before the first event, with everything loaded. */
  atStart: number;
  /** After 25, 50, 75 and 100 % of the events. */
  after: number[];
  max: number;
}

/** Told to the process of the client. */
export interface MemoryTask {
  endpoint: string;
  events: number;
}

/** Answers so slow that the requests in flight take about 33,000 events a second, and the source would run far ahead of them. */
const SLOW_MS = 120;

/** The memory of a client that reads events of 200 bytes, faster than the stream takes them, in a process of its own. */
export const memoryOf = async (events: number): Promise<Memory> => {
  const server = await startNullServer({ latencyMs: SLOW_MS });
  try {
    const task: MemoryTask = { endpoint: server.endpoint, events };
    const child = forkTypeScript(new URL('./memory-process.ts', import.meta.url), task);
    const exited = once(child, 'exit');
    let memory: Memory | undefined;
    child.on('message', (message: Memory) => {
      memory = message;
    });
    const [code] = await exited;
    if (!memory) throw new Error(`the measured client ended with code ${code}; expected it to tell its memory`);
    return memory;
  } finally {
    await server.stop();
  }
};
