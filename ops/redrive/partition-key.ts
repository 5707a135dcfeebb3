import { createHash } from 'node:crypto';

/** The key to put a record back with: its own, or, where it came without one, its hash, as core keys what is no event. */
export const partitionKeyOf = (found: unknown, data: Uint8Array): string =>
  typeof found === 'string' && found !== '' ? found : createHash('sha256').update(data).digest('hex');
