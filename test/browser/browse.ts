import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { killAll } from '../support/run.ts';
import { findChromium, launch } from './chromium.ts';
import { type BrowsedStack, startStack } from './local-stack.ts';

interface Browsed {
  stack: BrowsedStack;
  browser: Browser;
  /** A folder that is gone afterwards. */
  folder: string;
}

/**
 * Starts a local stack and a browser for some work, and ends both.
 *
 * @param args what the stack is started with
 * @returns the exit code: 0, or 77 where there is no Chromium, which is neither passed nor failed
 */
export const browse = async (args: readonly string[], work: (browsed: Browsed) => Promise<void>): Promise<number> => {
  const executable = findChromium(process.env);
  if (executable === undefined) {
    console.log('there is no Chromium; install it, or name one with CHROMIUM=/path/of/chromium');
    return 77;
  }
  const folder = await mkdtemp(join(tmpdir(), 'browser-test-'));
  try {
    const stack = await startStack(folder, args);
    const browser = await launch(executable);
    try {
      await work({ stack, browser, folder });
    } finally {
      await browser.close();
    }
    await stack.stop();
  } finally {
    await killAll();
    await rm(folder, { recursive: true });
  }
  return 0;
};
