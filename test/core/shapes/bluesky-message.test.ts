import { hash } from 'node:crypto';
import { expect } from 'chai';
import { decode, decodeEvent, rejected } from '../../support/decode.ts';
import { bytes } from '../../support/events.ts';
import { account, commit, DID, deletion, identity } from '../../support/jetstream.ts';

const like = commit({ collection: 'app.bsky.feed.like' }, { $type: 'app.bsky.feed.like', text: undefined });

describe('a message of Bluesky that is not a post', () => {
  const messages: [type: string, message: object][] = [
    ['app.bsky.feed.like.create', like],
    ['app.bsky.feed.post.delete', deletion()],
    ['account', account()],
    ['identity', identity()],
    ['commit', { ...commit(), commit: {} }],
    ['commit.create', commit({ collection: 7 })],
  ];
  for (const [type, message] of messages)
    it(`becomes a row of its account with the type ${type}, and with all of it`, () => {
      expect(decode(message)).to.deep.equal({
        Username: DID,
        Id: hash('sha256', bytes(message)),
        Timestamp: '2026-11-20T12:00:00.000Z',
        Type: type,
        Data: JSON.parse(JSON.stringify(message)),
      });
    });

  it('is never the row of a post, nor of another message', () => {
    const ids = [...messages.map(([, message]) => message), commit()].map((message) => decode(message).Id);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it('is a row of its record, and of the time of its arrival, where it names neither an account nor a time', () => {
    const at = new Date('2026-11-21T00:00:00.000Z');
    const message = bytes({ ...like, did: null, time_us: undefined });
    const rowOf = (partitionKey: string) => decodeEvent(message, { at, partitionKey });
    expect(rowOf('k')).to.include({ Username: 'k', Timestamp: '2026-11-21T00:00:00.000Z' });
    expect(rowOf('').Username).to.equal(hash('sha256', message));
  });

  it('keeps numbers that a double cannot give back', () => {
    const text = JSON.stringify(like).replace('"$type"', '"big":12345678901234567890,"$type"');
    expect(JSON.stringify(decode(text))).to.include('12345678901234567890');
  });

  it('is rejected with what is not a time', () => {
    expect(rejected({ ...like, time_us: 'now' })).to.include({ reason: 'FieldInvalid' });
  });
});
