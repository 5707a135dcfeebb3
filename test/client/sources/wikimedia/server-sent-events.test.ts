import { expect } from 'chai';
import fc from 'fast-check';
import { type ServerSentMessage, serverSentEvents } from '../../../../client/sources/wikimedia/server-sent-events.ts';

/** The bytes in pieces of these sizes, over and over. */
async function* cut(bytes: Buffer, ...sizes: number[]): AsyncGenerator<Buffer> {
  for (let from = 0, i = 0; from < bytes.length; i += 1) {
    const to = from + sizes[i % sizes.length]!;
    yield bytes.subarray(from, to);
    from = to;
  }
}

const MAX = 1_000;

const read = async (chunks: AsyncIterable<Buffer>, maxBytes = MAX): Promise<ServerSentMessage[]> => {
  const messages: ServerSentMessage[] = [];
  for await (const message of serverSentEvents(chunks, maxBytes)) messages.push(message);
  return messages;
};

const readAll = (text: string | Buffer): Promise<ServerSentMessage[]> => {
  const bytes = Buffer.from(text);
  return read(cut(bytes, bytes.length));
};

const event = (data: string | Buffer, id?: string, type = 'message'): ServerSentMessage => ({
  kind: 'event',
  type,
  data: Buffer.from(data),
  id,
});

describe('server-sent events', () => {
  const text = 'é 🦊 👨‍👩‍👧 日本\u2028\u0085';
  const body = [
    `:ok\n\nid: 1\ndata: ${text}\n\n`,
    `: ${text}\nevent: end\ndata:${text}\ndata: b\nid:2\n\nretry: 7\n\n`,
  ].join('');
  const expected: ServerSentMessage[] = [event(text, '1'), event(`${text}\nb`, '2', 'end'), { kind: 'retry', ms: 7 }];

  for (const [name, lineEnd] of [
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ] as const) {
    const bytes = Buffer.from(body.replaceAll('\n', lineEnd));

    it(`with ${name} are the same wherever their bytes are split in two`, async () => {
      for (let at = 1; at < bytes.length; at += 1)
        expect(await read(cut(bytes, at, bytes.length)), `split at ${at}`).to.deep.equal(expected);
    });

    it(`with ${name} are the same where every byte comes by itself`, async () => {
      expect(await read(cut(bytes, 1))).to.deep.equal(expected);
    });

    it(`with ${name} are there as soon as their empty line is`, async () => {
      const end = bytes.indexOf(`${lineEnd}${lineEnd}${':'}`, 10) + 2 * lineEnd.length;
      const messages = serverSentEvents(
        (async function* () {
          yield bytes.subarray(0, end);
          expect.fail('it asked for more, though an event was complete');
        })(),
        MAX,
      );
      expect((await messages.next()).value).to.deep.equal(expected[0]);
      await messages.return(undefined);
    });
  }

  it('are what they were, whatever they hold and however they are split', async () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 30 }).map((found) => found.replace(/[\r\n]/g, ''));
    const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.array(line, { minLength: 1, maxLength: 3 }), lineEnd), { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 10 }),
        async (events, sizes) => {
          const bytes = events.map(([lines, end]) => lines.map((one) => `data: ${one}${end}`).join('') + end).join('');
          const found = await read(cut(Buffer.from(bytes), ...sizes));
          expect(found).to.deep.equal(events.map(([lines]) => event(lines.join('\n'))));
        },
      ),
    );
  });

  it('may have a type in any script', async () => {
    const bytes = Buffer.from('event: 変更 🦊\ndata: a\n\n');
    expect(await read(cut(bytes, 1))).to.deep.equal([event('a', undefined, '変更 🦊')]);
  });

  it('keep bytes that are not UTF-8', async () => {
    const data = Buffer.from([0x7b, 0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0x7d]);
    const found = await readAll(Buffer.concat([Buffer.from('data: '), data, Buffer.from('\n\n')]));
    expect(found).to.deep.equal([event(data)]);
  });

  const cases: [name: string, body: string, expected: ServerSentMessage[]][] = [
    ['are not in comments and empty lines', ':ok\n\n:\n\n\n\n', []],
    ['may follow a byte order mark, which no other may', '\ufeffdata: a\n\n\ufeffdata: b\n\n', [event('a')]],
    ['lose one space behind the colon and no more', 'data:  a \ndata:b\n\n', [event(' a \nb')]],
    ['may be empty', 'data\n\ndata:\ndata\n\n', [event(''), event('\n')]],
    ['need data', 'id: 1\nevent: x\n\ndata: a\n\n', [event('a')]],
    ['do not count where the end cuts them off', 'data: a\n\ndata: b\nid: 2\n', [event('a')]],
    ['may name an empty place', 'id:\ndata: a\n\n', [event('a', '')]],
    ['may have fields that nobody knows', 'colour: red\ndata: a\nDATA: b\n\n', [event('a')]],
    ['may ask for a wait, in digits only', 'retry: 1.5\nretry: -1\nretry: 30\n', [{ kind: 'retry', ms: 30 }]],
  ];
  for (const [name, found, expected] of cases)
    it(name, async () => {
      expect(await readAll(found)).to.deep.equal(expected);
    });

  describe('longer than the longest to hold', () => {
    const tooLong: ServerSentMessage = { kind: 'too-long' };
    const line = 'x'.repeat(MAX + 100);
    const lines = 'data: y\n'.repeat(MAX);
    const bodies: [name: string, event: string][] = [
      ['on one line', `data: ${line}\n\n`],
      ['on many lines', `${lines}\n`],
      ['with more fields behind', `data: ${line}\nid: 7\nevent: x\ndata: z\n\n`],
      ['as a comment', `:${line.repeat(3)}\n\n`],
    ];
    for (const [name, long] of bodies)
      for (const sizes of [[1], [7, 64], [1_001], [1e6]])
        for (const lineEnd of ['\n', '\r\n', '\r'])
          it(`${name} are skipped and told, in chunks of ${sizes} bytes with ${JSON.stringify(lineEnd)}`, async () => {
            const bytes = Buffer.from(`data: a\n\n${long}data: b\nid: 2\n\n`.replaceAll('\n', lineEnd));
            const found = await read(cut(bytes, ...sizes));
            // A comment inside of one chunk is never held.
            const isHeld = name === 'as a comment' && sizes[0] === 1e6;
            expect(found).to.deep.equal([event('a'), ...(isHeld ? [] : [tooLong]), event('b', '2')]);
          });

    it('are skipped where the chunk in which they begin has events before', async () => {
      const bytes = Buffer.from(`data: a\n\ndata: ${line}\n${'data: y\n'.repeat(200)}\ndata: b\n\n`);
      expect(await read(cut(bytes, 1_125, 1))).to.deep.equal([event('a'), tooLong, event('b')]);
    });

    it('are skipped where the empty line that ends them comes in a chunk of its own', async () => {
      const chunks = (async function* () {
        yield Buffer.from(`data: a\n\ndata: ${line}\n`);
        yield Buffer.from('\ndata: b\n\n');
      })();
      expect(await read(chunks)).to.deep.equal([event('a'), tooLong, event('b')]);
    });

    it('may have no end, and are told of once', async () => {
      const endless = (async function* () {
        for (let i = 0; i < 10_000; i += 1) yield Buffer.from(line);
        yield Buffer.from('\n\ndata: b\n\n');
      })();
      expect(await read(endless)).to.deep.equal([tooLong, event('b')]);
    });

    it('are those of one byte more, whatever their characters', async () => {
      const data = 'é'.repeat(MAX / 2);
      expect(await readAll(`data: ${data}\n\ndata: ${data}!\n\n`)).to.deep.equal([event(data), tooLong]);
    });
  });
});
