/**
 * Follows hashtags and languages. A post of X, Bluesky or Mastodon is a row of its author, and a row of each of its hashtags: one Query
 * for `#lluvia` finds what all networks say about it. Bots, reposts and what is not public are dropped.
 */
import type { EventData } from '../core/event-data.ts';
import { isPublicOriginal, languageOf } from '../core/extractors/posts.ts';
import { hashtagsIn } from '../core/extractors/terms.ts';
import { fieldOf, type JsonObject } from '../core/json.ts';
import type { Processor } from '../core/processor.ts';
import { blueskyMessage } from '../core/shapes/bluesky-message.ts';
import { jetstream } from '../core/shapes/jetstream.ts';
import { mastodonMessage, mastodonStatus, statusIn } from '../core/shapes/mastodon-status.ts';
import type { Shape } from '../core/shapes/shape.ts';
import { tweetV1 } from '../core/shapes/tweet-v1.ts';
import { tweetV2 } from '../core/shapes/tweet-v2.ts';

/** The shape with the name of its network, and with the JSON, since its row has the text only. */
const on = (Type: string, shape: Shape): Shape => ({
  ...shape,
  toRow: (json, context) => ({ ...shape.toRow(json, context), Type, Data: json }),
});

const posts = [on('Mastodon', mastodonStatus), on('Bluesky', jetstream), on('X', tweetV2), on('X', tweetV1)];

const spokenIn = ({ Type, Data }: EventData) => `${Type} ${fieldOf(Data, 'language')}`;

export default {
  shapes: [...posts, on('other', blueskyMessage), on('other', mastodonMessage)],
  process: ({ Data, Message = '', ...row }) => {
    const json = statusIn(Data as JsonObject);
    // What is not a post: a like, a deletion, news of an account.
    if (row.Type === 'other' || !isPublicOriginal(json)) return undefined;
    // A processor sees one event, so a hashtag that an edit takes away keeps its row.
    const [hashtags, language] = [hashtagsIn(Message).slice(0, 10), languageOf(json)];
    // People may call themselves #lluvia. No hashtag begins with @.
    const author = row.Username.replace(/^#/, '@#');
    const post = { ...row, Username: author, Message, Data: { network: row.Type, author, language, hashtags } };
    return [post, ...hashtags.map((Username) => ({ ...post, Username, Type: 'hashtag' }))];
  },
  rollups: [
    { name: 'hashtags', every: 'hour', of: (row) => (row.Type === 'hashtag' ? { group: row.Username } : undefined) },
    { name: 'languages', every: 'hour', of: (row) => (row.Type === 'hashtag' ? undefined : { group: spokenIn(row) }) },
  ],
} satisfies Processor;
