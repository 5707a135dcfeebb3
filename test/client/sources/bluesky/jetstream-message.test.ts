import { expect } from 'chai';
import { parseMessage } from '../../../../client/sources/bluesky/jetstream-message.ts';
import { bytes } from '../../../support/events.ts';
import { account, commit, DID, deletion, FIRST, identity } from '../../../support/jetstream.ts';

describe('a message of Jetstream', () => {
  it('that is a post has an id for its state, its text, its time, and the event with its bytes', () => {
    const data = Buffer.from(JSON.stringify(commit(), undefined, 1));
    const message = parseMessage(data);
    if (message.kind !== 'post') throw new Error(`expected a post, not a ${message.kind}`);
    expect(message.time).to.equal(FIRST);
    expect(message.post).to.include({
      id: `${DID}/app.bsky.feed.post/3l3qo2vuowo2b/3l3qo2vutsw2b`,
      text: 'naïve café 🎉 日本',
    });
    expect(message.post.toEvent()).to.deep.equal({ partitionKey: DID, data, time: FIRST / 1_000 });
  });

  it('does not stay in memory with all that arrived along with it', () => {
    const arrived = Buffer.concat([bytes(commit()), Buffer.alloc(1_000_000)]);
    const message = parseMessage(arrived.subarray(0, arrived.indexOf(0)));
    if (message.kind !== 'post') throw new Error(`expected a post, not a ${message.kind}`);
    expect(message.post.toEvent().data.buffer).not.to.equal(arrived.buffer);
  });

  const dropped: [name: string, value: unknown, kind: string, message: RegExp][] = [
    ['a delete', deletion(), 'notice', /^Jetstream sent a commit with the operation "delete" in the collection "app/],
    ['an account', account(), 'notice', /^Jetstream sent a message of the kind "account"$/],
    ['an identity', identity(), 'notice', /^Jetstream sent a message of the kind "identity"$/],
    ['a like', commit({ collection: 'app.bsky.feed.like' }), 'notice', /collection "app\.bsky\.feed\.like"$/],
    ['of a kind to come', { did: DID, time_us: FIRST, kind: 'sync', sync: {} }, 'notice', /bytes of another kind$/],
    ['a post without a text', commit({}, { text: undefined }), 'notice', /^Jetstream sent a post without a text$/],
    ['no JSON', '{"did', 'problem', /^Jetstream sent 5 bytes that are not a message$/],
    ['no object', '[1]', 'problem', /^Jetstream sent 3 bytes that are not a message$/],
    ['nothing', '', 'problem', /^Jetstream sent 0 bytes that are not a message$/],
    ['another object', { error: 'slow' }, 'problem', /that lacks what each has: did, kind, and an object/],
    ['a commit without a commit', { did: DID, kind: 'commit' }, 'problem', /that lacks what each has/],
    ['a post without a rev', commit({ rev: undefined }), 'problem', /without did, time_us, rkey or rev$/],
    ['a post without an rkey', commit({ rkey: '' }), 'problem', /without did, time_us, rkey or rev$/],
    ['a post without a time', { ...commit(), time_us: 1.5 }, 'problem', /without did, time_us, rkey or rev$/],
  ];
  for (const [name, value, kind, expected] of dropped)
    it(`that is ${name} is a ${kind}`, () => {
      const message = parseMessage(bytes(value));
      if (message.kind === 'post') throw new Error('expected no post');
      expect(message.kind).to.equal(kind);
      expect(message.message).to.match(expected);
    });

  it('that is not UTF-8 is a problem', () => {
    expect(parseMessage(Buffer.of(0x7b, 0xff, 0x7d)).kind).to.equal('problem');
  });
});
