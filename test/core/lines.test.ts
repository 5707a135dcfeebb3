import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import fc from 'fast-check';
import { LineCutter, LineTooLongError, linesOf } from '../../core/lines.ts';

const chunksOf = async function* (data: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (let i = 0; from < data.length; i += 1) {
    const size = sizes[i % sizes.length] ?? data.length;
    yield data.subarray(from, from + size);
    from += size;
  }
};

const read = async (text: string | Buffer, sizes = [1_000], maxBytes?: number): Promise<string[]> => {
  const lines: string[] = [];
  for await (const line of linesOf(chunksOf(Buffer.from(text), sizes), maxBytes)) lines.push(line.toString());
  return lines;
};

describe('linesOf', () => {
  it('cuts at LF and at CRLF, and yields a last line without its end', async () => {
    expect(await read('a\nb\r\n\r\nc')).to.deep.equal(['a', 'b', '', 'c']);
  });

  it('refuses a line that is too long, before it has all of it', async () => {
    let error: unknown;
    await read(`ok\n${'x'.repeat(50)}`, [7], 20).catch((thrown) => {
      error = thrown;
    });
    expect(error).to.be.instanceOf(LineTooLongError);
  });

  it('refuses a line that is too long where its end lies in the same chunk, and takes the longest', async () => {
    expect(await read(`${'x'.repeat(20)}\nend`, [1_000], 20)).to.deep.equal(['x'.repeat(20), 'end']);
    const error = await read(`${'x'.repeat(21)}\nend`, [1_000], 20).catch((thrown) => thrown);
    expect(error).to.be.instanceOf(LineTooLongError);
    expect(error.message).to.equal('a line of more than 20 bytes');
  });

  it('leaves out zeros before a line, be they more than the longest line has bytes', async () => {
    const zeros = '\0'.repeat(50);
    for (const size of [1, 7, 1_000])
      expect(await read(`${zeros}one\n${zeros}two\0\0\n${zeros}\n${zeros}`, [size], 20)).to.deep.equal([
        'one',
        'two\0\0',
        '',
      ]);
  });

  it('keeps no zeros in memory that are before a line, which may be gigabytes', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const cutter = new LineCutter(0, 20);
    const chunks = Array.from({ length: 50 }, () => {
      const chunk = new Uint8Array(1_000);
      cutter.cut(chunk);
      return new WeakRef(chunk.buffer);
    });
    // What a reference was made of is kept until then.
    await setImmediate();
    collect();
    expect(chunks.filter((chunk) => chunk.deref())).to.have.lengthOf.below(5);
    expect(cutter.rest()).to.equal(undefined);
  });

  it('yields the same lines however the bytes are cut into chunks', async () => {
    const line = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, ''));
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.array(line), sizes, fc.constantFrom('\n', '\r\n'), async (lines, cuts, end) => {
        expect(await read(lines.map((text) => text + end).join(''), cuts)).to.deep.equal(lines);
      }),
    );
  });
});
