import { fieldOf, isPresent, isText } from '../json.ts';
import { fromMicroseconds } from '../timestamp.ts';
import { isJetstream } from './jetstream.ts';
import type { Shape } from './shape.ts';

/** What Jetstream tells besides posts: likes, follows, deletions, news of an account. All of it is data of the account. */
export const blueskyMessage: Shape = {
  name: 'another message of Bluesky (did, kind)',
  matches: isJetstream,
  partitionKey: ({ did }) => (isText(did) ? did : undefined),
  toRow: (json, { arrivedAt, partitionKey, hash }) => {
    const { did, time_us, kind, commit } = json;
    return {
      Username: [did, partitionKey].find(isText) ?? hash(),
      Id: hash(),
      Timestamp: isPresent(time_us) ? fromMicroseconds('time_us', time_us) : arrivedAt,
      // As in `app.bsky.feed.like.create` and `account`.
      Type: [[fieldOf(commit, 'collection'), kind].find(isText), fieldOf(commit, 'operation')].filter(isText).join('.'),
      Data: json,
    };
  },
};
