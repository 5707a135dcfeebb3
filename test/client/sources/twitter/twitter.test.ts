import { inspect } from 'node:util';
import { expect } from 'chai';
import { UsageError } from '../../../../cli/usage-error.ts';
import type { SourceNote } from '../../../../client/sources/source.ts';
import { XApiError } from '../../../../client/sources/twitter/failure.ts';
import { TAG } from '../../../../client/sources/twitter/rules.ts';
import { type TwitterOptions, twitterSource } from '../../../../client/sources/twitter/twitter.ts';
import { eachOf, firstOf } from '../../../support/batches.ts';
import {
  BEARER_TOKEN,
  CONSUMER,
  type Endpoint,
  FakeX,
  KEEP_ALIVE,
  line,
  type Script,
  tweet,
} from '../../../support/fake-x.ts';
import { bringing, ending, turns } from '../../../support/scripted-server.ts';
import { SourceClock } from '../../../support/source-clock.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const RULE = '(yolo OR #yolo) -is:retweet';

const ids = (...numbers: number[]): string[] => numbers.map(String);
const lines = (...numbers: number[]): Buffer[] => numbers.map((id) => line(tweet(id)));

const idOf = (data: Uint8Array): string => JSON.parse(Buffer.from(data).toString()).data.id;

const refusing =
  (status: number, body: object = {}, headers = {}): Script =>
  (answer) =>
    answer.json(status, body, headers);

const HANDSHAKE_MS = 44_444;
const IDLE_MS = 33_332;

describe('the source twitter', () => {
  let x: FakeX;
  let notes: SourceNote[];
  let clock: SourceClock;
  let stop: AbortController;

  beforeEach(async () => {
    x = await FakeX.start();
    notes = [];
    clock = new SourceClock(0, IDLE_MS, HANDSHAKE_MS);
    stop = new AbortController();
  });

  afterEach('leaves no connection open and tells no secret', async function () {
    // A test that failed may still be reading.
    if (this.currentTest?.isFailed()) stop.abort();
    await x.allClosed();
    await x.stop();
    expect(clock.running).to.equal(0);
    expect(inspect(notes)).not.to.include(BEARER_TOKEN).and.not.to.include(CONSUMER.consumerSecret);
  });

  const source = (options: Partial<TwitterOptions> = {}) =>
    twitterSource(
      {
        credentials: { bearerToken: BEARER_TOKEN },
        track: ['yolo'],
        idleMs: IDLE_MS,
        handshakeMs: HANDSHAKE_MS,
        ...options,
      },
      { signal: stop.signal, note: (note) => notes.push(note), clock, calendar: { now: () => NOW }, agent: x.agent() },
    );

  /** Reads `count` tweets and leaves. */
  const read = (count: number, options?: Partial<TwitterOptions>): Promise<Buffer[]> => firstOf(source(options), count);

  const readIds = async (count: number, options?: Partial<TwitterOptions>): Promise<string[]> =>
    (await read(count, options)).map(idOf);

  const failing = async (options?: Partial<TwitterOptions>): Promise<XApiError> => {
    const error = await read(1, options).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(XApiError);
    return error as XApiError;
  };

  const told = (...kinds: SourceNote['kind'][]): string[] =>
    notes.filter(({ kind }) => kinds.includes(kind)).map(({ message }) => message);

  describe('delivering', () => {
    it('gives each tweet as X sent it, keyed by its author', async () => {
      const sent = JSON.stringify(tweet(1, 'yolo &amp; 🦊\r\n日本'));
      x.script('stream', bringing(KEEP_ALIVE, `${sent}\r\n`, KEEP_ALIVE));
      for await (const event of eachOf(source())) {
        const time = Date.parse('2026-11-20T12:00:00.000Z');
        expect(event).to.deep.equal({ partitionKey: '2244994945', data: Buffer.from(sent), time });
        break;
      }
      expect(notes).to.deep.equal([{ kind: 'connected', message: 'connected to the filtered stream of X' }]);
    });
  });

  describe('logging in', () => {
    it('obtains a bearer token with the consumer key and secret', async () => {
      x.script('stream', bringing(...lines(1)));
      expect(await readIds(1, { credentials: CONSUMER })).to.deep.equal(ids(1));
      expect(x.requests).to.deep.equal([
        'POST /oauth2/token',
        'GET /2/tweets/search/stream/rules',
        'POST /2/tweets/search/stream/rules',
        'GET /2/tweets/search/stream',
      ]);
    });

    it('ends with the setting that is wrong, and never with its value', async () => {
      const credentials = { ...CONSUMER, consumerSecret: 'not-the-secret' };
      const error = await failing({ credentials });
      expect(error.message).to.equal(
        'the login at X failed: X answered 403 (Unable to verify your credentials); expected credentials that X accepts: ' +
          'TWITTER_CONSUMER_KEY or TWITTER_CONSUMER_SECRET is wrong or was revoked; copy it again from https://console.x.com',
      );
      for (const secret of [credentials.consumerSecret, credentials.consumerKey, 'Basic '])
        expect(inspect(error, { depth: 20, showHidden: true })).not.to.include(secret);
    });

    it('ends where X gives no token', async () => {
      x.script('login', refusing(200, { token_type: 'bearer' }));
      expect((await failing({ credentials: CONSUMER })).message).to.include('gave no bearer token');
    });

    it('tries again while X is not well', async () => {
      x.script('login', refusing(503), refusing(500));
      x.script('stream', bringing(...lines(1)));
      expect(await readIds(1, { credentials: CONSUMER })).to.deep.equal(ids(1));
      expect(clock.waits).to.deep.equal([5_000, 10_000]);
      expect(told('retry')).to.deep.equal([
        'X answered 503; trying again in 5 s',
        'X answered 500; trying again in 10 s',
      ]);
    });
  });

  describe('setting the rules', () => {
    beforeEach(() => x.script('stream', ...[1, 2, 3].map(() => bringing(...lines(1)))));

    it('makes them those wanted and tells of those that are not ours', async () => {
      x.rules = [
        { id: '1', value: 'stale', tag: TAG },
        { id: '2', value: 'foreign', tag: 'other' },
        { id: '3', value: '(a OR #a) -is:retweet', tag: TAG },
        // X refuses a rule that is there already, whoever made it.
        { id: '4', value: '"d e" -is:retweet', tag: 'other' },
      ];
      await read(1, { track: ['a', 'b c', 'd e'] });
      expect(x.rules.map(({ value, tag }) => [value, tag])).to.deep.equal([
        ['foreign', 'other'],
        ['(a OR #a) -is:retweet', TAG],
        ['"d e" -is:retweet', 'other'],
        ['"b c" -is:retweet', TAG],
      ]);
      expect(told('problem')).to.deep.equal(['the stream also brings what other rules of the app match: "foreign"']);
    });

    it('replaces our own, and no others, where the sample changes', async () => {
      x.rules = [
        { id: '1', value: `${RULE} sample:50`, tag: 'other' },
        { id: '2', value: RULE, tag: TAG },
      ];
      await read(1, { sample: 10 });
      await read(1, { sample: 25 });
      expect(x.rules.map(({ value, tag }) => [value, tag])).to.deep.equal([
        [`${RULE} sample:50`, 'other'],
        [`${RULE} sample:25`, TAG],
      ]);
      await read(1, { sample: 100 });
      expect(x.rules.map(({ value }) => value)).to.deep.equal([`${RULE} sample:50`, RULE]);
    });

    it('changes nothing where they fit, whoever made them', async () => {
      x.rules = [
        { id: '1', value: '(a OR #a) -is:retweet', tag: TAG },
        { id: '2', value: '"b c" -is:retweet', tag: 'other' },
      ];
      await read(1, { track: ['a', 'b c'] });
      expect(x.requests).to.deep.equal(['GET /2/tweets/search/stream/rules', 'GET /2/tweets/search/stream']);
    });

    it('does not mind a rule that somebody made meanwhile', async () => {
      x.script('rules', refusing(200, { meta: { result_count: 0 } }));
      x.rules = [{ id: '1', value: RULE, tag: 'other' }];
      expect(await readIds(1)).to.deep.equal(ids(1));
    });

    it('reads them anew where X failed halfway', async () => {
      x.rules = [{ id: '1', value: 'stale', tag: TAG }];
      const { length } = x.rules;
      x.script('rules', refusing(200, { data: x.rules, meta: { result_count: length } }), (answer) => answer.cut());
      await read(1);
      expect(x.rules.map(({ value }) => value)).to.deep.equal([RULE]);
      expect(clock.waits).to.deep.equal([0]);
    });

    const invalid = {
      title: 'UnprocessableEntity',
      value: RULE,
      details: ['no viable alternative at character 7'],
      type: 'https://api.twitter.com/2/problems/invalid-rules',
    };

    it('ends with the rule that X refuses in a good answer', async () => {
      x.script('rules', refusing(200, { meta: {} }), refusing(200, { meta: {}, errors: [invalid] }));
      expect((await failing()).message).to.equal(
        `X refused "${RULE}" (UnprocessableEntity: no viable alternative at character 7); ` +
          'expected a rule it understands: correct the words to track',
      );
    });

    it('ends with what X says of a rule in a bad answer', async () => {
      x.script('rules', refusing(200, { meta: {} }), refusing(400, { title: 'Invalid Request', errors: [invalid] }));
      expect((await failing()).message).to.match(
        /^the rules at X failed: X answered 400 \(Invalid Request: UnprocessableEntity: no viable alternative at character 7\); expected a request/,
      );
    });

    it('gives up a network that stays down after ten tries', async () => {
      x.script('rules', ...Array.from({ length: 10 }, (): Script => (answer) => answer.reset()));
      const error = await failing();
      expect(clock.waits).to.deep.equal([0, 250, 500, 750, 1_000, 1_250, 1_500, 1_750, 2_000]);
      expect(error.message).to.match(
        /^the rules at X failed: X could not be reached \(.+\), the last of 10 tries; expected an answer/,
      );
      expect(error.cause).to.be.instanceOf(Error);
    });

    it('does not wait for ever for an answer', async () => {
      const asked = new Promise<void>((resolve) => x.script('rules', () => resolve()));
      const reading = readIds(1);
      await asked;
      await clock.expire(HANDSHAKE_MS);
      expect(await reading).to.deep.equal(ids(1));
      expect(told('retry')).to.deep.equal(['X could not be reached (no answer within 44.444 s); trying again at once']);
    });

    it('refuses a word that no rule can track before it calls X', () => {
      expect(() => source({ track: ['say "hi"'] })).to.throw(UsageError);
      expect(x.requests).to.be.empty;
    });
  });

  describe('reconnecting', () => {
    it('drops half a tweet at the end, and tells', async () => {
      x.script('stream', ending('end', ...lines(1), line(tweet(2)).subarray(0, 40)), bringing(...lines(2)));
      expect(await readIds(2)).to.deep.equal(ids(1, 2));
      expect(told('unusable')).to.deep.equal(['X sent a line of 40 bytes that is not a message']);
    });

    it('waits a minute, then two, where X limits the rate without saying until when', async () => {
      const limited = refusing(429, { title: 'Too Many Requests', detail: 'Too Many Requests' });
      x.script('stream', limited, limited, bringing(...lines(1)));
      await read(1);
      expect(clock.waits).to.deep.equal([60_000, 120_000]);
      expect(told('retry')[0]).to.equal('X answered 429 (Too Many Requests); trying again in 60 s');
    });

    const rateLimit = (remaining: number, reset = 480) => ({
      'x-rate-limit-limit': '50',
      'x-rate-limit-remaining': String(remaining),
      'x-rate-limit-reset': String(NOW / 1000 + reset),
    });

    for (const [reset, what, ms] of [
      [480, 'until the rate limit ends', 481_000],
      [-5, 'a minute where the rate limit ended in the past', 60_000],
      [3_600, 'no longer than a window', 900_000],
    ] as const)
      it(`waits ${what} where X names its end`, async () => {
        x.script('stream', refusing(429, {}, rateLimit(0, reset)), bringing(...lines(1)));
        await read(1);
        expect(clock.waits).to.deep.equal([ms]);
      });

    it('waits a minute for a connection that X still holds, as the rate limit is not used up', async () => {
      const title = 'ConnectionException';
      x.script('stream', refusing(429, { title, connection_issue: 'TooManyConnections' }, rateLimit(49)));
      x.script('stream', bringing(...lines(1)));
      await read(1);
      expect(clock.waits).to.deep.equal([60_000]);
    });

    it('waits a minute where X refuses the connection inside of the stream, and closes that first', async () => {
      const refusal = { title: 'ConnectionException', detail: 'Too many.', connection_issue: 'TooManyConnections' };
      // X counts a connection that was not closed, and refuses the next one for it.
      let closed: Promise<void> | undefined;
      x.script('stream', async (answer) => {
        closed = answer.closed;
        await bringing(line(refusal))(answer);
      });
      x.script('stream', async (answer) => {
        await closed;
        await bringing(...lines(1))(answer);
      });
      await read(1);
      expect(clock.waits).to.deep.equal([60_000]);
      expect(told('problem')).to.deep.equal(['X sent a message that is not a tweet: ConnectionException: Too many.']);
    });
  });

  describe('unpacking', () => {
    for (const endpoint of ['login', 'rules', 'stream'] as const)
      it(`is not asked for, and an answer that says it is packed, and is not, is one that failed: for the ${endpoint}`, async () => {
        let asked: string | undefined;
        x.script(endpoint, (answer) => {
          asked = answer.request.headers['accept-encoding'];
          answer.refuse(503, { 'content-encoding': 'gzip', 'content-type': 'application/json' }, '<html>');
        });
        x.script('stream', bringing(...lines(1)));
        expect(await readIds(1, { credentials: CONSUMER })).to.deep.equal(ids(1));
        expect(asked ?? 'identity').to.equal('identity');
        expect(told('retry')).to.deep.equal(['X answered 503; trying again in 5 s']);
      });
  });

  describe('ending for good', () => {
    const cases: [status: number, remedy: RegExp][] = [
      [400, /expected a request that X understands/],
      [401, /TWITTER_BEARER_TOKEN is wrong or was revoked/],
      [402, /expected credits, which are used up/],
      [403, /expected an app with access to the filtered stream/],
      [404, /expected the filtered stream to be there/],
    ];
    for (const [status, remedy] of cases)
      for (const endpoint of ['rules', 'stream'] as const)
        it(`says what to do about ${status} for the ${endpoint}`, async () => {
          const answer = { title: 'A Title', detail: 'A detail.', status };
          x.script(endpoint, refusing(status, answer));
          const error = await failing();
          expect(error).to.include({ name: 'XApiError' }).and.deep.include({ cause: answer });
          expect(error.message).to.match(remedy);
          expect(error.message).to.include(`the ${endpoint} at X failed: X answered ${status} (A Title: A detail.);`);
          expect(inspect(error, { depth: 20, showHidden: true })).not.to.include(BEARER_TOKEN);
          expect(clock.waits).to.be.empty;
        });
  });

  describe('answers with a good status that are not what was asked for', () => {
    const json = 'application/json';
    const noObject: [body: string, type: string, found: string, expected: string][] = [
      ['', json, 'nothing', 'a JSON object'],
      ['null', json, 'null', 'a JSON object'],
      ['[]', json, 'an array', 'a JSON object'],
      ['<html>', 'text/html', 'a text of 6 characters', 'a JSON object'],
    ];
    const noRules: typeof noObject = [
      ['{"data":"a"}', json, 'a text of 1 character', 'a list of rules'],
      ['{"data":[null]}', json, 'an array', 'a list of rules'],
    ];
    const noneMade: typeof noObject = [
      ['{"errors":[null]}', json, 'an array', 'a list of errors'],
      ['{}', json, 'an object', 'the rules that were made'],
    ];
    const noneDeleted: typeof noObject = [
      ['{}', json, 'an object', 'the rules that were deleted'],
      ['{"meta":1}', json, 'an object', 'the rules that were deleted'],
    ];
    const none: Script = (answer) => answer.json(200, {});
    const oneOfBefore: Script = (answer) => answer.json(200, { data: [{ id: '1', value: 'before', tag: TAG }] });
    const cases: [what: string, endpoint: Endpoint, before: Script[], answers: typeof noObject][] = [
      ['the login', 'login', [], noObject],
      ['the list of rules', 'rules', [], [...noObject, ...noRules]],
      ['rules that were to be made', 'rules', [none], [...noObject, ...noneMade]],
      ['rules that were to be deleted', 'rules', [oneOfBefore], [...noObject, ...noneDeleted]],
    ];
    for (const [what, endpoint, before, answers] of cases)
      for (const [body, type, found, expected] of answers)
        it(`end with what was found where ${body || 'nothing'} came for ${what}`, async () => {
          x.script(endpoint, ...before, (answer) => answer.refuse(200, { 'content-type': type }, body));
          expect((await failing({ credentials: CONSUMER })).message).to.equal(
            `the ${endpoint} at X failed: X answered with ${found}; expected ${expected}: check that the answer comes from X itself`,
          );
        });
  });

  describe('being stopped', () => {
    for (const endpoint of ['login', 'rules'] as const)
      it(`ends without an error while it waits for the ${endpoint}`, async () => {
        x.script(endpoint, async () => {
          await turns();
          stop.abort();
        });
        expect(await read(1, { credentials: CONSUMER })).to.be.empty;
        expect(told('retry')).to.be.empty;
      });
  });
});
