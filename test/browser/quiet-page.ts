import type { Page } from 'playwright-core';

/** Opens the live page without its stream of events: a test shows it what it wants to see. */
export const openQuiet = async (page: Page, watch: string): Promise<void> => {
  await page.route('**/events', (route) => route.fulfill({ contentType: 'text/event-stream', body: '' }));
  await page.goto(watch);
};
