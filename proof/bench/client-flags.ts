import { readFileSync } from 'node:fs';

const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  scripts: { client: string };
};

/**
 * The flags with which `npm run client` starts Node. The space for new objects is as large as Node 20 makes it by itself: newer ones
 * let it grow until most of what the client holds is garbage, and are no faster for it.
 */
export const CLIENT_FLAGS: readonly string[] = scripts.client.split(' ').filter((word) => word.startsWith('--'));
