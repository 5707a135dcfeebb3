import { shown } from '../../core/json.ts';
import type { SourceContext } from './source.ts';

/**
 * Remembers the last ids of a stream, so many and no more, and notes those that come again.
 *
 * @param repeats who repeats what, as in `X repeated the tweet`
 * @returns takes an id; tells whether it is new
 */
export const newIds = (capacity: number, note: SourceContext['note'], repeats: string): ((id: string) => boolean) => {
  /** A Set iterates in the order of insertion, the oldest first. */
  const ids = new Set<string>();
  return (id) => {
    if (ids.has(id)) {
      note({ kind: 'repeat', message: `${repeats} ${shown(id)}` });
      return false;
    }
    ids.add(id);
    const [oldest] = ids;
    if (oldest !== undefined && ids.size > capacity) ids.delete(oldest);
    return true;
  };
};
