import { Readable } from 'node:stream';
import { expect } from 'chai';
import type { SourceNote } from '../../../../client/sources/source.ts';
import { filteredStream, MAX_LINE_BYTES } from '../../../../client/sources/twitter/filtered-stream.ts';
import { Retry } from '../../../../client/sources/twitter/retry.ts';
import { KEEP_ALIVE, line, tweet } from '../../../support/fake-x.ts';

/** Reads `count` tweets over connections that bring exactly these chunks, one after the other. */
const read = async (count: number, ...connections: (Uint8Array | string)[][]) => {
  const notes: SourceNote[] = [];
  const waits: number[] = [];
  const { signal } = new AbortController();
  const note = (told: SourceNote) => notes.push(told);
  const sleep = async (ms: number) => void waits.push(ms);
  const bodies = connections.map((chunks) => Readable.from(chunks.map((chunk) => Buffer.from(chunk))));
  const pending = [...bodies];
  const tweets = filteredStream({
    connect: async () => {
      const body = pending.shift();
      if (!body) throw new Error('connected more often than expected');
      return { body, close: () => body.destroy() };
    },
    retry: new Retry({ signal, note, sleep, random: () => 0, now: () => 0, toError: ({ found }) => new Error(found) }),
    signal,
    note,
    now: () => 0,
    idleMs: 1_000,
    healthyMs: 60_000,
  });
  const lines: string[] = [];
  for await (const { data } of tweets) if (lines.push(Buffer.from(data).toString()) === count) break;
  return { lines, waits, notes: notes.filter(({ kind }) => kind !== 'connected'), bodies };
};

const text = (message: object): string => JSON.stringify(message);
const inBytes = (bytes: Buffer): Buffer[] => Array.from(bytes, (byte) => Buffer.of(byte));

describe('the lines of a filtered stream', () => {
  it('are whole where every byte comes alone, the characters and the line ends torn apart', async () => {
    const tweets = [tweet(1, '🦊 日本'), tweet(2, 'é')];
    const { lines, notes } = await read(2, inBytes(Buffer.concat([...tweets.map(line), Buffer.from(KEEP_ALIVE)])));
    expect(lines).to.deep.equal(tweets.map(text));
    expect(notes).to.be.empty;
  });

  it('may have escaped line ends inside, and the line end of their own in a chunk by itself', async () => {
    const sent = tweet(1, 'first\r\n\r\nsecond\n');
    const [before, after] = text(sent).split('\\r\\n\\r\\n');
    const { lines } = await read(1, [before!, '\\r\\n', '\\r\\n', after!, '\r\n']);
    expect(lines).to.deep.equal([text(sent)]);
  });

  it('may end with LF alone, several in a chunk', async () => {
    const { lines } = await read(3, [`${text(tweet(1))}\n\n${text(tweet(2))}\n${text(tweet(3))}\n`]);
    expect(lines).to.deep.equal([1, 2, 3].map((id) => text(tweet(id))));
  });

  it('keep the bytes of X, whatever a parser would write instead', async () => {
    const odd = '{ "data":\t{"id":"1", "text":"\\u00e9\\/&amp;", "big":12345678901234567890} }';
    const { lines } = await read(1, [`${odd}\r\n`]);
    expect(lines).to.deep.equal([odd]);
  });

  it('count without a line end where X closes the connection after a whole tweet', async () => {
    const { lines, notes } = await read(2, [text(tweet(1))], [line(tweet(2))]);
    expect(lines).to.deep.equal([text(tweet(1)), text(tweet(2))]);
    expect(notes).to.deep.equal([{ kind: 'retry', message: 'X closed the connection; trying again at once' }]);
  });

  it('are told and dropped where they are malformed, and the stream goes on', async () => {
    const { lines, notes } = await read(2, [line(tweet(1)), '{"data":{"id"\r\n', Buffer.of(0xff, 10), line(tweet(2))]);
    expect(lines).to.deep.equal([text(tweet(1)), text(tweet(2))]);
    expect(notes.map(({ kind, message }) => `${kind}: ${message}`)).to.deep.equal([
      'problem: X sent a line of 13 bytes that is no message',
      'problem: X sent a line of 1 bytes that is no message',
    ]);
  });

  it('are told and left behind by a new connection where one never ends', async () => {
    const endless = Array.from({ length: 5 }, () => Buffer.alloc(MAX_LINE_BYTES / 4, 'x'));
    const { lines, notes, bodies } = await read(2, [line(tweet(1)), ...endless], [line(tweet(2))]);
    expect(lines).to.deep.equal([text(tweet(1)), text(tweet(2))]);
    expect(notes).to.deep.equal([
      { kind: 'problem', message: 'X sent a line of more than 4194304 bytes' },
      { kind: 'retry', message: 'X sent a line of more than 4194304 bytes; trying again at once' },
    ]);
    expect(bodies.every((body) => body.destroyed)).to.equal(true);
  });

  it('are delivered once, though X repeats the last ones after a reconnect', async () => {
    const { lines, notes } = await read(
      3,
      [1, 2].map((id) => line(tweet(id))),
      [1, 2, 3].map((id) => line(tweet(id))),
    );
    expect(lines).to.deep.equal([1, 2, 3].map((id) => text(tweet(id))));
    expect(notes.filter(({ kind }) => kind === 'repeat')).to.have.length(2);
  });
});
