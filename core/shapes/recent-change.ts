import type { EventData } from '../event-data.ts';
import { InvalidEventError } from '../invalid-event.ts';
import { isObject, isText, type JsonObject, type JsonValue, shown } from '../json.ts';
import { keyText } from '../key-text.ts';
import { fromRfc3339 } from '../timestamp.ts';

/** The name of the stream, which every change of it carries. */
const RECENT_CHANGE = 'mediawiki.recentchange';

/**
 * A change to a wiki, as Wikimedia's EventStreams tell of it.
 * https://schema.wikimedia.org/#!/primary/jsonschema/mediawiki/recentchange
 */
export const isRecentChange = (json: JsonObject): boolean =>
  (typeof json.$schema === 'string' && json.$schema.startsWith('/mediawiki/recentchange/')) ||
  metaOf(json).stream === RECENT_CHANGE;

/** The row of a change. `arrivedAt` (ISO 8601) stands in where the change names no time. */
export const fromRecentChange = (change: JsonObject, arrivedAt: string): EventData => {
  const { id, dt } = metaOf(change);
  return {
    Username: keyText('user', changedBy(change), change.user),
    Id: keyText('meta.id', id),
    Timestamp: present(dt) ? fromRfc3339('meta.dt', dt) : arrivedAt,
    Type: RECENT_CHANGE,
    Message: [text('title', change.title), present(change.comment) ? text('comment', change.comment) : '']
      .filter(isText)
      .join(': '),
  };
};

/** Who made the change. Wikimedia takes the user out of changes to some pages; the wiki stands in. */
export const changedBy = (change: JsonObject): string | undefined => [change.user, metaOf(change).domain].find(isText);

/** What every event of Wikimedia says about itself: its id, its time, its stream, the domain of its wiki. */
export const metaOf = (change: JsonObject): JsonObject => (isObject(change.meta) ? change.meta : {});

const present = (value: JsonValue | undefined): boolean => value !== undefined && value !== null;

const text = (field: string, found: JsonValue | undefined): string => {
  if (typeof found !== 'string')
    throw new InvalidEventError('FieldInvalid', `${field} is ${shown(found)}; expected a text`);
  return found;
};
