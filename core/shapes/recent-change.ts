import { fieldOf, isObject, isPresent, isText, type JsonObject, type JsonValue } from '../json.ts';
import { keyText } from '../key-text.ts';
import { invalid } from '../refuse.ts';
import { fromRfc3339 } from '../timestamp.ts';
import type { Shape } from './shape.ts';

/** The name of the stream, which every change of it carries. */
const RECENT_CHANGE = 'mediawiki.recentchange';

/**
 * A change to a wiki, as Wikimedia's EventStreams tell of it.
 * https://schema.wikimedia.org/#!/primary/jsonschema/mediawiki/recentchange
 */
export const recentChange: Shape = {
  name: 'a recent change of Wikimedia (meta.stream)',
  takesTextsOnly: true,
  matches: (json) =>
    (typeof json.$schema === 'string' && json.$schema.startsWith('/mediawiki/recentchange/')) ||
    fieldOf(json.meta, 'stream') === RECENT_CHANGE,
  partitionKey: (json) => [changedBy(json), metaOf(json).id].find(isText),
  toRow: (json, { arrivedAt }) => {
    const { id, dt } = metaOf(json);
    return {
      Username: keyText('user', changedBy(json), json.user),
      Id: keyText('meta.id', id),
      Timestamp: isPresent(dt) ? fromRfc3339('meta.dt', dt) : arrivedAt,
      Type: RECENT_CHANGE,
      Message: [text('title', json.title), isPresent(json.comment) ? text('comment', json.comment) : '']
        .filter(isText)
        .join(': '),
    };
  },
};

/** What every event of Wikimedia says about itself: its id, its time, its stream, the domain of its wiki. */
export const metaOf = (json: JsonObject): JsonObject => (isObject(json.meta) ? json.meta : {});

/** Who made the change. Wikimedia takes the user out of changes to some pages; the wiki stands in. */
const changedBy = (json: JsonObject): string | undefined => [json.user, metaOf(json).domain].find(isText);

const text = (field: string, found: JsonValue | undefined): string =>
  typeof found === 'string' ? found : invalid(field, found, 'a text');
