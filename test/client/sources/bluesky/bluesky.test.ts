import { inspect } from 'node:util';
import { expect } from 'chai';
import { UsageError } from '../../../../cli/usage-error.ts';
import { type BlueskyOptions, blueskySource } from '../../../../client/sources/bluesky/bluesky.ts';
import { type Place, SourceError, type SourceNote } from '../../../../client/sources/source.ts';
import { eachOf, firstOf } from '../../../support/batches.ts';
import {
  FakeJetstream,
  type FakeJetstreamOptions,
  type JetstreamAnswer,
  type Script,
} from '../../../support/fake-jetstream.ts';
import { account, commit, DID, FIRST, post } from '../../../support/jetstream.ts';
import { turns } from '../../../support/scripted-server.ts';
import { SourceClock } from '../../../support/source-clock.ts';

const NOW = Math.floor(FIRST / 1_000) + 60_000;

type Message = Uint8Array | object | string;

const posts = (...numbers: number[]): object[] => numbers.map((nth) => post(nth));
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** The number of a post. */
const nthOf = (data: Uint8Array): number => Number(JSON.parse(Buffer.from(data).toString()).commit.rkey.slice(5));

/** A connection that brings these messages and stays open. */
const bringing =
  (...messages: Message[]): Script =>
  async (answer) => {
    await answer.accept();
    await answer.send(...messages);
  };

/** A connection that brings these messages and ends. */
const ending =
  (end: (answer: JetstreamAnswer) => void, ...messages: Message[]): Script =>
  async (answer) => {
    await bringing(...messages)(answer);
    end(answer);
  };
const cut = (answer: JetstreamAnswer): void => answer.cut();

const refusing =
  (status: number, headers = {}): Script =>
  (answer) =>
    answer.refuse(status, headers);

const IDLE_MS = 33_332;

describe('the source bluesky', () => {
  let jetstream: FakeJetstream;
  let others: FakeJetstream[];
  let notes: SourceNote[];
  let passed: Place[];
  let clock: SourceClock;
  let stop: AbortController;

  const start = async (options?: FakeJetstreamOptions): Promise<FakeJetstream> => {
    const other = await FakeJetstream.start(options);
    others.push(other);
    return other;
  };

  beforeEach(async () => {
    others = [];
    jetstream = await start();
    notes = [];
    passed = [];
    clock = new SourceClock(0, IDLE_MS / 2, 15_000);
    stop = new AbortController();
  });

  afterEach('leaves no connection open', async function () {
    // A test that failed may still be reading.
    if (this.currentTest?.isFailed()) stop.abort();
    await Promise.all(others.map((other) => other.allClosed()));
    await Promise.all(others.map((other) => other.stop()));
  });

  const source = (options: Partial<BlueskyOptions> = {}) =>
    blueskySource(
      {
        track: [],
        servers: [jetstream.url],
        idleMs: IDLE_MS,
        ...options,
      },
      {
        signal: stop.signal,
        note: (note) => notes.push(note),
        passed: (place) => passed.push(place),
        clock,
        calendar: { now: () => NOW },
      },
    );

  /** Reads `count` posts and leaves. */
  const read = (count: number, options?: Partial<BlueskyOptions>): Promise<Buffer[]> => firstOf(source(options), count);

  const readNumbers = async (count: number, options?: Partial<BlueskyOptions>): Promise<number[]> =>
    (await read(count, options)).map(nthOf);

  const failing = async (options?: Partial<BlueskyOptions>): Promise<Error> => {
    const error = await read(1, options).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(SourceError);
    return error as Error;
  };

  const told = (...kinds: SourceNote['kind'][]): string[] =>
    notes.filter(({ kind }) => kinds.includes(kind)).map(({ message }) => message);

  describe('delivering', () => {
    it('gives each post as Jetstream sent it, keyed by its account, with its time', async () => {
      const sent = JSON.stringify(post(1), undefined, 1);
      jetstream.script(bringing(sent));
      for await (const event of eachOf(source())) {
        expect(event).to.deep.equal({
          partitionKey: DID,
          data: Buffer.from(sent),
          time: FIRST / 1_000 + 1_000,
          resume: String(FIRST + 1_000_000),
        });
        break;
      }
      expect(notes).to.deep.equal([{ kind: 'connected', message: `connected to ${jetstream.host}` }]);
    });

    it('asks for posts only, for no more than it takes, and begins now', async () => {
      jetstream.script(bringing(post()));
      await read(1);
      expect(Object.fromEntries(jetstream.queries[0]!)).to.deep.equal({
        wantedCollections: 'app.bsky.feed.post',
        maxMessageSizeBytes: '1000000',
      });
    });

    it('reads only the server of the user, where one is given', async () => {
      jetstream.script(bringing(post()));
      await read(1, { url: `http://${jetstream.host}`, servers: ['ws://127.0.0.1:1'] });
      expect(jetstream.connects).to.equal(1);
    });

    it('gives changed posts, too', async () => {
      const changed = commit({ operation: 'update', rev: '3l3qo2vutsw2c' }, { text: 'better' });
      jetstream.script(bringing(commit(), changed));
      expect((await read(2)).map((data) => JSON.parse(data.toString()))).to.deep.equal([commit(), changed]);
    });

    it('joins a post that comes in fragments, its characters split', async () => {
      const sent = Buffer.from(JSON.stringify(post(1, '🦊 日本 é')));
      jetstream.script(async (answer) => {
        await answer.accept();
        await answer.sendInFragments(...Array.from(sent, (byte) => Buffer.of(byte)));
        await answer.sendInFragments(sent.subarray(0, 7), Buffer.of(), sent.subarray(7));
        await answer.send(post(2));
      });
      const [first, second] = await read(2);
      expect(first).to.deep.equal(sent);
      expect(nthOf(second!)).to.equal(2);
      expect(told('repeat')).to.have.length(1);
    });

    it('drops what is not a message, tells, and goes on', async () => {
      jetstream.script(async (answer) => {
        await answer.accept();
        await new Promise((resolve) => answer.webSocket.send(Buffer.of(0x7b, 0xff), { binary: false }, resolve));
        await answer.send('{"did', '[]', '', {}, post(1));
      });
      expect(await readNumbers(1)).to.deep.equal([1]);
      expect(told('unusable')).to.have.length(5);
      expect(told('unusable')[0]).to.equal('Jetstream sent 2 bytes that are not a message');
      expect(jetstream.connects).to.equal(1);
    });

    it('drops posts without the words, and says nothing of them', async () => {
      jetstream.script(
        bringing(post(1, 'they said'), post(2, 'AI!'), post(3, '東京都'), post(4, '東京に行く'), post(5, '#ai')),
      );
      expect(await readNumbers(3, { track: ['ai', '東京に'] })).to.deep.equal([2, 4, 5]);
      expect(told('notice', 'problem', 'repeat')).to.be.empty;
    });

    it('refuses a word that cannot be found and a URL that Jetstream cannot have, at once', () => {
      expect(() => source({ track: [''] })).to.throw(UsageError);
      expect(() => source({ url: 'ftp://127.0.0.1' })).to.throw(UsageError);
      expect(jetstream.connects).to.equal(0);
    });
  });

  describe('reconnecting', () => {
    const endings: [what: string, end: (answer: JetstreamAnswer) => void, found: RegExp][] = [
      ['says why', (answer) => answer.close(1_001, 'going away'), /closed the connection \(1001: "going away"\); /],
      ['does not say why', (answer) => answer.close(), /closed the connection; /],
      ['finds the client too slow', (answer) => answer.close(1_008), /closed the connection \(1008\); /],
      ['cuts the connection', cut, /^the connection to .* was lost; /],
      ['breaks the protocol', (answer) => void answer.write(Buffer.of(0xf1, 0)), /was lost \(Invalid WebSocket frame/],
      [
        'sends more than it was asked for',
        (answer) => void answer.send('x'.repeat(1_000_001)),
        /was lost \(Max payload size exceeded\)/,
      ],
    ];
    for (const [what, end, found] of endings)
      it(`connects again at once where the server ${what}`, async () => {
        jetstream.script(ending(end, ...posts(1)), bringing(...posts(2)));
        expect(await readNumbers(2)).to.deep.equal([1, 2]);
        expect(clock.waits).to.deep.equal([0]);
        expect(told('retry')).to.have.length(1);
        expect(told('retry')[0])
          .to.match(found)
          .and.to.match(/; trying again at once$/);
        expect(told('connected')).to.have.length(2);
      });

    it('does not wait for long for a server that closes the WebSocket, but stays', async () => {
      let stayed: JetstreamAnswer | undefined;
      jetstream.script(async (answer) => {
        stayed = answer;
        await bringing(post(1))(answer);
        await answer.closeAndStay();
      });
      jetstream.script(async (answer) => {
        stayed?.socket.destroy();
        await bringing(post(2))(answer);
      });
      expect(await readNumbers(2)).to.deep.equal([1, 2]);
      expect(told('retry')).to.deep.equal([`${jetstream.host} closed the connection; trying again at once`]);
    });

    it('resumes five seconds before the newest message, a post or not', async () => {
      jetstream.script(ending(cut, post(8), account(9)), ending(cut, post(3)), bringing(post(10)));
      await read(3);
      const resumed = String(FIRST + 4_000_000);
      expect(jetstream.cursors).to.deep.equal([null, resumed, resumed]);
    });

    it('resumes behind posts that nobody tracks, too', async () => {
      jetstream.script(ending(cut, post(9, 'no')), bringing(post(10, 'yes')));
      await read(1, { track: ['yes'] });
      expect(jetstream.cursors).to.deep.equal([null, String(FIRST + 4_000_000)]);
    });

    it('begins where the user wants, once', async () => {
      jetstream.script(ending(cut, post(8)), bringing(post(9)));
      await read(2, { url: `${jetstream.url}?cursor=1795000000000000` });
      expect(jetstream.cursors).to.deep.equal(['1795000000000000', String(FIRST + 3_000_000)]);
    });

    it('goes on where an earlier run ended, and nothing from the future moves it from there', async () => {
      const future = { ...commit({ rkey: 'late' }), time_us: FIRST + 365 * 86_400_000_000 };
      jetstream.script(ending(cut, future), bringing(post(9)));
      await read(2, { from: String(FIRST - 3_600_000_000) });
      const resumed = String(FIRST - 3_605_000_000);
      expect(jetstream.cursors).to.deep.equal([resumed, resumed]);
    });

    it('tells once where the server no longer keeps what an earlier run left', async () => {
      const [minute, hour] = [60_000_000, 3_600_000_000];
      jetstream.script(ending(cut, post(1), post(2)), bringing(post(3)));
      expect(await readNumbers(3, { from: String(FIRST - hour) })).to.deep.equal([1, 2, 3]);
      expect(told('problem')).to.have.length(1);
      expect(told('problem')[0]).to.contain(' from 2026-11-20T11:00:00.000Z to 2026-11-20T12:00:01.000Z; ');
      jetstream.script(bringing(post(4), post(5)));
      await read(2, { from: String(FIRST - minute) });
      expect(told('problem')).to.have.length(1);
    });

    it('says where it is although no post has the words', async () => {
      jetstream.script(bringing(post(1, 'no'), account(2), post(3, 'yes')));
      await read(1, { track: ['yes'] });
      expect(passed).to.deep.equal([String(FIRST + 1_000_000), String(FIRST + 2_000_000)]);
    });

    it('stays with a quiet server that answers pings', async () => {
      jetstream.script((answer) => answer.accept());
      const reading = readNumbers(1);
      for (let pings = 1; pings <= 3; pings += 1) {
        const asked = new Promise<void>((resolve) => {
          jetstream.onPing = resolve;
        });
        await clock.expire(IDLE_MS / 2);
        await asked;
        await turns();
      }
      expect([jetstream.pings, jetstream.connects]).to.deep.equal([3, 1]);
      stop.abort();
      expect(await reading).to.be.empty;
    });

    it('waits as long as a server asks for that is asked too much, or not well', async () => {
      const date = new Date(NOW + 90_000).toUTCString();
      jetstream.script(refusing(429, { 'retry-after': '7' }), refusing(503, { 'retry-after': date }), refusing(429));
      jetstream.script(refusing(500), bringing(post(1)));
      await read(1);
      expect(clock.waits).to.deep.equal([7_000, 90_000, 5_000, 0]);
      expect(told('retry')[0]).to.equal(`${jetstream.host} answered 429; trying again in 7 s`);
    });

    it('turns to the next server instead of waiting for the first, and resumes there', async () => {
      const second = await start();
      jetstream.script(ending(cut, post(8)), bringing(post(10)));
      second.script(ending(cut, post(9)), refusing(503, { 'retry-after': '60' }));
      expect(await readNumbers(3, { servers: [jetstream.url, second.url] })).to.deep.equal([8, 9, 10]);
      expect(second.cursors).to.deep.equal([String(FIRST + 3_000_000)]);
      expect(jetstream.cursors).to.deep.equal([null, String(FIRST + 4_000_000)]);
      expect(clock.waits).to.deep.equal([0, 0]);
    });

    it('passes over a server that refuses, while there is another', async () => {
      const gone = await start();
      gone.script(refusing(404));
      jetstream.script(ending(cut, post(1)), bringing(post(2)));
      expect(await readNumbers(2, { servers: [gone.url, jetstream.url] })).to.deep.equal([1, 2]);
      expect(gone.connects).to.equal(1);
      expect(told('retry')[0]).to.equal(`${gone.host} answered 404; trying again at once`);
    });
  });

  describe('ending for good', () => {
    for (const status of [200, 301, 400, 401, 403, 404, 410])
      it(`says what to do about ${status}`, async () => {
        jetstream.script(refusing(status, { location: '/elsewhere', 'retry-after': '1' }));
        const { message } = await failing();
        expect(message).to.match(new RegExp(`^${jetstream.host} answered ${status}; expected .*--url`));
        expect(clock.waits).to.be.empty;
        expect(jetstream.connects).to.equal(1);
      });

    it('gives up a server that it never reaches after ten tries', async () => {
      jetstream.script(...range(10).map((): Script => (answer) => answer.reset()));
      expect((await failing()).message).to.match(
        /^127\.0\.0\.1:\d+ could not be reached \(.+\), the last of 10 tries; expected a connection/,
      );
      expect(jetstream.connects).to.equal(10);
    });

    it('tells nobody what the URL holds', async () => {
      const url = `ws://me:hunter2@${jetstream.host}/subscribe?token=sesame`;
      jetstream.script((answer) => answer.reset(), refusing(403));
      const error = await failing({ url });
      expect(inspect([notes, error], { depth: 20 })).not.to.match(/hunter2|sesame/);
    });
  });
});
