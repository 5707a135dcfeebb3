import type { Context } from 'mocha';
import { untilEqual } from './until.ts';

/** Pipes to the process that asked for the tests, and work that ends by itself. */
const OF_THE_RUN = new Set(['PipeWrap', 'TTYWrap', 'Immediate', 'FSReqCallback', 'FSReqPromise', 'CloseReq']);

/** What would keep this process alive: timers, connections, servers, processes, threads. */
const left = (): string[] => process.getActiveResourcesInfo().filter((kind) => !OF_THE_RUN.has(kind));

/** How long connections may take to close where the machine is busy. Milliseconds. */
const CLOSING_MS = 10_000;

/** Mocha calls them around all tests of a file. */
export const mochaHooks = {
  async afterAll(this: Context): Promise<void> {
    // The timer of this hook would be left, too.
    this.timeout(0);
    const of = this.test?.parent?.suites[0]?.file;
    await untilEqual(() => ({ of, left: left() }), { of, left: [] }, CLOSING_MS);
  },
};
