import { expect } from 'chai';
import { blueskySource } from '../../../client/sources/bluesky/bluesky.ts';
import { isLive } from '../../../client/sources/source-name.ts';
import { SOURCES } from '../../../client/sources/source-settings.ts';
import { twitterSource } from '../../../client/sources/twitter/twitter.ts';
import { wikimediaSource } from '../../../client/sources/wikimedia/wikimedia.ts';
import { change, type EventStreamsAnswer, event, FakeEventStreams, placeOf } from '../../support/fake-event-streams.ts';
import { FakeJetstream, type JetstreamAnswer } from '../../support/fake-jetstream.ts';
import { BEARER_TOKEN, FakeX, line, tweet, type XAnswer } from '../../support/fake-x.ts';
import { account, frameOf, post } from '../../support/jetstream.ts';
import { HANDSHAKE_MS, IDLE_MS, itIsALiveSource, type LiveSource } from './contract.ts';

const timeouts = { idleMs: IDLE_MS, handshakeMs: HANDSHAKE_MS };
const same = (message: Uint8Array): Uint8Array => message;
const jitter = { chance: 0.5, lostWaits: [0, 1_000, 2_000], errorWaits: [500, 1_000, 2_000], maxRefusals: 10 };

const x: LiveSource<FakeX, XAnswer> = {
  name: 'twitter',
  start: FakeX.start,
  script: (fake, ...scripts) => fake.script('stream', ...scripts),
  accept: (answer) => answer.accept(),
  open: (fake, context) =>
    twitterSource(
      { credentials: { bearerToken: BEARER_TOKEN }, track: ['yolo'], ...timeouts },
      { ...context, agent: fake.agent() },
    ),
  data: (nth, text) => JSON.stringify(tweet(nth, text)),
  nthOf: (data) => Number(JSON.parse(data).data.id),
  message: (data) => Buffer.from(`${data}\r\n`),
  bytes: same,
  notice: line({ limit: { track: 5 } }),
  garbage: Buffer.from('{"data":{"id"\r\n'),
  expireIdle: (clock) => clock.expire(IDLE_MS),
  chance: 0,
  lostWaits: [0, 250, 500],
  errorWaits: [5_000, 10_000, 20_000],
  maxRefusals: 5,
};

const wikimedia: LiveSource<FakeEventStreams, EventStreamsAnswer> = {
  name: 'wikimedia',
  start: FakeEventStreams.start,
  script: (fake, ...scripts) => fake.script(...scripts),
  accept: (answer) => answer.accept(),
  open: (fake, context) => wikimediaSource({ url: fake.url, ...timeouts }, context),
  data: (nth, text) => JSON.stringify(change(nth, { comment: text })),
  nthOf: (data) => Number(JSON.parse(data).meta.id),
  message: (data, nth) => Buffer.from(`event: message\nid: ${placeOf(nth)}\ndata: ${data}\n\n`),
  bytes: same,
  notice: event(change(0, {}, { domain: 'canary' })),
  garbage: Buffer.from('data: {"$schema":"/media\n\n'),
  expireIdle: (clock) => clock.expire(IDLE_MS),
  ...jitter,
};

const bluesky: LiveSource<FakeJetstream, JetstreamAnswer> = {
  name: 'bluesky',
  start: () => FakeJetstream.start({ autoPong: false }),
  script: (fake, ...scripts) => fake.script(...scripts),
  accept: (answer) => answer.accept(),
  open: (fake, context) => blueskySource({ track: [], url: fake.url, ...timeouts }, context),
  data: (nth, text) => JSON.stringify(post(nth, text)),
  nthOf: (data) => Number(JSON.parse(data).commit.rkey.slice(5)),
  message: (data) => Buffer.from(data),
  bytes: frameOf,
  notice: Buffer.from(JSON.stringify(account())),
  garbage: Buffer.from('{"did'),
  // Half of the time until it asks by a ping, which this fake does not answer, and half of it after that.
  expireIdle: async (clock) => {
    await clock.expire(IDLE_MS / 2);
    await clock.expire(IDLE_MS / 2);
  },
  ...jitter,
};

describe('the contract of the live sources', () => {
  it('holds every one that has a server', () => {
    const live = SOURCES.filter((source) => source !== 'synthetic' && isLive({ source }));
    expect([x, wikimedia, bluesky].map(({ name }) => name)).to.have.members(live);
  });
});

itIsALiveSource(x);
itIsALiveSource(wikimedia);
itIsALiveSource(bluesky);
itIsALiveSource({
  ...bluesky,
  name: 'bluesky, compressed',
  start: () => FakeJetstream.start({ autoPong: false, deflate: true }),
});
