import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import { explain } from '../../../../aws/explain.ts';
import { linesIn } from '../../../../client/sources/file/file.ts';
import { chunksOf } from '../../../../client/sources/file/input.ts';
import { type LineEvent, linesSource } from '../../../../client/sources/file/lines.ts';
import { SourceError, type SourceNote } from '../../../../client/sources/source.ts';
import { eachOf } from '../../../support/batches.ts';
import { cloudEvent } from '../../../support/events.ts';
import { textsOf } from '../../../support/file-source.ts';

const never = new AbortController().signal;
const read = async (lines: AsyncIterable<LineEvent[]>): Promise<string[]> => {
  const texts: string[] = [];
  for await (const { data } of eachOf(lines)) texts.push(Buffer.from(data).toString());
  return texts;
};
const linesOfPipe = (input: Readable, signal: AbortSignal = never) => linesSource(chunksOf(input, signal), signal);

describe('the lines of a file or a pipe', () => {
  it('are events as they stand, whatever they hold, except for blank ones', async () => {
    const input = new PassThrough();
    // One's own event may look like a notice of X.
    const lines = [JSON.stringify(cloudEvent()), '{"delete":{"orderId":"o-1"}}', 'not JSON 🦊'];
    input.end(lines.join('\n \t\r\n'));
    expect(await read(linesOfPipe(input))).to.deep.equal(lines);
  });

  it('say at which byte they end, however the bytes come', async () => {
    const line = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, ''));
    const text = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\n\n'))).map((parts) => parts.flat().join(''));
    const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(text, line, cuts, async (before, last, sizes) => {
        const bytes = Buffer.from(before + last);
        const chunks = async function* () {
          for (let from = 0, i = 0; from < bytes.length; i += 1) {
            const size = sizes[i % sizes.length]!;
            yield bytes.subarray(from, from + size);
            from += size;
          }
        };
        let start = 0;
        for await (const { data, end } of eachOf(linesSource(chunks(), never, { start: 1_000 }))) {
          const whole = bytes.subarray(start, end - 1_000).toString();
          expect(whole.trimStart().replace(/\r?\n$/, '')).to.equal(Buffer.from(data).toString().trimStart());
          expect(whole.endsWith('\n') || end === 1_000 + bytes.length).to.equal(true);
          start = end - 1_000;
        }
        expect(bytes.subarray(start).toString().trim()).to.equal('');
      }),
      { seed: 17 },
    );
  });

  it('are no longer than memory can bear: a longer one is noted and passed over', async () => {
    const MiB = Buffer.alloc(1024 * 1024, 'x');
    const chunks = async function* () {
      yield Buffer.from('{}\n');
      for (let i = 0; i < 33; i += 1) yield MiB;
      yield Buffer.from('\nafter\n');
    };
    const notes: SourceNote[] = [];
    const note = (noted: SourceNote) => notes.push(noted);
    const found: [text: string, end: number][] = [];
    for await (const { data, end } of eachOf(linesSource(chunks(), never, { start: 100, note, name: 'a.log' })))
      found.push([Buffer.from(data).toString(), end]);
    const end = 103 + 33 * MiB.length + 1;
    expect(found).to.deep.equal([
      ['{}', 103],
      ['after', end + 6],
    ]);
    expect(notes.map(({ kind }) => kind)).to.deep.equal(['skipped']);
    expect(notes[0]!.message).to.contain('a.log: the line of 34,603,009 bytes that begins at byte 103');
  });

  it('leave out the byte order mark of each of several files that come one after the other', async () => {
    const chunks = async function* () {
      yield Buffer.from('\ufeffone\n\ufefftw\ufeffo\n\ufeff\n');
    };
    expect(await read(linesSource(chunks(), never))).to.deep.equal(['one', 'tw\ufeffo']);
    expect(await read(linesSource(chunks(), never, { start: 10 }))).to.deep.equal(['one', 'tw\ufeffo']);
  });

  it('end with those that had left the pipe when it is told to stop, and without the one that was cut off', async () => {
    const input = new PassThrough();
    const stop = new AbortController();
    const lines = linesOfPipe(input, stop.signal);
    input.write('one\ntwo\nthr');
    expect(textsOf((await lines.next()).value!)).to.deep.equal(['one', 'two']);
    input.write('ee\nfour\nfi');
    stop.abort();
    expect(await read(lines)).to.deep.equal(['three', 'four']);
    expect(input.destroyed).to.equal(true);
  });

  it('end at once while the pipe is silent', async () => {
    const input = new PassThrough();
    const stop = new AbortController();
    const lines = read(linesOfPipe(input, stop.signal));
    setImmediate(() => stop.abort());
    expect(await lines).to.deep.equal([]);
  });

  it('fail as the pipe does', async () => {
    const input = new PassThrough();
    const lines = read(linesOfPipe(input));
    setImmediate(() => input.destroy(new Error('the disk is gone')));
    const error = await lines.catch((thrown: unknown) => thrown);
    expect(error).to.have.property('message', 'the disk is gone');
  });

  for (const [kind, first] of [
    ['plain', '{"n":1}\n'],
    ['packed', gzipSync('{"n":1}\n')],
  ] as const)
    it(`tell a ${kind} pipe that is lost from a Kinesis that is, and name what was read`, async () => {
      const input = new PassThrough();
      input.write(first);
      const lines = linesSource(linesIn(input, never), never, { name: 'standard input' });
      await lines.next();
      const next = lines.next();
      const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
      input.destroy(cause);
      const error = await next.catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(SourceError).and.have.property('cause', cause);
      expect(explain(error as Error, { stream: 's', region: 'eu-west-1' })).to.equal(
        'standard input cannot be read any further (read ECONNRESET); look at its disk, or at what sends it',
      );
    });

  it('name the pipe to use where a device would have to be waited for', async () => {
    const input = new PassThrough();
    const cause = Object.assign(new Error('EAGAIN: try again, read'), { code: 'EAGAIN', syscall: 'read' });
    setImmediate(() => input.destroy(cause));
    const error = await read(linesSource(chunksOf(input, never), never, { name: '/dev/kmsg' })).catch(String);
    expect(error).to.match(/^SourceError: .*; expected a pipe: cat \/dev\/kmsg \| … --file -$/);
  });

  it('fail as standard input does, which no error closes', async () => {
    let isRead = false;
    const input = new Readable({
      autoDestroy: false,
      read() {
        if (isRead) throw new Error('EIO: i/o error, read');
        isRead = true;
        this.push('{"a":1}\n');
      },
    });
    const texts: string[] = [];
    const reading = (async () => {
      for await (const { data } of eachOf(linesOfPipe(input))) texts.push(Buffer.from(data).toString());
    })();
    expect(await reading.catch(({ message }) => message)).to.equal('EIO: i/o error, read');
    expect(texts).to.deep.equal(['{"a":1}']);
  });

  it('let go of the pipe when their reader leaves', async () => {
    const input = new PassThrough();
    input.write('one\ntwo\n');
    for await (const _ of linesOfPipe(input)) break;
    expect(input.destroyed).to.equal(true);
  });
});
