/**
 * Follows hashtags and languages: a post of X, Bluesky or Mastodon is a row of its author and a row of each of its hashtags, so that
 * one Query for `#lluvia` finds what all networks say about it. Bots, reposts and what is not public are dropped.
 */
import type { EventData } from '../core/event-data.ts';
import { fieldOf, isObject, isText, type JsonObject } from '../core/json.ts';
import { keyText } from '../core/key-text.ts';
import type { Processor } from '../core/processor.ts';
import { isJetstream, isPost, jetstream } from '../core/shapes/jetstream.ts';
import type { Shape } from '../core/shapes/shape.ts';
import { tweetV1 } from '../core/shapes/tweet-v1.ts';
import { tweetV2 } from '../core/shapes/tweet-v2.ts';
import { fromRfc3339 } from '../core/timestamp.ts';

/** A status of Mastodon, whose text is HTML. https://docs.joinmastodon.org/entities/Status/ */
const status: Shape = {
  name: 'a status of Mastodon (uri, account, content)',
  matches: ({ uri, account, content }) => isText(uri) && isObject(account) && typeof content === 'string',
  partitionKey: ({ account }) => [fieldOf(account, 'acct')].find(isText),
  toRow: ({ uri, account, created_at, content }) => {
    const Username = keyText('account.acct', fieldOf(account, 'acct'));
    const Timestamp = fromRfc3339('created_at', created_at);
    const text = `${content}`.replace(/<br ?\/?>|<\/p><p>/g, '\n').replace(/<[^<>]*>/g, '');
    const Message = text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: keyof typeof ENTITIES) => ENTITIES[name]);
    return { Username, Id: keyText('uri', uri), Timestamp, Type: 'status', Message };
  },
};
const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** The shape with the name of its network, and with the JSON, since its row has the text only. */
const on = (Type: string, shape: Shape): Shape => ({
  ...shape,
  toRow: (json, context) =>
    isJetstream(json) && !isPost(json) // A like, a deletion, news of an account.
      ? { Username: Type, Id: context.hash(), Timestamp: context.arrivedAt, Type: 'other' }
      : { ...shape.toRow(json, context), Type, Data: json },
});

/** Whether a bot said it, or somebody else before, or not to everyone. */
const isLeftOut = ({ account, visibility = 'public', retweeted_status, reblog, data, referenced_tweets }: JsonObject) =>
  fieldOf(account, 'bot') === true ||
  visibility !== 'public' ||
  isObject(retweeted_status ?? reblog) ||
  [fieldOf(data, 'referenced_tweets'), referenced_tweets].flat().some((one) => fieldOf(one, 'type') === 'retweeted');

/** `pt` of pt-BR, `und` where nobody knows. X has old codes, and private ones such as qht for posts without words. */
const languageOf = ({ commit, data, lang, language }: JsonObject): string => {
  const tag = [fieldOf(data, 'lang'), lang, language, fieldOf(fieldOf(commit, 'record'), 'langs')].flat().find(isText);
  const code = /^(?!q[a-t][a-z])[a-z]{2,3}(?![a-z])/i.exec(tag ?? '')?.[0].toLowerCase() ?? 'und';
  return { iw: 'he', in: 'id' }[code] ?? code;
};

/** One rule for all networks, since some do not list the hashtags of a post. Lower case makes two characters of İ. */
const hashtagsOf = (text: string): string[] => {
  const tags = text.normalize('NFC').toLowerCase().replaceAll('i\u0307', 'i').matchAll(HASHTAG);
  return [...new Set([...tags].map(([, tag]) => `#${tag}`))].slice(0, 10);
};
const HASHTAG = /(?<![\p{L}\p{M}\p{N}_&/])[#＃](?=[\p{N}_]*\p{L})([\p{L}\p{M}\p{N}_\u200c]{1,100})/gu;

const spokenIn = ({ Type, Data }: EventData) => `${Type} ${fieldOf(Data as JsonObject, 'language')}`;

export default {
  shapes: [on('Mastodon', status), on('Bluesky', jetstream), on('X', tweetV2), on('X', tweetV1)],
  process: ({ Data, Message = '', ...row }) => {
    const json = Data as JsonObject;
    if (row.Type === 'other' || isLeftOut(json)) return undefined;
    // A processor sees one event, so a hashtag that an edit takes away keeps its row.
    const [hashtags, language] = [hashtagsOf(Message), languageOf(json)];
    const post = { ...row, Message, Data: { network: row.Type, author: row.Username, language, hashtags } };
    return [post, ...hashtags.map((Username) => ({ ...post, Username, Type: 'hashtag' }))];
  },
  rollups: [
    { name: 'hashtags', every: 'hour', of: (row) => (row.Type === 'hashtag' ? { group: row.Username } : undefined) },
    { name: 'languages', every: 'hour', of: (row) => (row.Type === 'hashtag' ? undefined : { group: spokenIn(row) }) },
  ],
} satisfies Processor;
