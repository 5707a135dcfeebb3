import { once } from 'node:events';
import net from 'node:net';
import { inspect } from 'node:util';
import zlib from 'node:zlib';
import { expect } from 'chai';
import { UsageError } from '../../../../cli/usage-error.ts';
import { SourceError, type SourceNote } from '../../../../client/sources/source.ts';
import { MAX_EVENT_BYTES } from '../../../../client/sources/wikimedia/recent-changes.ts';
import { type WikimediaOptions, wikimediaSource } from '../../../../client/sources/wikimedia/wikimedia.ts';
import { eachOf, firstOf } from '../../../support/batches.ts';
import { change, event, events, FakeEventStreams, placeOf, type Script } from '../../../support/fake-event-streams.ts';
import { REFUSED } from '../../../support/refused.ts';
import { bringing, ending } from '../../../support/scripted-server.ts';
import { SourceClock } from '../../../support/source-clock.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');

const ids = (...numbers: number[]): string[] => numbers.map(String);
const idOf = (data: Uint8Array): string => JSON.parse(Buffer.from(data).toString()).meta.id;

const refusing =
  (status: number, headers: Record<string, string> = {}, body: string | Uint8Array = ''): Script =>
  (answer) =>
    answer.refuse(status, headers, body);

describe('the source wikimedia', () => {
  let wikimedia: FakeEventStreams;
  let notes: SourceNote[];
  let clock: SourceClock;
  let stop: AbortController;

  beforeEach(async () => {
    wikimedia = await FakeEventStreams.start();
    notes = [];
    clock = new SourceClock(0, 30_000, 15_000);
    stop = new AbortController();
  });

  afterEach('leaves no connection open', async function () {
    // A test that failed may still be reading.
    if (this.currentTest?.isFailed()) stop.abort();
    await wikimedia.allClosed();
    await wikimedia.stop();
  });

  const source = (options: Partial<WikimediaOptions> = {}) =>
    wikimediaSource(
      { url: wikimedia.url, ...options },
      { signal: stop.signal, note: (note) => notes.push(note), clock, calendar: { now: () => NOW } },
    );

  /** Reads `count` changes and leaves. */
  const read = (count: number, options?: Partial<WikimediaOptions>): Promise<Buffer[]> =>
    firstOf(source(options), count);

  const readIds = async (count: number, options?: Partial<WikimediaOptions>): Promise<string[]> =>
    (await read(count, options)).map(idOf);

  const failing = async (options?: Partial<WikimediaOptions>): Promise<string> => {
    const error = await read(1, options).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(SourceError);
    return (error as SourceError).message;
  };

  const told = (...kinds: SourceNote['kind'][]): string[] =>
    notes.filter(({ kind }) => kinds.includes(kind)).map(({ message }) => message);

  describe('delivering', () => {
    it('gives each change as Wikimedia sent it, keyed by its user, with its time', async () => {
      const sent = JSON.stringify(
        change(1, { comment: 'a &amp; b 🦊 日本 \u2028', n: 12345678901234567890n.toString() }),
      );
      wikimedia.script(bringing(`event: message\nid: x\ndata: ${sent}\n\n`));
      for await (const found of eachOf(source())) {
        expect(found).to.deep.equal({
          partitionKey: 'Zoë 日本 🦊',
          data: Buffer.from(sent),
          time: Date.parse('2026-11-20T12:34:56.789Z'),
          resume: 'x',
        });
        break;
      }
      expect(notes).to.deep.equal([{ kind: 'connected', message: 'connected to the recent changes of Wikimedia' }]);
    });

    it('gives a change without a readable time without one, for the function to judge', async () => {
      for (const dt of ['today', 5, { toString: 'no function' }]) {
        wikimedia.script(bringing(event(change(1, {}, { dt }))));
        for await (const found of eachOf(source())) {
          expect(found).not.to.have.property('time');
          break;
        }
      }
    });

    it('says who it is and what it wants', async () => {
      wikimedia.script(bringing(...events(1)));
      await read(1);
      expect(wikimedia.requests).to.have.length(1);
      const [headers] = wikimedia.requests;
      expect(headers).to.include({ accept: 'text/event-stream', 'accept-encoding': 'identity' });
      expect(headers?.['user-agent']).to.match(/^kinesis-stream-processor\/\d+\.\d+\.\d+ Node\.js\/\d+\.\d+\.\d+$/);
      expect(headers).not.to.have.property('last-event-id');
    });

    it('drops canary events, which are not changes, and tells', async () => {
      const canary = event(change(0, {}, { domain: 'canary' }), placeOf(0));
      wikimedia.script(ending('end', canary), bringing(...events(1)));
      expect(await readIds(1)).to.deep.equal(ids(1));
      expect(told('notice')).to.deep.equal(['Wikimedia sent a canary event']);
      expect(wikimedia.resumed).to.deep.equal([undefined, placeOf(0)]);
    });

    const malformed: [name: string, event: string | Buffer, problem: string][] = [
      [
        'what is not JSON',
        'data: {"$schema":"/media\n\n',
        'Wikimedia sent an event of the type "message" and 18 bytes that is not a recent change',
      ],
      [
        'what is not UTF-8',
        Buffer.concat([Buffer.from('data: {"\xff":1}\n\n', 'latin1')]),
        'Wikimedia sent an event of the type "message" and 7 bytes that is not a recent change',
      ],
      [
        'what is not a change',
        'data: {"meta":{"stream":"mediawiki.page-create"}}\n\n',
        'Wikimedia sent an event of the type "message" and 43 bytes that is not a recent change',
      ],
      [
        'a change without an id',
        'data: {"meta":{"stream":"mediawiki.recentchange"}}\n\n',
        'Wikimedia sent a change of 44 bytes without a meta.id',
      ],
      [
        'an error of the server',
        'event: error\ndata: {"message":"Kafka is \\u001b[31mdown"}\n\n',
        'Wikimedia sent an event of the type "error" and 37 bytes that is not a recent change ("Kafka is \\u001b[31mdown")',
      ],
    ];
    for (const [name, bytes, problem] of malformed)
      it(`drops ${name}, tells, and reads on`, async () => {
        wikimedia.script(bringing(...events(1), bytes, ...events(2)));
        expect(await readIds(2)).to.deep.equal(ids(1, 2));
        expect(told('unusable')).to.deep.equal([problem]);
        expect(wikimedia.requests).to.have.length(1);
      });

    it('drops an event that is too long to hold, tells, and reads on', async () => {
      const long = `data: ${'x'.repeat(MAX_EVENT_BYTES)}`;
      wikimedia.script(bringing(...events(1), long, `${long}\n`, '\n', ...events(2)));
      expect(await readIds(2)).to.deep.equal(ids(1, 2));
      expect(told('unusable')).to.deep.equal(['Wikimedia sent an event of more than 4194304 bytes']);
      expect(wikimedia.requests).to.have.length(1);
    });
  });

  describe('reconnecting', () => {
    it('goes on after an answer that changes the protocol, and has no error', async () => {
      wikimedia.script((answer) => answer.upgrade(), bringing(...events(1)));
      expect(await readIds(1)).to.deep.equal(ids(1));
      expect(told('retry')[0]).to.match(/^Wikimedia closed the connection without an answer; trying again /);
    });

    it('resumes after the last change, and gives those that are repeated once', async () => {
      wikimedia.script(ending('end', ...events(1, 2, 3)), ending('cut', ...events(2, 3, 4)), bringing(...events(4, 5)));
      expect(await readIds(5)).to.deep.equal(ids(1, 2, 3, 4, 5));
      expect(wikimedia.resumed).to.deep.equal([undefined, placeOf(3), placeOf(4)]);
      expect(told('repeat')).to.deep.equal([2, 3, 4].map((id) => `Wikimedia repeated the change "${id}"`));
    });

    it('resumes at the last place there was, where others name none or one that no request can carry', async () => {
      const unfit = [undefined, '\u0001', 'x'.repeat(5_000)].map((id, i) => event(change(i + 2), id));
      wikimedia.script(ending('end', ...events(1), ...unfit), bringing(...events(5)));
      expect(await readIds(5)).to.deep.equal(ids(1, 2, 3, 4, 5));
      expect(wikimedia.resumed).to.deep.equal([undefined, placeOf(1)]);
    });

    it('resumes at a place that is more than ASCII, byte for byte', async () => {
      wikimedia.script(ending('end', event(change(1), 'é🦊')), bringing(...events(2)));
      await read(2);
      expect(wikimedia.resumed.map((id) => id && Buffer.from(id, 'latin1').toString())).to.deep.equal([
        undefined,
        'é🦊',
      ]);
    });

    it('resumes nowhere where Wikimedia takes the place back', async () => {
      wikimedia.script(ending('end', ...events(1), event(change(2), '')), bringing(...events(3)));
      await read(3);
      expect(wikimedia.resumed).to.deep.equal([undefined, undefined]);
    });

    it('drops half a change at the end, which the next connection brings whole', async () => {
      const [half] = events(2);
      wikimedia.script(ending('end', ...events(1), half!.subarray(0, -1)), bringing(...events(2)));
      expect(await readIds(2)).to.deep.equal(ids(1, 2));
      expect(wikimedia.resumed).to.deep.equal([undefined, placeOf(1)]);
      expect(told('unusable', 'repeat')).to.be.empty;
    });

    it('waits at least as long as the stream asked for, from then on', async () => {
      wikimedia.script(ending('end', 'retry: 2500\n', ...events(1)), refusing(503), ending('end', ...events(2)));
      wikimedia.script(refusing(429, { 'retry-after': '7' }), ending('end', 'retry: 9\n\n', ...events(3)));
      wikimedia.script(bringing(...events(4)));
      expect(await readIds(4)).to.deep.equal(ids(1, 2, 3, 4));
      expect(clock.waits).to.deep.equal([2_500, 2_500, 2_500, 7_000, 9]);
      expect(told('retry')[0]).to.equal('Wikimedia closed the connection; trying again in 2.5 s');
    });

    it('waits an hour at most, whatever the stream asks for', async () => {
      wikimedia.script(ending('end', `retry: ${'9'.repeat(400)}\n`, ...events(1)), bringing(...events(2)));
      await read(2);
      expect(clock.waits).to.deep.equal([3_600_000]);
    });

    it('tries again where nobody listens, and gives up after ten tries', async () => {
      expect(await failing({ url: REFUSED })).to.match(
        /^Wikimedia could not be reached \(.*ECONNREFUSED.*\), the last of 10 tries; expected a connection/,
      );
      expect(clock.waits).to.have.length(9);
    });

    it('speaks TLS to a URL of HTTPS', async () => {
      const server = net.createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as net.AddressInfo;
      const reading = read(1, { url: `https://127.0.0.1:${port}/` });
      const [socket]: net.Socket[] = await once(server, 'connection');
      socket!.on('error', () => {});
      const [greeting]: Buffer[] = await once(socket!, 'data');
      stop.abort();
      expect(await reading).to.be.empty;
      server.close();
      await once(server, 'close');
      // The type of a TLS record with a handshake.
      expect(greeting![0]).to.equal(0x16);
    });
  });

  describe('being refused', () => {
    const json = { 'content-type': 'application/problem+json' };
    const problem = (title: string, detail: string): string =>
      JSON.stringify({ type: 'x', title, detail, method: 'get' });

    it('waits some seconds where there are too many connections, and says so', async () => {
      wikimedia.script(refusing(429, json, problem('Too Many', 'Too many from your IP.')), bringing(...events(1)));
      expect(await readIds(1)).to.deep.equal(ids(1));
      expect(clock.waits).to.deep.equal([5_000]);
      expect(told('retry')).to.deep.equal([
        'Wikimedia answered 429 ("Too Many: Too many from your IP."); trying again in 5 s',
      ]);
    });

    it('waits as long as Wikimedia asks for', async () => {
      const date = 'Fri, 20 Nov 2026 12:01:30 GMT';
      wikimedia.script(refusing(429, { 'retry-after': '120' }), refusing(503, { 'retry-after': date }));
      wikimedia.script(bringing(...events(1)));
      expect(await readIds(1)).to.deep.equal(ids(1));
      expect(clock.waits).to.deep.equal([120_000, 90_000]);
    });

    it('keeps its place over a refusal', async () => {
      wikimedia.script(ending('end', ...events(1)), refusing(503), bringing(...events(2)));
      await read(2);
      expect(wikimedia.resumed).to.deep.equal([undefined, placeOf(1), placeOf(1)]);
    });

    it('knows the status of a refusal whose text is cut off or endless', async () => {
      wikimedia.script(
        async (answer) => {
          answer.response.writeHead(503, { 'content-length': 100 });
          await answer.send('{"title":');
          answer.cut();
        },
        ({ response }) => {
          response.writeHead(502);
          const more = (): void => {
            while (!response.destroyed && response.write(Buffer.alloc(65_536)));
          };
          response.on('drain', more);
          more();
        },
        bringing(...events(1)),
      );
      await read(1);
      expect(told('retry').map((found) => found.slice(0, 22))).to.deep.equal([
        'Wikimedia answered 503',
        'Wikimedia answered 502',
      ]);
    });

    const final: [name: string, script: Script, message: string][] = [
      [
        'a client it does not want',
        refusing(403, json, problem('Forbidden', 'Set a user agent.')),
        'Wikimedia answered 403 ("Forbidden: Set a user agent."); expected to be let in: give --contact, and see ' +
          'https://wikitech.wikimedia.org/wiki/Robot_policy for what Wikimedia asks of programs',
      ],
      [
        'a stream that is not there',
        refusing(404, { 'content-type': 'text/html' }, '<h1>Not found</h1>'),
        'Wikimedia answered 404; expected the stream to be there: check --url, or leave it out for that of all changes',
      ],
      [
        'a stream it does not know',
        refusing(400, json, problem('Stream Not Found', 'Invalid streams: x')),
        'Wikimedia answered 400 ("Stream Not Found: Invalid streams: x"); expected the stream to be there: check --url, ' +
          'or leave it out for that of all changes',
      ],
      [
        'a stream that moved',
        refusing(301, { location: 'https://user:secret@other.example/v3/stream?token=secret' }),
        'Wikimedia answered 301; expected the stream, not its new place (https://other.example/v3/stream): give that as --url',
      ],
      [
        'a stream that moved nowhere',
        refusing(302),
        'Wikimedia answered 302; expected the stream, not its new place (which it does not name): give that as --url',
      ],
      [
        'a page in place of a stream',
        refusing(200, { 'content-type': 'text/html' }, '<h1>EventStreams</h1>'),
        'Wikimedia answered 200, with the content type "text/html"; expected 200 with the content type ' +
          '"text/event-stream": check that --url leads to a stream',
      ],
      [
        'an answer without a content type',
        refusing(204),
        'Wikimedia answered 204, with the content type nothing; expected 200 with the content type ' +
          '"text/event-stream": check that --url leads to a stream',
      ],
      [
        'a packed stream that nobody asked for',
        refusing(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' }, zlib.gzipSync(':ok\n\n')),
        'Wikimedia answered 200, with the content type "text/event-stream" in the encoding "gzip"; expected 200 with the ' +
          'content type "text/event-stream": check that --url leads to a stream',
      ],
    ];
    for (const [name, script, message] of final)
      it(`ends and says what to do about ${name}`, async () => {
        wikimedia.script(script);
        expect(await failing()).to.equal(message);
        expect(clock.waits).to.be.empty;
        expect(inspect(notes)).not.to.include('secret');
      });

    it('names the new place of a stream also where it is below the old one, and none where it cannot be read', async () => {
      for (const [location, place] of [
        ['/v3/stream?since=x', `${new URL(wikimedia.url).origin}/v3/stream`],
        ['http://[', 'which it does not name'],
      ] as const) {
        wikimedia.script(refusing(308, { location }));
        expect(await failing()).to.contain(`expected the stream, not its new place (${place}): give that as --url`);
      }
    });

    for (const type of ['text/event-stream', 'Text/Event-Stream ; charset=utf-8'])
      it(`takes ${type} for a stream`, async () => {
        wikimedia.script(async (answer) => {
          answer.accept({ 'content-type': type, 'content-encoding': 'identity' });
          await answer.send(...events(1));
        });
        expect(await readIds(1)).to.deep.equal(ids(1));
      });

    it('refuses a URL that is not one of HTTP before it calls anybody', () => {
      expect(() => source({ url: 'wss://user:secret@stream.example/' })).to.throw(
        UsageError,
        /^--url begins with "wss:"; expected "https:" or "http:", as in https:\/\/stream\.wikimedia\.org\/v2\/stream\/recentchange$/,
      );
    });
  });
});
