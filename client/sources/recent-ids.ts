import { hash } from 'node:crypto';
import { shown } from '../../core/json.ts';
import type { SourceContext } from './source.ts';

/**
 * Remembers the last ids of a stream, so many and no more, and notes those that come again.
 *
 * @param repeats who repeats what, as in `X repeated the tweet`
 * @returns takes an id; tells whether it is new
 */
export const newIds = (capacity: number, note: SourceContext['note'], repeats: string): ((id: string) => boolean) => {
  /** Their hashes: a server decides how long an id is. A Set iterates in the order of insertion, the oldest first. */
  const seen = new Set<string>();
  return (id) => {
    const digest = hash('sha256', id, 'base64');
    if (seen.has(digest)) {
      note({ kind: 'repeat', message: `${repeats} ${shown(id)}` });
      return false;
    }
    seen.add(digest);
    const [oldest] = seen;
    if (oldest !== undefined && seen.size > capacity) seen.delete(oldest);
    return true;
  };
};
