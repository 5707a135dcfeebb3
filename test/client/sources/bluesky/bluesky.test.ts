import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { UsageError } from '../../../../cli/usage-error.ts';
import { type BlueskyOptions, blueskySource } from '../../../../client/sources/bluesky/bluesky.ts';
import { SourceError, type SourceNote } from '../../../../client/sources/source.ts';
import {
  type Connection,
  FakeJetstream,
  type FakeJetstreamOptions,
  type Script,
} from '../../../support/fake-jetstream.ts';
import { account, commit, DID, deletion, FIRST, identity, post } from '../../../support/jetstream.ts';
import { until } from '../../../support/until.ts';

type Message = Uint8Array | object | string;

const posts = (...numbers: number[]): object[] => numbers.map((nth) => post(nth));
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** The number of a post. */
const nthOf = (data: Uint8Array): number => Number(JSON.parse(Buffer.from(data).toString()).commit.rkey.slice(5));

/** A connection that brings these messages and stays open. */
const bringing =
  (...messages: Message[]): Script =>
  async (handshake) => {
    await (await handshake.accept()).send(...messages);
  };

/** A connection that brings these messages and ends. */
const ending =
  (end: (connection: Connection) => void, ...messages: Message[]): Script =>
  async (handshake) => {
    const connection = await handshake.accept();
    await connection.send(...messages);
    end(connection);
  };
const cut = (connection: Connection): void => connection.cut();
const reset = (connection: Connection): void => connection.reset();
const close = (connection: Connection): void => connection.close(1_001, 'going away');

const refusing =
  (status: number, headers = {}): Script =>
  (handshake) =>
    handshake.refuse(status, headers);

const silent: Script = () => {};

/** More often than a slow machine can be taken for a silent server. */
const often = (script: Script): Script[] => range(10).map(() => script);

/** A text frame of a server. https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
const frameOf = (data: Uint8Array): Buffer => {
  const header = Buffer.of(0x81, 126, 0, 0);
  header.writeUInt16BE(data.length, 2);
  return Buffer.concat([header, data]);
};

describe('the source bluesky', () => {
  let jetstream: FakeJetstream;
  let others: FakeJetstream[];
  let notes: SourceNote[];
  let waits: number[];
  let stop: AbortController;
  let now: number;

  const start = async (options?: FakeJetstreamOptions): Promise<FakeJetstream> => {
    const other = await FakeJetstream.start(options);
    others.push(other);
    return other;
  };

  beforeEach(async () => {
    others = [];
    jetstream = await start();
    notes = [];
    waits = [];
    stop = new AbortController();
    now = FIRST / 1_000;
  });

  afterEach('leaves no connection open', async () => {
    const leftOpen = await Promise.all(others.map((other) => other.leftOpen()));
    // A test that failed may still be reading.
    stop.abort();
    await Promise.all(others.map((other) => other.stop()));
    expect(leftOpen).to.deep.equal(others.map(() => 0));
  });

  const source = (options: Partial<BlueskyOptions> = {}) =>
    blueskySource(
      {
        track: [],
        servers: [jetstream.url],
        random: () => 0,
        now: () => now,
        sleep: async (ms) => void waits.push(ms),
        ...options,
      },
      { signal: stop.signal, note: (note) => notes.push(note) },
    );

  /** Reads `count` posts and leaves. */
  const read = async (count: number, options?: Partial<BlueskyOptions>): Promise<Buffer[]> => {
    const found: Buffer[] = [];
    for await (const { data } of source(options)) if (found.push(Buffer.from(data)) === count) break;
    return found;
  };

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
      for await (const event of source()) {
        expect(event).to.deep.equal({ partitionKey: DID, data: Buffer.from(sent), time: FIRST / 1_000 + 1_000 });
        break;
      }
      expect(notes).to.deep.equal([{ kind: 'connected', message: `connected to ${jetstream.host}` }]);
    });

    it('asks for posts alone, for no more than it takes, and begins now', async () => {
      jetstream.script(bringing(post()));
      await read(1);
      expect(Object.fromEntries(jetstream.queries[0]!)).to.deep.equal({
        wantedCollections: 'app.bsky.feed.post',
        maxMessageSizeBytes: '1000000',
      });
    });

    it('reads a server of the user alone, where one is given', async () => {
      jetstream.script(bringing(post()));
      await read(1, { url: `http://${jetstream.host}`, servers: ['ws://127.0.0.1:1'] });
      expect(jetstream.connects).to.equal(1);
    });

    it('gives changed posts, too', async () => {
      const changed = commit({ operation: 'update', rev: '3l3qo2vutsw2c' }, { text: 'better' });
      jetstream.script(bringing(commit(), changed));
      expect((await read(2)).map((data) => JSON.parse(data.toString()))).to.deep.equal([commit(), changed]);
    });

    for (const deflate of [false, true])
      it(`keeps a burst of 2,000 posts intact${deflate ? ', compressed' : ''}`, async () => {
        const sent = range(2_000).map((nth) =>
          JSON.stringify(post(nth, `yolo 🦊👨‍👩‍👧 日本 ${'é'.repeat(nth % 300)}`)),
        );
        const server = await start({ deflate });
        server.script(bringing(...sent));
        const found = await read(2_000, { servers: [server.url] });
        expect(found.map((data) => data.toString())).to.deep.equal(sent);
        expect(told('problem', 'repeat', 'retry')).to.be.empty;
      });

    it('puts a post together that comes in fragments, its characters torn apart', async () => {
      const sent = Buffer.from(JSON.stringify(post(1, '🦊 日本 é')));
      jetstream.script(async (handshake) => {
        const connection = await handshake.accept();
        await connection.sendInFragments(...Array.from(sent, (byte) => Buffer.of(byte)));
        await connection.sendInFragments(sent.subarray(0, 7), Buffer.of(), sent.subarray(7));
        await connection.send(post(2));
      });
      const [first, second] = await read(2);
      expect(first).to.deep.equal(sent);
      expect(nthOf(second!)).to.equal(2);
      expect(told('repeat')).to.have.length(1);
    });

    it('takes frames apart however TCP delivers them', async () => {
      const sent = range(8).map((nth) => Buffer.from(JSON.stringify(post(nth))));
      const bytes = Buffer.concat(sent.map(frameOf));
      const sizes = [1, 2, 1, 1, 300, 3, 997, 1_021];
      jetstream.script(async (handshake) => {
        const connection = await handshake.accept();
        for (let from = 0, i = 0; from < bytes.length; i += 1) {
          const size = sizes[i % sizes.length]!;
          await connection.write(bytes.subarray(from, from + size));
          from += size;
        }
      });
      expect(await read(8)).to.deep.equal(sent);
    });

    it('drops what is no event, and tells', async () => {
      jetstream.script(
        bringing(account(), deletion(), identity(), commit({ collection: 'app.bsky.feed.like' }), post(1)),
      );
      expect(await readNumbers(1)).to.deep.equal([1]);
      expect(told('notice')).to.have.length(4);
      expect(told('problem')).to.be.empty;
    });

    it('drops what is no message, tells, and goes on', async () => {
      const broken = async (connection: Connection) => {
        await new Promise((resolve) => connection.webSocket.send(Buffer.of(0x7b, 0xff), { binary: false }, resolve));
        await connection.send('{"did', '[]', '', {}, post(1));
      };
      jetstream.script(async (handshake) => broken(await handshake.accept()));
      expect(await readNumbers(1)).to.deep.equal([1]);
      expect(told('problem')).to.have.length(5);
      expect(told('problem')[0]).to.equal('Jetstream sent 2 bytes that are no message');
      expect(jetstream.connects).to.equal(1);
    });

    it('drops posts without the words, and says nothing of them', async () => {
      jetstream.script(
        bringing(post(1, 'they said'), post(2, 'AI!'), post(3, '東京都'), post(4, '東京に行く'), post(5, '#ai')),
      );
      expect(await readNumbers(3, { track: ['ai', '東京に'] })).to.deep.equal([2, 4, 5]);
      expect(told('notice', 'problem', 'repeat')).to.be.empty;
    });

    it('refuses a word that cannot be found and a URL that is none of Jetstream at once', () => {
      expect(() => source({ track: [''] })).to.throw(UsageError);
      expect(() => source({ url: 'ftp://127.0.0.1' })).to.throw(UsageError);
      expect(jetstream.connects).to.equal(0);
    });
  });

  describe('being slow', () => {
    for (const deflate of [false, true])
      it(`slows ${deflate ? 'a compressing server' : 'the server'} down, so memory stays flat`, async () => {
        const server = await start({ deflate });
        // Nothing that a compression makes small.
        const large = JSON.stringify(post(0, randomBytes(60_000).toString('base64')));
        const limit = 1_000;
        let sent = 0;
        server.script(async (handshake) => {
          const connection = await handshake.accept();
          for (; sent < limit && connection.isOpen; sent += 1) await connection.send(large);
        });
        let count = 0;
        for await (const _ of source({ servers: [server.url] })) {
          count += 1;
          expect(await settled(() => sent)).to.be.within(1, limit / 4);
          break;
        }
        expect(count).to.equal(1);
      });

    it('takes neither a slow consumer nor a long stream for a silent server', async () => {
      jetstream.script(async (handshake) => {
        const connection = await handshake.accept();
        await connection.send(...posts(1, 2));
        for (let passed = 0; passed < 1_100; passed += 40) {
          await delay(40);
          await connection.send(account());
        }
        await connection.send(post(3));
      });
      const found: number[] = [];
      for await (const { data } of source({ idleMs: 1_000, handshakeMs: 5_000 })) {
        found.push(nthOf(data));
        if (found.length === 1) await delay(1_050);
        if (found.length === 3) break;
      }
      expect(found).to.deep.equal([1, 2, 3]);
      expect(jetstream.connects).to.equal(1);
    });

    for (const [name, end] of [
      ['goodbye', close],
      ['cut', cut],
    ] as const)
      for (const deflate of [false, true])
        it(`gets all that had arrived before the ${name} of a ${deflate ? 'compressed' : 'plain'} connection`, async () => {
          const server = await start({ deflate });
          server.script(ending(end, ...range(60).map((nth) => post(nth, `${nth} ${'é'.repeat(3_000)}`))));
          const found: number[] = [];
          for await (const { data } of source({ servers: [server.url] })) {
            found.push(nthOf(data));
            if (found.length === 60) break;
            if (found.length <= 2) await delay(20);
          }
          expect(found).to.deep.equal(range(60));
        });
  });

  describe('reconnecting', () => {
    const endings: [what: string, end: (connection: Connection) => void, found: RegExp][] = [
      ['says goodbye', close, /closed the connection \(1001: "going away"\); /],
      ['says goodbye without a word', (connection) => connection.close(), /closed the connection; /],
      ['finds the client too slow', (connection) => connection.close(1_008), /closed the connection \(1008\); /],
      ['cuts the connection', cut, /^the connection to .* was lost; /],
      ['resets the connection', reset, /^the connection to .* was lost; /],
      [
        'breaks the protocol',
        (connection) => void connection.write(Buffer.of(0xf1, 0)),
        /was lost \(Invalid WebSocket frame/,
      ],
      [
        'sends more than it was asked for',
        (connection) => void connection.send('x'.repeat(1_000_001)),
        /was lost \(Max payload size exceeded\)/,
      ],
    ];
    for (const [what, end, found] of endings)
      it(`connects again at once where the server ${what}`, async () => {
        jetstream.script(ending(end, ...posts(1)), bringing(...posts(2)));
        expect(await readNumbers(2)).to.deep.equal([1, 2]);
        expect(waits).to.deep.equal([0]);
        expect(told('retry')).to.have.length(1);
        expect(told('retry')[0])
          .to.match(found)
          .and.to.match(/; trying again at once$/);
        expect(told('connected')).to.have.length(2);
      });

    it('does not wait for long for a server that says goodbye, but stays', async () => {
      let stayed: Connection | undefined;
      jetstream.script(async (handshake) => {
        stayed = await handshake.accept();
        await stayed.send(post(1));
        await stayed.closeAndStay();
      });
      jetstream.script(async (handshake) => {
        stayed?.socket.destroy();
        await bringing(post(2))(handshake);
      });
      expect(await readNumbers(2)).to.deep.equal([1, 2]);
      expect(told('retry')).to.deep.equal([`${jetstream.host} closed the connection; trying again at once`]);
    });

    it('resumes five seconds before the newest message, be it a post or not', async () => {
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

    it('gives a post once, though the server repeats it, and tells', async () => {
      jetstream.script(ending(cut, ...posts(1, 2)), bringing(...posts(1, 2, 3)));
      expect(await readNumbers(3)).to.deep.equal([1, 2, 3]);
      expect(told('repeat')).to.deep.equal([
        `Jetstream repeated the post "${DID}/app.bsky.feed.post/3post1/3rev1"`,
        `Jetstream repeated the post "${DID}/app.bsky.feed.post/3post2/3rev2"`,
      ]);
    });

    it('leaves a server that answers no ping, and closes the silent connection before', async () => {
      const dead = await start({ autoPong: false });
      let closed: Promise<void> | undefined;
      dead.script(async (handshake) => {
        closed = handshake.closed;
        await bringing(...posts(1))(handshake);
      });
      jetstream.script(...often(bringing(...posts(2))));
      const found: number[] = [];
      for await (const { data } of source({ servers: [dead.url, jetstream.url], idleMs: 200 })) {
        found.push(nthOf(data));
        if (found.length === 1) continue;
        await closed;
        break;
      }
      expect(found).to.deep.equal([1, 2]);
      expect(dead.pings).to.equal(1);
      expect(told('retry')[0]).to.equal(`${dead.host} sent nothing for 0.2 s, not even a pong; trying again at once`);
    });

    it('stays with a quiet server that answers pings', async () => {
      jetstream.script(async (handshake) => {
        const connection = await handshake.accept();
        await until(() => jetstream.pings === 3);
        await connection.send(post(1));
      });
      expect(await readNumbers(1, { idleMs: 1_000 })).to.deep.equal([1]);
      expect(jetstream.connects).to.equal(1);
    });

    it('gives up a handshake that is never answered', async () => {
      jetstream.script(silent, ...often(bringing(...posts(1))));
      expect(await readNumbers(1, { handshakeMs: 200 })).to.deep.equal([1]);
      expect(told('retry')).to.include(`${jetstream.host} did not answer within 0.2 s; trying again at once`);
    });

    it('waits longer each time a connection does not last, and begins anew after one that did', async () => {
      jetstream.script(...[1, 2, 3, 4].map((nth) => ending(cut, post(nth))), bringing(post(5)));
      for await (const { data } of source({ random: () => 0.5 })) {
        if (nthOf(data) === 3) now += 60_000;
        if (nthOf(data) === 5) break;
      }
      expect(waits).to.deep.equal([0, 1_000, 0, 1_000]);
    });

    it('waits as long as a server asks for that is asked too much, or not well', async () => {
      const date = new Date(Math.floor(now / 1_000) * 1_000 + 90_000).toUTCString();
      jetstream.script(refusing(429, { 'retry-after': '7' }), refusing(503, { 'retry-after': date }), refusing(429));
      jetstream.script(refusing(500), bringing(post(1)));
      now = Math.floor(now / 1_000) * 1_000;
      await read(1);
      expect(waits).to.deep.equal([7_000, 90_000, 5_000, 0]);
      expect(told('retry')[0]).to.equal(`${jetstream.host} answered 429; trying again in 7 s`);
    });

    it('turns to the next server instead of waiting for the first, and resumes there', async () => {
      const second = await start();
      jetstream.script(ending(reset, post(8)), bringing(post(10)));
      second.script(ending(close, post(9)), refusing(503, { 'retry-after': '60' }));
      expect(await readNumbers(3, { servers: [jetstream.url, second.url] })).to.deep.equal([8, 9, 10]);
      expect(second.cursors).to.deep.equal([String(FIRST + 3_000_000)]);
      expect(jetstream.cursors).to.deep.equal([null, String(FIRST + 4_000_000)]);
      expect(waits).to.deep.equal([0, 0]);
    });

    it('leaves out a server that refuses for good, while there is another', async () => {
      const gone = await start();
      gone.script(refusing(404));
      jetstream.script(ending(cut, post(1)), bringing(post(2)));
      expect(await readNumbers(2, { servers: [gone.url, jetstream.url] })).to.deep.equal([1, 2]);
      expect(gone.connects).to.equal(1);
      expect(told('problem')[0]).to.match(/^127\.0\.0\.1:\d+ answered 404; .*; the other servers are asked instead$/);
    });
  });

  describe('ending for good', () => {
    for (const status of [200, 301, 400, 401, 403, 404, 410])
      it(`says what to do about ${status}`, async () => {
        jetstream.script(refusing(status, { location: '/elsewhere', 'retry-after': '1' }));
        const { message } = await failing();
        expect(message).to.match(new RegExp(`^${jetstream.host} answered ${status}; expected .*--url`));
        expect(waits).to.be.empty;
        expect(jetstream.connects).to.equal(1);
      });

    it('gives up a server that it never reaches after ten tries', async () => {
      jetstream.script(...often((handshake) => void handshake.socket.resetAndDestroy()));
      expect((await failing()).message).to.match(
        /^127\.0\.0\.1:\d+ could not be reached \(.+\), the last of 10 tries; expected a connection/,
      );
      expect(jetstream.connects).to.equal(10);
    });

    it('tells nobody what the URL holds', async () => {
      const url = `ws://me:hunter2@${jetstream.host}/subscribe?token=sesame`;
      jetstream.script((handshake) => void handshake.socket.destroy(), refusing(403));
      const error = await failing({ url });
      expect(inspect([notes, error], { depth: 20 })).not.to.match(/hunter2|sesame/);
    });
  });

  describe('being stopped', () => {
    const phases: [phase: string, until: Script][] = [
      ['while it connects', silent],
      [
        'while it reads why the server refuses',
        (handshake) => void handshake.socket.write('HTTP/1.1 503 No\r\ncontent-'),
      ],
      ['while it waits for posts', bringing(account())],
    ];
    for (const [phase, script] of phases)
      it(`ends without an error ${phase}`, async () => {
        jetstream.script(async (handshake) => {
          await script(handshake);
          stop.abort();
        });
        expect(await read(1)).to.be.empty;
        expect(told('retry')).to.be.empty;
        expect(jetstream.connects).to.equal(1);
      });

    it('ends without an error while it waits to reconnect', async () => {
      jetstream.script(refusing(503, { 'retry-after': '600' }));
      const events = blueskySource(
        { track: [], url: jetstream.url },
        { signal: stop.signal, note: ({ kind }) => kind === 'retry' && stop.abort() },
      );
      for await (const _ of events) expect.fail('there are no posts');
      expect(jetstream.connects).to.equal(1);
    });

    it('calls nobody where it is stopped before it begins', async () => {
      stop.abort();
      expect(await read(1)).to.be.empty;
      expect(jetstream.connects).to.equal(0);
    });

    it('gives nothing more in the middle of a flood, and closes the socket though nobody reads', async () => {
      let closed: Promise<void> | undefined;
      jetstream.script(async (handshake) => {
        closed = handshake.closed;
        await bringing(...posts(...range(5_000)))(handshake);
      });
      const found: unknown[] = [];
      for await (const event of source()) {
        found.push(event);
        stop.abort();
        // Before the consumer asks for more.
        await closed;
      }
      expect(found).to.have.length(1);
    });

    it('closes the connection where the consumer leaves while it waits', async () => {
      jetstream.script(bringing(post(1)));
      const events = source()[Symbol.asyncIterator]();
      await events.next();
      const pending = events.next();
      await events.return?.();
      expect(await pending).to.deep.equal({ done: true, value: undefined });
    });

    it('closes the connection where the consumer leaves while it connects', async () => {
      const asked = new Promise<void>((resolve) => jetstream.script(() => resolve()));
      const events = source()[Symbol.asyncIterator]();
      const pending = events.next();
      await asked;
      await events.return?.();
      expect(await pending).to.deep.equal({ done: true, value: undefined });
    });

    it('closes the connection where the consumer throws', async () => {
      jetstream.script(bringing(...posts(...range(100))));
      const failed = new Error('no');
      const consume = async () => {
        for await (const _ of source()) throw failed;
      };
      expect(await consume().catch((caught: unknown) => caught)).to.equal(failed);
    });
  });
});

/** What a number is once it has stopped growing. */
const settled = async (read: () => number): Promise<number> => {
  for (let before = -1; ; ) {
    const after = read();
    if (after === before) return after;
    before = after;
    await delay(100);
  }
};
