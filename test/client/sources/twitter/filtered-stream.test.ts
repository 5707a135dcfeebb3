import { Readable } from 'node:stream';
import { expect } from 'chai';
import { reconnecting } from '../../../../client/sources/reconnecting.ts';
import type { SourceContext, SourceNote } from '../../../../client/sources/source.ts';
import { MAX_LINE_BYTES, parseLine, tweetReader } from '../../../../client/sources/twitter/filtered-stream.ts';
import { waitsOfX } from '../../../../client/sources/twitter/waits.ts';
import { firstOf } from '../../../support/batches.ts';
import { line, tweet } from '../../../support/fake-x.ts';
import { SourceClock } from '../../../support/source-clock.ts';

const IDLE_MS = 1_000;

/** Reads `count` tweets over connections that bring exactly these chunks, one after the other. */
const read = async (count: number, ...connections: (Uint8Array | string)[][]) => {
  const notes: SourceNote[] = [];
  const note = (found: SourceNote) => notes.push(found);
  const clock = new SourceClock(0, IDLE_MS);
  const context: SourceContext = { signal: new AbortController().signal, note, clock, calendar: clock };
  const bodies = connections.map((chunks) => Readable.from(chunks.map((chunk) => Buffer.from(chunk as Uint8Array))));
  const pending = [...bodies];
  const connect = async () => {
    const body = pending.shift();
    if (!body) throw new Error('connected more often than expected');
    return { body, close: () => body.destroy() };
  };
  const tweets = reconnecting(tweetReader({ ...context, connect, idleMs: IDLE_MS }), {
    ...context,
    waitAfter: waitsOfX({ ...context, toError: ({ found }) => new Error(found) }),
  });
  const lines = (await firstOf(tweets, count)).map(String);
  return { lines, notes: notes.filter(({ kind }) => kind !== 'connected'), bodies };
};

const text = (message: object): string => JSON.stringify(message);

describe('the lines of a filtered stream', () => {
  it('may have escaped line ends inside, and the line end of their own in a chunk by itself', async () => {
    const sent = tweet(1, 'first\r\n\r\nsecond\n');
    const [before, after] = text(sent).split('\\r\\n\\r\\n');
    const { lines } = await read(1, [before!, '\\r\\n', '\\r\\n', after!, '\r\n']);
    expect(lines).to.deep.equal([text(sent)]);
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

  it('are told and left behind by a new connection where one never ends', async () => {
    const endless = Array.from({ length: 5 }, () => Buffer.alloc(MAX_LINE_BYTES / 4, 'x'));
    const { lines, notes, bodies } = await read(2, [line(tweet(1)), ...endless], [line(tweet(2))]);
    expect(lines).to.deep.equal([text(tweet(1)), text(tweet(2))]);
    expect(notes).to.deep.equal([
      { kind: 'retry', message: 'X sent a line of more than 4194304 bytes; trying again at once' },
    ]);
    expect(bodies.every((body) => body.destroyed)).to.equal(true);
  });
});

const of = (message: unknown) => parseLine(Buffer.from(JSON.stringify(message)));

describe('a line of the stream', () => {
  it('is a tweet where its data has an id, keeps its bytes, and says when it was written', () => {
    const data = Buffer.from(JSON.stringify(tweet(1)));
    const time = Date.parse('2026-11-20T12:00:00.000Z');
    expect(parseLine(data)).to.deep.equal({
      kind: 'tweet',
      id: '1',
      event: { partitionKey: '2244994945', data, time },
    });
  });

  for (const created_at of [undefined, null, 1_795_176_000_000, '', 'yesterday'])
    it(`is a tweet of no known time where that is ${JSON.stringify(created_at)}`, () => {
      const data = Buffer.from(JSON.stringify({ data: { id: '1', text: 'yolo', author_id: '7', created_at } }));
      expect(parseLine(data)).to.deep.equal({ kind: 'tweet', id: '1', event: { partitionKey: '7', data } });
    });

  it('is a tweet where X adds errors, as of an author it cannot show', () => {
    const errors = [{ title: 'Not Found Error', resource_type: 'user' }];
    expect(of({ data: { id: '1', text: 'yolo' }, errors })).to.include({ kind: 'tweet', id: '1' });
  });

  it('is a tweet in the names of the newer specification too', () => {
    const message = of({ data: { id: '1', text: 'short', note_post: { text: 'long' } }, includes: { posts: [] } });
    expect(message).to.include({ kind: 'tweet', id: '1' });
  });

  it('is a keep-alive where it is empty', () => {
    expect(parseLine(new Uint8Array())).to.deep.equal({ kind: 'keep-alive' });
  });

  for (const name of ['delete', 'scrub_geo', 'limit', 'status_withheld', 'user_withheld', 'disconnect', 'warning'])
    it(`is a notice where the old API would have sent one: ${name}`, () => {
      expect(of({ [name]: { track: 7 } })).to.deep.equal({ kind: 'notice', message: `X sent a notice: ${name}` });
    });

  it('is not a notice where it has more than that', () => {
    expect(of({ limit: {}, data: { id: '1' } })).to.include({ kind: 'tweet' });
  });

  it('is a problem where it has errors, told in the words of X', () => {
    const title = 'operational-disconnect';
    const detail = 'This stream has been disconnected for operational reasons.';
    expect(of({ errors: [{ title, disconnect_type: 'UpstreamOperationalDisconnect', detail }] })).to.deep.equal({
      kind: 'problem',
      message: `X sent a message that is not a tweet: ${title}: ${detail}`,
    });
  });

  it('is a refusal where X names an issue of the connection', () => {
    const detail = 'This stream is currently at the maximum allowed connection limit.';
    expect(of({ title: 'ConnectionException', detail, connection_issue: 'TooManyConnections' })).to.deep.equal({
      kind: 'refused',
      message: `X sent a message that is not a tweet: ConnectionException: ${detail}`,
    });
  });

  it('is a refusal where X names no issue, or the refusal in a list of errors', () => {
    const refusal = { title: 'ConnectionException', detail: 'Too many.' };
    for (const message of [refusal, { errors: [refusal] }, { errors: [{ connection_issue: 'TooManyConnections' }] }])
      expect(of(message)).to.include({ kind: 'refused' });
  });

  it('is a problem where it is not JSON, told without its content', () => {
    expect(parseLine(Buffer.from('{"data":{"id":"1","te'))).to.deep.equal({
      kind: 'problem',
      message: 'X sent a line of 21 bytes that is not a message',
    });
  });

  for (const unknown of [null, 7, 'text', [], {}, { data: null }, { data: { id: 1 } }, { data: [] }])
    it(`is a problem where it is ${JSON.stringify(unknown)}`, () => {
      expect(of(unknown)).to.include({ kind: 'problem' });
    });
});
