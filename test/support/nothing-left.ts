import type { Context } from 'mocha';
import { untilEqual } from './until.ts';

/** Pipes to the process that asked for the tests, and work that ends by itself. */
const OF_THE_RUN = new Set(['PipeWrap', 'TTYWrap', 'Immediate', 'FSReqCallback', 'FSReqPromise', 'CloseReq']);

/** What would keep this process alive: timers, connections, servers, processes, threads. */
const left = (): string[] => process.getActiveResourcesInfo().filter((kind) => !OF_THE_RUN.has(kind));

/** How long connections may take to close where the machine is busy. Milliseconds. */
const CLOSING_MS = 10_000;

/** Whether a file has left something. It would be found after each file that comes later in this process, too. */
let hasLeft = false;

/** Mocha calls them around all tests of a file. */
export const mochaHooks = {
  async afterAll(this: Context): Promise<void> {
    if (hasLeft) return;
    hasLeft = true;
    const hook = this.test!;
    const of = hook.parent?.suites[0]?.file;
    const look = () => {
      // The timer of this hook would be left, too. Mocha starts it anew after the first look.
      hook.clearTimeout();
      return { of, left: left() };
    };
    await untilEqual(look, { of, left: [] }, CLOSING_MS);
    hasLeft = false;
  },
};
