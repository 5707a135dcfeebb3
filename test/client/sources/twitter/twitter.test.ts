import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { UsageError } from '../../../../cli/usage-error.ts';
import type { SourceNote } from '../../../../client/sources/source.ts';
import { TAG } from '../../../../client/sources/twitter/rules.ts';
import { type TwitterOptions, twitterSource } from '../../../../client/sources/twitter/twitter.ts';
import { XApiError } from '../../../../client/sources/twitter/x-api-error.ts';
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

const NOW = Date.parse('2026-11-20T12:00:00Z');
const RULE = '(yolo OR #yolo) -is:retweet';

const ids = (...numbers: number[]): string[] => numbers.map(String);
const lines = (...numbers: number[]): Buffer[] => numbers.map((id) => line(tweet(id)));

const idOf = (data: Uint8Array): string => JSON.parse(Buffer.from(data).toString()).data.id;

/** A stream that brings these chunks and stays open. */
const bringing =
  (...chunks: (Uint8Array | string)[]): Script =>
  async (answer) => {
    answer.accept();
    await answer.send(...chunks);
  };

/** The same, compressed. */
const packed =
  (...chunks: (Uint8Array | string)[]): Script =>
  async (answer) => {
    answer.accept({ gzip: true });
    await answer.send(...chunks);
  };

/** A stream that brings these chunks and ends. */
const ending =
  (how: 'end' | 'cut' | 'reset', ...chunks: (Uint8Array | string)[]): Script =>
  async (answer) => {
    await bringing(...chunks)(answer);
    answer[how]();
  };

const refusing =
  (status: number, body: object = {}, headers = {}): Script =>
  (answer) =>
    answer.json(status, body, headers);

const silent: Script = () => {};

/** More often than a slow machine can be taken for a silent X. */
const often = (script: Script): Script[] => Array.from({ length: 10 }, () => script);

describe('the source twitter', () => {
  let x: FakeX;
  let notes: SourceNote[];
  let waits: number[];
  let stop: AbortController;
  let now: number;

  beforeEach(async () => {
    x = await FakeX.start();
    notes = [];
    waits = [];
    stop = new AbortController();
    now = NOW;
  });

  afterEach('leaves no connection open and tells no secret', async () => {
    const leftOpen = await x.leftOpen();
    // A test that failed may still be reading.
    stop.abort();
    await x.stop();
    expect(leftOpen).to.equal(0);
    expect(inspect(notes)).not.to.include(BEARER_TOKEN).and.not.to.include(CONSUMER.consumerSecret);
  });

  const source = (options: Partial<TwitterOptions> = {}) =>
    twitterSource(
      {
        credentials: { bearerToken: BEARER_TOKEN },
        track: ['yolo'],
        httpAgent: x.agent(),
        random: () => 0,
        now: () => now,
        sleep: async (ms) => void waits.push(ms),
        ...options,
      },
      { signal: stop.signal, note: (note) => notes.push(note) },
    );

  /** Reads `count` tweets and leaves. */
  const read = async (count: number, options?: Partial<TwitterOptions>): Promise<Buffer[]> => {
    const found: Buffer[] = [];
    for await (const { data } of source(options)) if (found.push(Buffer.from(data)) === count) break;
    return found;
  };

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
      for await (const event of source()) {
        const time = Date.parse('2026-11-20T12:00:00.000Z');
        expect(event).to.deep.equal({ partitionKey: 'zoe', data: Buffer.from(sent), time });
        break;
      }
      expect(notes).to.deep.equal([{ kind: 'connected', message: 'connected to the filtered stream of X' }]);
    });

    for (const gzip of [false, true])
      it(`keeps a burst of 2,000 tweets intact in odd chunks${gzip ? ', compressed' : ''}`, async () => {
        const sent = Array.from({ length: 2_000 }, (_, id) =>
          line(tweet(id, `yolo 🦊👨‍👩‍👧 日本 ${'é'.repeat(id % 50)}`)),
        );
        const bytes = Buffer.concat(sent);
        const sizes = [1, 7, 13, 997, 1_021, 2, 4_093, 65_537];
        x.script('stream', async (answer) => {
          answer.accept({ gzip });
          for (let from = 0, i = 0; from < bytes.length; i += 1) {
            const size = sizes[i % sizes.length]!;
            await answer.send(bytes.subarray(from, from + size));
            from += size;
          }
        });
        const found = await read(2_000);
        expect(Buffer.concat(found.map((data) => Buffer.concat([data, Buffer.from('\r\n')]))).equals(bytes)).to.equal(
          true,
        );
        expect(told('problem', 'repeat', 'retry')).to.be.empty;
      });

    it('takes neither a slow consumer nor a long stream for a silent X', async () => {
      x.script('stream', async (answer) => {
        await bringing(Buffer.concat(lines(1, 2)))(answer);
        for (let passed = 0; passed < 1_100; passed += 40) {
          await delay(40);
          await answer.send(KEEP_ALIVE);
        }
        await answer.send(...lines(3));
      });
      const found: string[] = [];
      for await (const { data } of source({ idleMs: 1_000, handshakeMs: 5_000 })) {
        found.push(idOf(data));
        if (found.length === 1) await delay(1_050);
        if (found.length === 3) break;
      }
      expect(found).to.deep.equal(ids(1, 2, 3));
      expect(x.connects).to.equal(1);
    });

    for (const how of ['end', 'cut'] as const)
      for (const [name, begin, bytes] of [
        ['plain', bringing, 0],
        ['packed', packed, 0],
        // More than the buffers of a body hold, and nothing that gzip makes small.
        ['large packed', packed, 1_500],
      ] as const)
        it(`gives a slow consumer all that had arrived before the ${how} of a ${name} stream`, async () => {
          const sent = Array.from({ length: 60 }, (_, id) => line(tweet(id, randomBytes(bytes).toString('base64'))));
          x.script('stream', async (answer) => {
            await begin(sent[0]!, Buffer.concat(sent.slice(1, 20)), Buffer.concat(sent.slice(20)))(answer);
            answer[how]();
          });
          const found: string[] = [];
          for await (const { data } of source()) {
            found.push(idOf(data));
            if (found.length === 60) break;
            if (found.length <= 2) await delay(20);
          }
          expect(found).to.deep.equal(ids(...sent.keys()));
        });

    it('slows X down where the consumer is slow, so memory stays flat', async () => {
      const chunk = Buffer.concat(Array.from({ length: 200 }, (_, id) => line(tweet(id))));
      const limit = 64 * 1024 * 1024;
      let written = 0;
      x.script('stream', ({ response }) => {
        response.writeHead(200);
        const more = (): void => {
          while (written < limit && !response.destroyed) {
            written += chunk.length;
            if (!response.write(chunk)) return void response.once('drain', more);
          }
        };
        more();
      });
      let count = 0;
      for await (const _ of source()) {
        await delay(5);
        if (++count === 20) break;
      }
      expect(written).to.be.lessThan(limit / 4);
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
      expect(error.status).to.equal(403);
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
      expect(waits).to.deep.equal([5_000, 10_000]);
      expect(told('retry')).to.deep.equal([
        'X answered 503; trying again in 5 s',
        'X answered 500; trying again in 10 s',
      ]);
    });
  });

  describe('setting the rules', () => {
    beforeEach(() => x.script('stream', ...often(bringing(...lines(1)))));

    it('makes them those wanted and tells of those that are not ours', async () => {
      x.rules = [
        { id: '1', value: 'stale', tag: TAG },
        { id: '2', value: 'foreign', tag: 'other' },
        { id: '3', value: '(a OR #a) -is:retweet', tag: TAG },
      ];
      await read(1, { track: ['a', 'b c'] });
      expect(x.rules.map(({ value, tag }) => [value, tag])).to.deep.equal([
        ['foreign', 'other'],
        ['(a OR #a) -is:retweet', TAG],
        ['"b c" -is:retweet', TAG],
      ]);
      expect(told('problem')).to.deep.equal(['the stream also brings what other rules of the app match: "foreign"']);
    });

    it('replaces ours, and ours alone, where the sample changes', async () => {
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

    it('leaves them alone where they fit', async () => {
      x.rules = [{ id: '1', value: RULE, tag: TAG }];
      await read(1);
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
      expect(waits).to.deep.equal([0]);
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
      expect(waits).to.deep.equal([0, 250, 500, 750, 1_000, 1_250, 1_500, 1_750, 2_000]);
      expect(error.message).to.match(
        /^the rules at X failed: X could not be reached \(.+\), the last of 10 tries; expected an answer/,
      );
      expect(error.cause).to.be.instanceOf(Error);
      expect(error.status).to.equal(undefined);
    });

    it('does not wait for ever for an answer', async () => {
      x.script('rules', silent);
      expect(await readIds(1, { handshakeMs: 200 })).to.deep.equal(ids(1));
      expect(told('retry')).to.include('X could not be reached (Request timeout.); trying again at once');
    });

    it('refuses a word that no rule can track before it calls X', () => {
      expect(() => source({ track: ['say "hi"'] })).to.throw(UsageError);
      expect(x.requests).to.be.empty;
    });
  });

  describe('reconnecting', () => {
    const cases: [what: string, script: Script, found: RegExp][] = [
      ['X ends the stream', ending('end', ...lines(1)), /^X closed the connection; /],
      ['the connection is cut', ending('cut', ...lines(1)), /^the connection to X was lost \(aborted\); /],
      [
        'the connection is reset',
        ending('reset', ...lines(1)),
        /^the connection to X was lost \(.*(aborted|ECONNRESET)\); /,
      ],
    ];
    for (const [what, script, found] of cases)
      it(`connects again at once where ${what}`, async () => {
        x.script('stream', script, bringing(...lines(2)));
        expect(await readIds(2)).to.deep.equal(ids(1, 2));
        expect(waits).to.deep.equal([0]);
        expect(told('retry')).to.have.length(1);
        expect(told('retry')[0]).to.match(found);
        expect(told('connected')).to.have.length(2);
      });

    it('connects again at once where X goes silent, and closes the silent connection before', async () => {
      let closed: Promise<unknown> | undefined;
      x.script('stream', async (answer) => {
        closed = once(answer.response, 'close');
        await packed(...lines(1))(answer);
      });
      x.script('stream', ...often(bringing(...lines(2))));
      const found: string[] = [];
      for await (const { data } of source({ idleMs: 200 })) {
        found.push(idOf(data));
        if (found.length === 1) continue;
        await closed;
        break;
      }
      expect(found).to.deep.equal(ids(1, 2));
      expect(told('retry')[0]).to.equal('X sent nothing for 0.2 s; trying again at once');
    });

    it('drops half a tweet at the end, and tells', async () => {
      x.script('stream', ending('end', ...lines(1), line(tweet(2)).subarray(0, 40)), bringing(...lines(2)));
      expect(await readIds(2)).to.deep.equal(ids(1, 2));
      expect(told('problem')).to.deep.equal(['X sent a line of 40 bytes that is no message']);
    });

    it('gives a tweet once, though X repeats it, and tells', async () => {
      x.script('stream', ending('end', ...lines(1, 2)), bringing(...lines(1, 2, 3)));
      expect(await readIds(3)).to.deep.equal(ids(1, 2, 3));
      expect(told('repeat')).to.deep.equal(['X repeated the tweet 1', 'X repeated the tweet 2']);
    });

    it('gives up a connection whose headers never come', async () => {
      x.script('stream', silent, ...often(bringing(...lines(1))));
      expect(await readIds(1, { handshakeMs: 200 })).to.deep.equal(ids(1));
      expect(told('retry')).to.include('X did not answer within 0.2 s; trying again at once');
    });

    it('waits longer each time a connection does not last', async () => {
      x.script('stream', ...[1, 2, 3].map((id) => ending('end', ...lines(id))), bringing(...lines(4)));
      await read(4);
      expect(waits).to.deep.equal([0, 250, 500]);
    });

    it('begins anew after a connection that lasted', async () => {
      x.script('stream', ...[1, 2, 3].map((id) => ending('end', ...lines(id))), bringing(...lines(4)));
      for await (const { data } of source({ healthyMs: 60_000 })) {
        if (idOf(data) === '2') now += 60_000;
        if (idOf(data) === '4') break;
      }
      expect(waits).to.deep.equal([0, 0, 250]);
    });

    it('waits while X is not well, and longer each time', async () => {
      x.script('stream', refusing(503), refusing(502), bringing(...lines(1)));
      await read(1);
      expect(waits).to.deep.equal([5_000, 10_000]);
    });

    it('waits a minute, then two, where X limits the rate without saying until when', async () => {
      const limited = refusing(429, { title: 'Too Many Requests', detail: 'Too Many Requests' });
      x.script('stream', limited, limited, bringing(...lines(1)));
      await read(1);
      expect(waits).to.deep.equal([60_000, 120_000]);
      expect(told('retry')[0]).to.equal('X answered 429 (Too Many Requests); trying again in 60 s');
    });

    it('counts each kind of failure by itself', async () => {
      x.script('stream', refusing(429), ending('end', ...lines(1)), refusing(429), bringing(...lines(2)));
      await read(2);
      expect(waits).to.deep.equal([60_000, 0, 120_000]);
    });

    const rateLimit = (remaining: number) => ({
      'x-rate-limit-limit': '50',
      'x-rate-limit-remaining': String(remaining),
      'x-rate-limit-reset': String(NOW / 1000 + 480),
    });

    it('waits until the rate limit ends where X says when', async () => {
      x.script('stream', refusing(429, {}, rateLimit(0)), bringing(...lines(1)));
      await read(1);
      expect(waits).to.deep.equal([481_000]);
    });

    it('waits a minute for a connection that X still holds, as the rate limit is not used up', async () => {
      const title = 'ConnectionException';
      x.script('stream', refusing(429, { title, connection_issue: 'TooManyConnections' }, rateLimit(49)));
      x.script('stream', bringing(...lines(1)));
      await read(1);
      expect(waits).to.deep.equal([60_000]);
    });

    it('asks seldom while X holds the slot of a connection that was lost', async () => {
      const heldUntil = NOW + 20 * 60_000;
      const title = 'ConnectionException';
      const held: Script = (answer) =>
        now < heldUntil
          ? answer.json(429, { title, connection_issue: 'TooManyConnections' }, rateLimit(40))
          : bringing(...lines(2))(answer);
      x.script('stream', ending('reset', ...lines(1)), ...often(held));
      const sleep = async (ms: number) => {
        waits.push(ms);
        now += ms;
      };
      expect(await readIds(2, { sleep })).to.deep.equal(ids(1, 2));
      expect(waits).to.deep.equal([0, 60_000, 120_000, 240_000, 480_000, 900_000]);
    });

    it('has no more than one connection at a time', async () => {
      let open = 0;
      let most = 0;
      const counting =
        (how: 'end' | 'cut' | 'reset', id: number): Script =>
        async (answer) => {
          most = Math.max(most, ++open);
          answer.response.once('close', () => {
            open -= 1;
          });
          await ending(how, ...lines(id))(answer);
        };
      x.script('stream', counting('end', 1), counting('cut', 2), counting('reset', 3), counting('end', 4));
      expect(await readIds(4)).to.deep.equal(ids(1, 2, 3, 4));
      expect(most).to.equal(1);
    });

    it('waits a minute where X refuses the connection inside of the stream', async () => {
      const refusal = { title: 'ConnectionException', detail: 'Too many.', connection_issue: 'TooManyConnections' };
      x.script('stream', bringing(line(refusal)), bringing(...lines(1)));
      await read(1);
      expect(waits).to.deep.equal([60_000]);
      expect(told('problem')).to.deep.equal(['X sent a message that is no tweet: ConnectionException: Too many.']);
    });

    it('tells of errors between tweets and reads on', async () => {
      const error = { errors: [{ title: 'operational-disconnect', detail: 'X restarts.' }] };
      x.script('stream', ending('end', ...lines(1), line(error), ...lines(2)), bringing(...lines(3)));
      expect(await readIds(3)).to.deep.equal(ids(1, 2, 3));
      expect(told('problem')).to.deep.equal(['X sent a message that is no tweet: operational-disconnect: X restarts.']);
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
          expect(error).to.include({ name: 'XApiError', status }).and.deep.include({ cause: answer });
          expect(error.message).to.match(remedy);
          expect(error.message).to.include(`the ${endpoint} at X failed: X answered ${status} (A Title: A detail.);`);
          expect(inspect(error, { depth: 20, showHidden: true })).not.to.include(BEARER_TOKEN);
          expect(waits).to.be.empty;
        });
  });

  describe('being stopped', () => {
    const phases: [phase: string, endpoint: Endpoint, until: Script][] = [
      ['while it logs in', 'login', silent],
      ['while it sets the rules', 'rules', silent],
      ['while it connects', 'stream', silent],
      ['while it reads', 'stream', bringing(KEEP_ALIVE)],
      ['while it reads a packed stream', 'stream', packed(KEEP_ALIVE)],
      [
        'while it reads why X refuses',
        'stream',
        async (answer) => {
          answer.response.writeHead(503, { 'content-length': 100 });
          await answer.send('{"title":');
        },
      ],
    ];
    for (const [phase, endpoint, until] of phases)
      it(`ends without an error ${phase}`, async () => {
        x.script(endpoint, async (answer) => {
          await until(answer);
          stop.abort();
        });
        expect(await read(1, { credentials: CONSUMER })).to.be.empty;
        expect(told('retry')).to.be.empty;
      });

    it('ends without an error while it waits to reconnect', async () => {
      x.script('stream', refusing(503));
      const events = twitterSource(
        { credentials: { bearerToken: BEARER_TOKEN }, track: ['yolo'], httpAgent: x.agent() },
        { signal: stop.signal, note: ({ kind }) => kind === 'retry' && stop.abort() },
      );
      for await (const _ of events) expect.fail('there are no tweets');
      expect(x.connects).to.equal(1);
    });

    it('calls nobody where it is stopped before it begins', async () => {
      stop.abort();
      expect(await read(1)).to.be.empty;
      expect(x.requests).to.be.empty;
    });

    it('gives nothing more, though more had arrived', async () => {
      x.script('stream', bringing(Buffer.concat(lines(1, 2, 3))));
      const found: unknown[] = [];
      for await (const event of source()) {
        found.push(event);
        stop.abort();
      }
      expect(found).to.have.length(1);
    });

    it('closes the connection where the consumer leaves while it waits', async () => {
      x.script('stream', bringing(...lines(1)));
      const events = source()[Symbol.asyncIterator]();
      await events.next();
      const pending = events.next();
      await events.return?.();
      expect(await pending).to.deep.equal({ done: true, value: undefined });
    });

    it('closes the connection where the consumer throws', async () => {
      x.script('stream', bringing(...lines(1)));
      const failed = new Error('no');
      const consume = async () => {
        for await (const _ of source()) throw failed;
      };
      expect(await consume().catch((caught: unknown) => caught)).to.equal(failed);
    });
  });
});
