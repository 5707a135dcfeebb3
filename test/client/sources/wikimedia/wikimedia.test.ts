import { getEventListeners, once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import zlib from 'node:zlib';
import { expect } from 'chai';
import { UsageError } from '../../../../cli/usage-error.ts';
import { SourceError, type SourceNote } from '../../../../client/sources/source.ts';
import { MAX_EVENT_BYTES } from '../../../../client/sources/wikimedia/recent-changes.ts';
import { type WikimediaOptions, wikimediaSource } from '../../../../client/sources/wikimedia/wikimedia.ts';
import { change, event, events, FakeEventStreams, placeOf, type Script } from '../../../support/fake-event-streams.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');

const ids = (...numbers: number[]): string[] => numbers.map(String);
const idOf = (data: Uint8Array): string => JSON.parse(Buffer.from(data).toString()).meta.id;

/** A stream that brings these chunks and stays open. */
const bringing =
  (...chunks: (Uint8Array | string)[]): Script =>
  async (answer) => {
    answer.accept();
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
  (status: number, headers: Record<string, string> = {}, body: string | Uint8Array = ''): Script =>
  (answer) =>
    answer.refuse(status, headers, body);

const silent: Script = () => {};

/** More often than a slow machine can be taken for a silent server. */
const often = (script: Script): Script[] => Array.from({ length: 10 }, () => script);

describe('the source wikimedia', () => {
  let wikimedia: FakeEventStreams;
  let notes: SourceNote[];
  let waits: number[];
  let stop: AbortController;
  let now: number;

  beforeEach(async () => {
    wikimedia = await FakeEventStreams.start();
    notes = [];
    waits = [];
    stop = new AbortController();
    now = NOW;
  });

  afterEach('leaves no connection open', async () => {
    const leftOpen = await wikimedia.leftOpen();
    // A test that failed may still be reading.
    stop.abort();
    await wikimedia.stop();
    expect(leftOpen).to.equal(0);
  });

  const source = (options: Partial<WikimediaOptions> = {}) =>
    wikimediaSource(
      {
        url: wikimedia.url,
        random: () => 0,
        now: () => now,
        sleep: async (ms) => void waits.push(ms),
        ...options,
      },
      { signal: stop.signal, note: (note) => notes.push(note) },
    );

  /** Reads `count` changes and leaves. */
  const read = async (count: number, options?: Partial<WikimediaOptions>): Promise<Buffer[]> => {
    const found: Buffer[] = [];
    for await (const { data } of source(options)) if (found.push(Buffer.from(data)) === count) break;
    return found;
  };

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
      for await (const found of source()) {
        expect(found).to.deep.equal({
          partitionKey: 'Zoë 日本 🦊',
          data: Buffer.from(sent),
          time: Date.parse('2026-11-20T12:34:56.789Z'),
        });
        break;
      }
      expect(notes).to.deep.equal([{ kind: 'connected', message: 'connected to the recent changes of Wikimedia' }]);
    });

    it('gives a change without a readable time without one, for the function to judge', async () => {
      wikimedia.script(bringing(event(change(1, {}, { dt: 'today' }))));
      for await (const found of source()) {
        expect(found).not.to.have.property('time');
        break;
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

    it('keeps a change whole, whatever the chunks its characters come in', async () => {
      const sent = event(change('🦊', { user: 'é 日本 👨‍👩‍👧' }));
      const pieces = Array.from({ length: Math.ceil(sent.length / 5) }, (_, i) => sent.subarray(5 * i, 5 * i + 5));
      wikimedia.script(bringing(...pieces));
      const [data] = await read(1);
      expect(String(data)).to.equal(JSON.stringify(change('🦊', { user: 'é 日本 👨‍👩‍👧' })));
    });

    it('keeps a burst of 2,000 changes intact in odd chunks', async () => {
      const sent = Array.from({ length: 2_000 }, (_, id) => change(id, { comment: `日本 ${'é'.repeat(id % 50)}` }));
      const bytes = Buffer.concat(sent.map((message) => event(message)));
      const sizes = [1, 7, 13, 997, 1_021, 2, 4_093, 65_537];
      wikimedia.script(async (answer) => {
        answer.accept();
        for (let from = 0, i = 0; from < bytes.length; i += 1) {
          const size = sizes[i % sizes.length]!;
          await answer.send(bytes.subarray(from, from + size));
          from += size;
        }
      });
      const found = await read(2_000);
      expect(found.map(String)).to.deep.equal(sent.map((message) => JSON.stringify(message)));
      expect(told('problem', 'repeat', 'retry')).to.be.empty;
    });

    it('takes neither a slow consumer nor a long stream of comments for a silent server', async () => {
      wikimedia.script(async (answer) => {
        await bringing(Buffer.concat(events(1, 2)))(answer);
        for (let passed = 0; passed < 1_100; passed += 40) {
          await delay(40);
          await answer.send(':\n\n');
        }
        await answer.send(...events(3));
      });
      const found: string[] = [];
      for await (const { data } of source({ idleMs: 1_000, handshakeMs: 5_000 })) {
        found.push(idOf(data));
        if (found.length === 1) await delay(1_050);
        if (found.length === 3) break;
      }
      expect(found).to.deep.equal(ids(1, 2, 3));
      expect(wikimedia.requests).to.have.length(1);
    });

    for (const how of ['end', 'cut'] as const)
      it(`gives a slow consumer all that had arrived before the ${how} of a stream`, async () => {
        const sent = events(...Array(60).keys());
        wikimedia.script(async (answer) => {
          await bringing(sent[0]!, Buffer.concat(sent.slice(1, 20)), Buffer.concat(sent.slice(20)))(answer);
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

    it('slows Wikimedia down where the consumer is slow, so memory stays flat', async () => {
      const limit = 64 * 1024 * 1024;
      let written = 0;
      let next = 0;
      wikimedia.script((answer) => {
        answer.accept();
        const { response } = answer;
        const more = (): void => {
          while (written < limit && !response.destroyed) {
            const chunk = Buffer.concat(events(...Array.from({ length: 200 }, () => next++)));
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

    it('drops canary events, which are no changes, and tells', async () => {
      const canary = event(change(0, {}, { domain: 'canary' }), placeOf(0));
      wikimedia.script(ending('end', canary), bringing(...events(1)));
      expect(await readIds(1)).to.deep.equal(ids(1));
      expect(told('notice')).to.deep.equal(['Wikimedia sent a canary event']);
      expect(wikimedia.resumed).to.deep.equal([undefined, placeOf(0)]);
    });

    const malformed: [name: string, event: string | Buffer, problem: string][] = [
      [
        'what is no JSON',
        'data: {"$schema":"/media\n\n',
        'Wikimedia sent an event of the type "message" and 18 bytes that is no recent change',
      ],
      [
        'what is no UTF-8',
        Buffer.concat([Buffer.from('data: {"\xff":1}\n\n', 'latin1')]),
        'Wikimedia sent an event of the type "message" and 7 bytes that is no recent change',
      ],
      [
        'what is no change',
        'data: {"meta":{"stream":"mediawiki.page-create"}}\n\n',
        'Wikimedia sent an event of the type "message" and 43 bytes that is no recent change',
      ],
      [
        'a change without an id',
        'data: {"meta":{"stream":"mediawiki.recentchange"}}\n\n',
        'Wikimedia sent a change of 44 bytes without a meta.id',
      ],
      [
        'an error of the server',
        'event: error\ndata: {"message":"Kafka is \\u001b[31mdown"}\n\n',
        'Wikimedia sent an event of the type "error" and 37 bytes that is no recent change ("Kafka is \\u001b[31mdown")',
      ],
    ];
    for (const [name, bytes, problem] of malformed)
      it(`drops ${name}, tells, and reads on`, async () => {
        wikimedia.script(bringing(...events(1), bytes, ...events(2)));
        expect(await readIds(2)).to.deep.equal(ids(1, 2));
        expect(told('problem')).to.deep.equal([problem]);
        expect(wikimedia.requests).to.have.length(1);
      });

    it('drops an event that is too long to hold, tells, and reads on', async () => {
      const long = `data: ${'x'.repeat(MAX_EVENT_BYTES)}`;
      wikimedia.script(bringing(...events(1), long, `${long}\n`, '\n', ...events(2)));
      expect(await readIds(2)).to.deep.equal(ids(1, 2));
      expect(told('problem')).to.deep.equal(['Wikimedia sent an event of more than 4194304 bytes']);
      expect(wikimedia.requests).to.have.length(1);
    });
  });

  describe('reconnecting', () => {
    const cases: [what: string, script: Script, found: RegExp][] = [
      ['Wikimedia ends the stream', ending('end', ...events(1)), /^Wikimedia closed the connection; /],
      [
        'the connection is cut',
        ending('cut', ...events(1)),
        /^the connection to Wikimedia was lost \(.*(aborted|ECONNRESET)\); /,
      ],
      [
        'the connection is reset',
        ending('reset', ...events(1)),
        /^the connection to Wikimedia was lost \(.*(aborted|ECONNRESET)\); /,
      ],
    ];
    for (const [what, script, found] of cases)
      it(`resumes at once where ${what}`, async () => {
        wikimedia.script(script, bringing(...events(2)));
        expect(await readIds(2)).to.deep.equal(ids(1, 2));
        expect(waits).to.deep.equal([0]);
        expect(told('retry')).to.have.length(1);
        expect(told('retry')[0])
          .to.match(found)
          .and.match(/trying again at once$/);
        expect(told('connected')).to.have.length(2);
        expect(wikimedia.resumed).to.deep.equal([undefined, placeOf(1)]);
      });

    it('resumes at once where Wikimedia goes silent, and closes the silent connection before', async () => {
      let closed: Promise<unknown> | undefined;
      wikimedia.script(async (answer) => {
        closed = once(answer.response, 'close');
        await bringing(...events(1))(answer);
      });
      wikimedia.script(...often(bringing(...events(2))));
      const found: string[] = [];
      for await (const { data } of source({ idleMs: 200 })) {
        found.push(idOf(data));
        if (found.length === 1) continue;
        await closed;
        break;
      }
      expect(found).to.deep.equal(ids(1, 2));
      expect(told('retry')[0]).to.equal('Wikimedia sent nothing for 0.2 s; trying again at once');
    });

    it('resumes behind the last change, and gives those that are repeated once', async () => {
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
      expect(told('problem', 'repeat')).to.be.empty;
    });

    it('waits at least as long as the stream asked for, from then on', async () => {
      wikimedia.script(ending('end', 'retry: 2500\n', ...events(1)), refusing(503), ending('end', ...events(2)));
      wikimedia.script(refusing(429, { 'retry-after': '7' }), ending('end', 'retry: 9\n\n', ...events(3)));
      wikimedia.script(bringing(...events(4)));
      expect(await readIds(4)).to.deep.equal(ids(1, 2, 3, 4));
      expect(waits).to.deep.equal([2_500, 2_500, 2_500, 7_000, 9]);
      expect(told('retry')[0]).to.equal('Wikimedia closed the connection; trying again in 2.5 s');
    });

    it('waits an hour at most, whatever the stream asks for', async () => {
      wikimedia.script(ending('end', `retry: ${'9'.repeat(400)}\n`, ...events(1)), bringing(...events(2)));
      await read(2);
      expect(waits).to.deep.equal([3_600_000]);
    });

    it('gives up a connection whose headers never come', async () => {
      wikimedia.script(silent, ...often(bringing(...events(1))));
      expect(await readIds(1, { handshakeMs: 200 })).to.deep.equal(ids(1));
      expect(told('retry')[0]).to.match(/^Wikimedia did not answer within 0.2 s; trying again/);
    });

    it('waits longer each time a connection does not last', async () => {
      wikimedia.script(...[1, 2, 3].map((id) => ending('end', ...events(id))), bringing(...events(4)));
      await read(4, { random: () => 0.5 });
      expect(waits).to.deep.equal([0, 1_000, 2_000]);
    });

    it('begins anew after a connection that lasted', async () => {
      wikimedia.script(...[1, 2, 3].map((id) => ending('end', ...events(id))), bringing(...events(4)));
      for await (const { data } of source({ healthyMs: 60_000, random: () => 0.5 })) {
        if (idOf(data) === '2') now += 60_000;
        if (idOf(data) === '4') break;
      }
      expect(waits).to.deep.equal([0, 0, 1_000]);
    });

    it('tries again where nobody listens, and gives up after ten tries', async () => {
      const server = net.createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as net.AddressInfo;
      server.close();
      await once(server, 'close');
      expect(await failing({ url: `http://127.0.0.1:${port}/` })).to.match(
        /^Wikimedia could not be reached \(.*ECONNREFUSED.*\), the last of 10 tries; expected a connection/,
      );
      expect(waits).to.have.length(9);
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
      expect(waits).to.deep.equal([5_000]);
      expect(told('retry')).to.deep.equal([
        'Wikimedia answered 429 ("Too Many: Too many from your IP."); trying again in 5 s',
      ]);
    });

    const asked: [status: number, header: string, ms: number][] = [
      [429, '120', 120_000],
      [429, '0', 0],
      [429, 'Fri, 20 Nov 2026 12:01:30 GMT', 90_000],
      [503, '30', 30_000],
      [503, 'Fri, 20 Nov 2026 12:00:10 GMT', 10_000],
    ];
    for (const [status, header, ms] of asked)
      it(`waits ${ms / 1_000} s where ${status} comes with Retry-After: ${header}`, async () => {
        wikimedia.script(refusing(status, { 'retry-after': header }), bringing(...events(1)));
        expect(await readIds(1)).to.deep.equal(ids(1));
        expect(waits).to.deep.equal([ms]);
      });

    it('waits longer each time where Wikimedia is not well', async () => {
      wikimedia.script(...[503, 500, 502, 504, 408].map((status) => refusing(status)), bringing(...events(1)));
      expect(await readIds(1, { random: () => 0.5 })).to.deep.equal(ids(1));
      expect(waits).to.deep.equal([500, 1_000, 2_000, 4_000, 8_000]);
      expect(told('retry')[0]).to.equal('Wikimedia answered 503; trying again in 0.5 s');
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
        'Wikimedia answered 403 ("Forbidden: Set a user agent."); expected to be let in: see ' +
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
        expect(waits).to.be.empty;
        expect(inspect(notes)).not.to.include('secret');
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

  describe('being stopped', () => {
    const phases: [phase: string, until: Script][] = [
      ['while it connects', silent],
      ['while it reads a silent stream', bringing()],
      ['while it reads half a change', bringing('data: {')],
      [
        'while it reads why Wikimedia refuses',
        async (answer) => {
          answer.response.writeHead(503, { 'content-length': 100 });
          await answer.send('{"title":');
        },
      ],
    ];
    for (const [phase, until] of phases)
      it(`ends without an error ${phase}`, async () => {
        wikimedia.script(async (answer) => {
          await until(answer);
          stop.abort();
        });
        expect(await read(1)).to.be.empty;
        expect(told('retry')).to.be.empty;
        expect(wikimedia.requests).to.have.length(1);
      });

    it('ends without an error while it waits to reconnect', async () => {
      wikimedia.script(refusing(503, { 'retry-after': '3600' }));
      const changes = wikimediaSource(
        { url: wikimedia.url },
        { signal: stop.signal, note: ({ kind }) => kind === 'retry' && stop.abort() },
      );
      for await (const _ of changes) expect.fail('there are no changes');
      expect(wikimedia.requests).to.have.length(1);
    });

    it('ends without an error in a flood', async () => {
      let next = 0;
      wikimedia.script((answer) => {
        answer.accept();
        const { response } = answer;
        const more = (): void => {
          while (!response.destroyed && response.write(events(next++)[0]!));
        };
        response.on('drain', more);
        more();
      });
      let count = 0;
      for await (const _ of source()) if (++count === 100) stop.abort();
      expect(count).to.equal(100);
      expect(told('retry')).to.be.empty;
    });

    it('calls nobody where it is stopped before it begins', async () => {
      stop.abort();
      expect(await read(1)).to.be.empty;
      expect(wikimedia.requests).to.be.empty;
    });

    it('closes the connection where the consumer leaves while it waits', async () => {
      wikimedia.script(bringing(...events(1)));
      const changes = source()[Symbol.asyncIterator]();
      await changes.next();
      const pending = changes.next();
      await changes.return?.();
      expect(await pending).to.deep.equal({ done: true, value: undefined });
    });

    it('closes the connection where the consumer leaves while it connects', async () => {
      const asked = new Promise<void>((resolve) => {
        wikimedia.script(() => resolve());
      });
      const changes = source()[Symbol.asyncIterator]();
      const pending = changes.next();
      await asked;
      await changes.return?.();
      expect(await pending).to.deep.equal({ done: true, value: undefined });
    });

    it('closes the connection where the consumer throws', async () => {
      wikimedia.script(bringing(...events(1)));
      const failed = new Error('no');
      const consume = async () => {
        for await (const _ of source()) throw failed;
      };
      expect(await consume().catch((caught: unknown) => caught)).to.equal(failed);
    });

    it('leaves nothing behind on the signal, however many connections there were', async () => {
      const signals = new Set<AbortSignal>();
      const sleep = async (_: number, signal: AbortSignal) => void signals.add(signal);
      wikimedia.script(...[1, 2, 3, 4, 5].map((id) => ending('cut', ...events(id))), bringing(...events(6)));
      await read(6, { sleep });
      await wikimedia.leftOpen();
      expect(signals).to.have.length(1);
      for (const signal of signals) expect(getEventListeners(signal, 'abort')).to.be.empty;
    });
  });
});
