import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync, truncateSync } from 'node:fs';
import { rename, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { systemClock } from '../../../../aws/system-clock.ts';
import { UsageError } from '../../../../cli/usage-error.ts';
import { fileSource, linesIn } from '../../../../client/sources/file/file.ts';
import { identityOf } from '../../../../client/sources/file/identity.ts';
import { streamOf } from '../../../../client/sources/file/input.ts';
import type { ToEvent } from '../../../../client/sources/file/lines.ts';
import { SourceError } from '../../../../client/sources/source.ts';
import { firstOf } from '../../../support/batches.ts';
import { emptyFolder } from '../../../support/empty-folder.ts';
import { eventsOf, textsOf } from '../../../support/file-source.ts';
import { until } from '../../../support/until.ts';

describe('the source file', () => {
  const folder = emptyFolder();

  const read = async (path: string, options?: Parameters<typeof eventsOf>[1]) => textsOf(await eventsOf(path, options));

  it('reads a file from any line on', async () => {
    const path = join(folder, 'events.ndjson');
    await writeFile(path, '"one"\n"two"\n"three"');
    expect(await read(path)).to.deep.equal(['"one"', '"two"', '"three"']);
    expect(await read(path, { start: 6 })).to.deep.equal(['"two"', '"three"']);
  });

  it('reads a log from its first line on, where a truncation has left zeros before it', async () => {
    const path = join(folder, 'app.log');
    for (const zeros of [4, 65_535, 65_536, 300_000]) {
      await writeFile(path, Buffer.concat([Buffer.alloc(zeros), Buffer.from('{"n":1}\n{"n":2}\n')]));
      const [first, second] = await eventsOf(path);
      expect(textsOf([first!, second!])).to.deep.equal(['{"n":1}', '{"n":2}']);
      expect([first!.start, first!.end, second!.end]).to.deep.equal([zeros, zeros + 8, zeros + 16]);
    }
    await writeFile(path, gzipSync(Buffer.concat([Buffer.alloc(300_000), Buffer.from('{"n":1}\n{"n":2}\n')])));
    expect(await read(path)).to.deep.equal(['{"n":1}', '{"n":2}']);
    await writeFile(path, Buffer.alloc(100_000));
    expect(await read(path)).to.be.empty;
  });

  it('says so where zeros in the middle of gzip hide what is behind them, and takes zeros at its end', async () => {
    const path = join(folder, 'events.gz');
    const [first, second] = [gzipSync('{"n":1}\n'), gzipSync('{"n":2}\n')];
    // A file is read 64 KiB at a time.
    for (const zeros of [1, 512, 65_536 - first.length, 300_000]) {
      await writeFile(path, Buffer.concat([first, second, Buffer.alloc(zeros)]));
      expect(await read(path)).to.deep.equal(['{"n":1}', '{"n":2}']);
      await writeFile(path, Buffer.concat([first, Buffer.alloc(zeros), second]));
      const error = await read(path).catch((thrown: unknown) => thrown);
      expect(error)
        .to.be.instanceOf(SourceError)
        .with.property('message')
        .that.contains('is damaged gzip (zeros within it)');
    }
  });

  it('says so where the file was truncated meanwhile, and takes no line that this has cut off for a whole one', async () => {
    const path = join(folder, 'events.ndjson');
    await writeFile(path, `"${'x'.repeat(997)}"\n`.repeat(1_000));
    const lines: string[] = [];
    const toEvent: ToEvent = (line) => {
      if (lines.length === 0) truncateSync(path);
      lines.push(line.toString());
      return { data: line, partitionKey: 'x' };
    };
    const toEvents = { isWrapped: false, ofFile: () => toEvent, ofPipe: () => toEvent };
    const error = await read(path, { toEvents }).catch((thrown: unknown) => thrown);
    expect(error)
      .to.be.instanceOf(SourceError)
      .with.property('message')
      .that.contains('became shorter while it was read');
    expect(new Set(lines.map(({ length }) => length))).to.deep.equal(new Set([999]));
  });

  describe('that another one replaces between the look at it and its opening', () => {
    const PACKS = [(text: string) => Buffer.from(text), gzipSync];
    /** The second line, or why there is none. */
    const readReplaced = async (before: Buffer, after: Buffer): Promise<unknown> => {
      const path = join(folder, 'events.ndjson');
      await writeFile(path, before);
      await writeFile(join(folder, 'next'), after);
      const { signal } = new AbortController();
      const context = { signal, note: () => {}, clock: systemClock, calendar: systemClock };
      const lines = fileSource(path, context, { start: { place: { file: identityOf(path), offset: 8 }, earlier: [] } });
      await rename(join(folder, 'next'), path);
      return firstOf(lines, 1).then(String, (thrown: unknown) => thrown);
    };

    it('is not read from a place in the other one', async () => {
      for (const pack of PACKS)
        expect(await readReplaced(pack('{"n":1}\n{"n":2}\n'), pack('{"n":3}\n{"n":4}\n')))
          .to.be.instanceOf(SourceError)
          .with.property('message')
          .that.matches(/^another file took the place of .* as it was opened; start the same command again$/);
    });

    it('is the same where it begins so: some disks number a file anew as it is opened', async () => {
      for (const pack of PACKS) {
        const bytes = pack('{"n":1}\n{"n":2}\n');
        expect(await readReplaced(bytes, bytes)).to.equal('{"n":2}');
      }
    });
  });

  const ofProc = '/proc/self/limits';
  if (existsSync(ofProc))
    it('takes a size of 0, as files of /proc have it, for no truncation', async () => {
      expect((await read(ofProc)).length).to.be.greaterThan(1);
    });

  it('refuses a path without a file', async () => {
    const [loop, socket] = [join(folder, 'loop'), join(folder, 'socket')];
    await symlink(loop, loop);
    const server = createServer().listen(socket);
    await once(server, 'listening');
    for (const path of [folder, join(folder, 'missing'), loop, socket])
      expect(await read(path).catch((thrown: unknown) => thrown), path).to.be.instanceOf(UsageError);
    server.close();
  });

  it('knows what a pipe holds whose bytes come one by one, and holds back no line for that', async () => {
    const { signal } = new AbortController();
    const byByte = (bytes: Buffer) => linesIn(Readable.from([...bytes].map((byte) => Buffer.of(byte))), signal);
    const allOf = async (bytes: Buffer): Promise<string> =>
      Buffer.concat(await Readable.from(byByte(bytes)).toArray()).toString();
    const text = '{"n":1}\n{"n":2}';
    expect(await allOf(Buffer.from(text))).to.equal(text);
    expect(await allOf(gzipSync(text))).to.equal(text);
    for (const [bytes, found] of [
      [Buffer.from(text, 'utf16le'), 'is text in UTF-16LE'],
      [Buffer.from('504b03041400000000000000', 'hex'), 'is packed with zip'],
    ] as const)
      expect(await allOf(bytes).catch(({ message }) => message)).to.contain(found);
    const open = new PassThrough();
    open.write('{"n":1}\n');
    expect(String((await linesIn(open, signal).next()).value)).to.equal('{"n":1}\n');
  });

  it('lets go of a packed pipe whose writer says nothing more, once enough of it is read', async () => {
    const open = new PassThrough();
    const chunks = linesIn(open, new AbortController().signal);
    for (const line of ['{"n":1}\n', '{"n":2}\n']) {
      open.write(gzipSync(line));
      expect(String((await chunks.next()).value)).to.equal(line);
    }
    await chunks.return(undefined);
    expect(open.destroyed).to.equal(true);
  });

  it('outlives a pipe that breaks in the moment in which it is told to stop', async () => {
    const [open, stop] = [new PassThrough(), new AbortController()];
    const reading = linesIn(open, stop.signal).next();
    await turn();
    stop.abort();
    open.destroy(new Error('EIO'));
    expect(String(await reading.catch((thrown: unknown) => thrown))).to.equal('Error: EIO');
    await turn();
  });

  describe('of a named pipe', () => {
    let pipe: string;
    beforeEach(() => {
      pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
    });

    it('reads what is written into it, to the end', async () => {
      const reading = read(pipe);
      await writeFile(pipe, '"one"\n"two"\n');
      expect(await reading).to.deep.equal(['"one"', '"two"']);
    });

    it('lets go of it when it is told to stop, though nobody has written anything', async () => {
      const stop = new AbortController();
      const reading = read(pipe, { signal: stop.signal });
      setImmediate(() => stop.abort());
      try {
        expect(await reading).to.deep.equal([]);
        await until(() => !process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq')));
      } finally {
        // Who still waits for a writer waits no longer.
        closeSync(openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK));
      }
    });
  });

  it('reads a terminal, such as a serial port, as one: a thread would wait for what it says next', () => {
    const terminal = streamOf('/dev/ptmx');
    terminal.destroy();
    expect(terminal).to.be.instanceOf(ReadStream);
  });

  it('reads another device to its end', async () => {
    expect(await read('/dev/null')).to.deep.equal([]);
  });
});
