import { expect } from 'chai';
import { UsageError } from '../../../../cli/usage-error.ts';
import { PUBLIC_SERVERS, resumingAt, toSubscription } from '../../../../client/sources/bluesky/subscription.ts';

const POSTS = 'wantedCollections=app.bsky.feed.post&maxMessageSizeBytes=1000000';

describe('a subscription to posts', () => {
  const cases: [name: string, server: string, expected: string][] = [
    ['asks for posts only', 'wss://example.org/subscribe', `wss://example.org/subscribe?${POSTS}`],
    ['has the usual path where there is none', 'ws://127.0.0.1:6008', `ws://127.0.0.1:6008/subscribe?${POSTS}`],
    ['may be behind another path', 'wss://example.org/jet', `wss://example.org/jet?${POSTS}`],
    ['may be named as a page', 'http://127.0.0.1:6008#top', `ws://127.0.0.1:6008/subscribe?${POSTS}`],
    ['may be named as a safe page', 'https://example.org', `wss://example.org/subscribe?${POSTS}`],
    [
      'leaves what is asked for already',
      'wss://example.org/?wantedDids=did:plc:a&wantedCollections=app.bsky.*&maxMessageSizeBytes=9',
      'wss://example.org/subscribe?wantedDids=did:plc:a&wantedCollections=app.bsky.*&maxMessageSizeBytes=9',
    ],
  ];
  for (const [name, server, expected] of cases)
    it(name, () => {
      expect(toSubscription(server).href).to.equal(expected);
    });

  it('has four public servers', () => {
    expect(PUBLIC_SERVERS.map(toSubscription)).to.have.length(4);
  });

  it('is refused where its URL is of another scheme, or none, without a word of what the URL holds', () => {
    expect(() => toSubscription('ftp://me:hunter2@example.org'))
      .to.throw(UsageError, /^--url begins with "ftp:"; expected "wss:" or "ws:", as in wss:\/\/jetstream/)
      .with.property('message')
      .that.does.not.include('hunter2');
    expect(() => toSubscription('hunter2')).to.throw(UsageError, /^--url is not a URL; expected/);
  });

  it('is refused where it asks for what needs a dictionary', () => {
    expect(() => toSubscription('wss://example.org?compress=true')).to.throw(UsageError, /leave "compress" out of it$/);
  });

  it('begins now where nothing has come yet, and else five seconds before the newest message', () => {
    const subscription = toSubscription('ws://a?cursor=1');
    expect(resumingAt(subscription, undefined).searchParams.get('cursor')).to.equal('1');
    expect(resumingAt(subscription, 1_795_176_000_000_001).searchParams.get('cursor')).to.equal('1795175995000001');
    expect(resumingAt(subscription, 4).searchParams.get('cursor')).to.equal('0');
    expect(subscription.searchParams.get('cursor')).to.equal('1');
  });
});
