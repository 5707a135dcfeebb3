import fs from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { UsageError } from '../../../cli/usage-error.ts';
import { Spool, type SpoolOptions } from '../../../client/kept/spool.ts';
import { type SourceEvent, toSourceEvent } from '../../../core/source-event.ts';
import { emptyFolder } from '../../support/empty-folder.ts';
import { cloudEvent, tweetV1, tweetV2 } from '../../support/events.ts';
import { eventsOf } from '../../support/file-source.ts';
import { leftOpen } from '../../support/left-open.ts';

const CALENDAR = { now: () => Date.UTC(2026, 10, 20, 12, 34, 56, 789) };
const eventOf = (data: string | Uint8Array): SourceEvent => toSourceEvent(Buffer.from(data)) as SourceEvent;

describe('the spool', () => {
  const folder = emptyFolder();

  const keep = (events: readonly SourceEvent[], options: Partial<SpoolOptions> = {}): Spool => {
    const spool = new Spool({ folders: [folder], calendar: CALENDAR, ...options });
    for (const event of events) spool.keep(event);
    spool.close();
    return spool;
  };
  /** Calls with functions of a disk that fails. */
  const failing = <T>(
    functions: Partial<Pick<typeof fs, 'writeSync' | 'fsyncSync' | 'closeSync'>>,
    call: () => T,
  ): T => {
    const { writeSync, fsyncSync, closeSync } = fs;
    Object.assign(fs, functions);
    syncBuiltinESMExports();
    try {
      return call();
    } finally {
      Object.assign(fs, { writeSync, fsyncSync, closeSync });
      syncBuiltinESMExports();
    }
  };
  const read = async (path: string): Promise<SourceEvent[]> =>
    (await eventsOf(path)).map(({ partitionKey, data }) => ({ partitionKey, data }));

  it('leaves no file open', () => {
    expect(leftOpen(() => keep([eventOf('{}')]))).to.equal(0);
  });

  it('reads back as the same events, with the same keys', async () => {
    const events = [tweetV1(), tweetV2(), cloudEvent(), 'no JSON', [1]].map((value) =>
      eventOf(typeof value === 'string' ? value : JSON.stringify(value)),
    );
    expect(await read(keep(events).path!)).to.deep.equal(events);
  });

  it('keeps any bytes that a line can hold: a BOM, a CR at the end, and what is no UTF-8', async () => {
    const byte = fc.integer({ min: 0, max: 255 }).filter((value) => value !== 0x0a);
    const line = fc.array(fc.oneof(byte, fc.constantFrom(0x0d, 0xef, 0xbb, 0xbf, 0xff)), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 5 }), async (lines) => {
        // What is blank is no event, and no source yields it.
        // A file without any JSON may hold bytes of value 0 only where it is not text at all.
        const events = [
          Buffer.from(JSON.stringify(cloudEvent())),
          ...lines.map((bytes) => Uint8Array.from([0x21, ...bytes])),
        ].map(eventOf);
        const { path } = keep(events);
        expect(await read(path!)).to.deep.equal(events);
        await rm(path!);
      }),
      { seed: 7, numRuns: 36 },
    );
  });

  it('keeps an event with a line feed on one line, where the JSON means the same', async () => {
    const data = Buffer.from('{\n "id_str": "1",\r\n "user": {}}\n');
    const [event, ...others] = await read(keep([{ partitionKey: '1', data }]).path!);
    expect(others).to.deep.equal([]);
    expect(JSON.parse(String(event!.data))).to.deep.equal(JSON.parse(String(data)));
    expect(String(data), 'the event itself').to.contain('\n');
  });

  it('is created when it is needed, for its owner alone', async () => {
    const spool = keep([]);
    expect(spool.path).to.equal(undefined);
    const { path } = keep([eventOf('a')]);
    expect(path).to.equal(join(folder, 'spool-20261120T123456789Z.ndjson'));
    expect((await stat(path!)).mode & 0o777).to.equal(0o600);
  });

  it('never writes into another spool of the same time', async () => {
    const paths = [keep([eventOf('first')]), keep([eventOf('second')])].map(({ path }) => path!);
    expect(paths[1]).to.equal(join(folder, 'spool-20261120T123456789Z-2.ndjson'));
    expect(await readFile(paths[0]!, 'utf8')).to.equal('first\n');
  });

  it('goes to the next folder where the first cannot be written', () => {
    const { path } = keep([eventOf('a')], { folders: [join(folder, 'missing'), folder] });
    expect(path).to.equal(join(folder, 'spool-20261120T123456789Z.ndjson'));
  });

  it('goes to the next folder where the disk of the first is full, and leaves no empty file', async () => {
    const write = fs.writeSync;
    let writes = 0;
    const writeSync = ((...call: Parameters<typeof write>) => {
      writes += 1;
      if (writes === 1) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      return write(...call);
    }) as typeof write;
    await mkdir(join(folder, 'full'));
    const events = [eventOf('a'), eventOf('b')];
    const spool = failing({ writeSync }, () => keep(events, { folders: [join(folder, 'full'), folder] }));
    expect(spool.error).to.equal(undefined);
    expect(await read(spool.path!)).to.deep.equal(events);
    expect((await readdir(folder, { recursive: true })).sort()).to.deep.equal(['full', basename(spool.path!)]);
  });

  it('appends to the file it is told, and ends a last line that has no end', async () => {
    const path = join(folder, 'mine.ndjson');
    keep([eventOf('one')], { path });
    await writeFile(path, 'two', { flag: 'a' });
    keep([eventOf('three')], { path });
    expect(await readFile(path, 'utf8')).to.equal('one\ntwo\nthree\n');
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
  });

  it('keeps its lines apart from one that another client was killed in the middle of', async () => {
    const spool = new Spool({ folders: [folder], calendar: CALENDAR });
    spool.keep(eventOf('one'));
    await writeFile(spool.path!, 'of anoth', { flag: 'a' });
    spool.keep(eventOf('two'));
    spool.keep(eventOf('three'));
    spool.close();
    expect(await readFile(spool.path!, 'utf8')).to.equal('one\nof anoth\ntwo\nthree\n');
  });

  for (const [name, options] of [
    ['that it named itself', () => ({})],
    ['that it was told', () => ({ path: join(folder, 'mine.ndjson') })],
  ] satisfies [string, () => Partial<SpoolOptions>][])
    it(`begins a file ${name} anew where somebody delivered and deleted it, or moved it, while the client runs`, async () => {
      const spool = new Spool({ folders: [folder], calendar: CALENDAR, ...options() });
      expect(spool.keep(eventOf('one'))).to.equal(true);
      await rm(spool.path!);
      expect(spool.keep(eventOf('two'))).to.equal(true);
      await rename(spool.path!, join(folder, 'moved'));
      expect([spool.keep(eventOf('three')), spool.keep(eventOf('four'))]).to.deep.equal([true, true]);
      spool.close();
      expect(await readFile(join(folder, 'moved'), 'utf8')).to.equal('two\n');
      expect(await readFile(spool.path!, 'utf8')).to.equal('three\nfour\n');
    });

  it('says that an event could not be kept, and keeps none behind it', async () => {
    const path = join(folder, 'gone', 'mine.ndjson');
    await writeFile(join(folder, 'gone'), '');
    const spool = new Spool({ folders: [join(folder, 'gone')], calendar: CALENDAR });
    expect(spool.keep(eventOf('a'))).to.equal(false);
    await rm(join(folder, 'gone'));
    expect(spool.keep(eventOf('b'))).to.equal(false);
    expect(spool.error?.message).to.match(/^the spool cannot be written \(ENOTDIR: /);
    expect(() => new Spool({ path, calendar: CALENDAR })).to.throw(UsageError);
  });

  it('names the file that it was told and cannot write', async () => {
    const path = join(folder, 'gone', 'mine.ndjson');
    await mkdir(join(folder, 'gone'));
    const spool = new Spool({ path, calendar: CALENDAR });
    await rm(join(folder, 'gone'), { recursive: true });
    expect(spool.keep(eventOf('a'))).to.equal(false);
    expect(spool.error?.message).to.match(/\/mine\.ndjson cannot be written \(ENOENT: /);
  });

  it('never takes for kept what a disk failed to write, though a second sync of the same bytes says nothing', () => {
    const spool = new Spool({ folders: [folder], calendar: CALENDAR });
    expect(spool.keep(eventOf('a'))).to.equal(true);
    const fsyncSync = () => {
      throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
    };
    expect(failing({ fsyncSync }, () => spool.sync())).to.equal(false);
    expect(spool.sync()).to.equal(false);
    expect(spool.error?.message).to.match(/cannot be written \(EIO: /);
    spool.close();
  });

  it('says so where a disk of the network tells only at the end that it has failed', () => {
    const spool = new Spool({ folders: [folder], calendar: CALENDAR });
    spool.keep(eventOf('a'));
    const { closeSync: close } = fs;
    const closeSync = (fd: number) => {
      close(fd);
      throw Object.assign(new Error('EIO: i/o error, close'), { code: 'EIO' });
    };
    failing({ closeSync }, () => spool.close());
    expect(spool.error?.message).to.match(/cannot be written \(EIO: /);
    expect(spool.sync(), 'a checkpoint may not rely on it').to.equal(false);
  });

  it('removes the line that a full disk cut off, and keeps none behind it, also where another client appends', async () => {
    const spool = new Spool({ folders: [folder], calendar: CALENDAR });
    expect(spool.keep(eventOf('first'))).to.equal(true);
    keep([eventOf('of another')], { path: spool.path });
    const write = fs.writeSync;
    let isFull = false;
    const writeSync = ((fd: number, line: Buffer, at: number) => {
      if (isFull) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      isFull = true;
      return write(fd, line, at, 3);
    }) as typeof write;
    expect(failing({ writeSync }, () => spool.keep(eventOf('second')))).to.equal(false);
    expect(spool.keep(eventOf('third'))).to.equal(false);
    spool.close();
    expect(await readFile(spool.path!, 'utf8')).to.equal('first\nof another\n');
    expect(spool.error?.message).to.contain('ENOSPC');
  });

  /** A link, from its own folder. */
  const linkTo = (target: string): string => {
    const path = join(folder, 'loop');
    fs.symlinkSync(target, path);
    return path;
  };

  it('takes a link to a file that is yet to be made', async () => {
    expect(keep([eventOf('a')], { path: linkTo('new.ndjson') }).error).to.equal(undefined);
    expect(await readFile(join(folder, 'new.ndjson'), 'utf8')).to.equal('a\n');
  });

  const refused: [name: string, options: () => Partial<SpoolOptions>, problem: RegExp][] = [
    ['a folder', () => ({ path: folder }), /which is not a regular file; expected a file to append to/],
    [
      'a file in a folder that is missing',
      () => ({ path: join(folder, 'no', 's.ndjson') }),
      /which cannot be written \(ENOENT\); expected a file in a folder that exists/,
    ],
    ['a file in a file', () => ({ path: join(folder, 'x.ndjson', 's.ndjson') }), /cannot be written \(ENOTDIR\)/],
    ['a name that is too long', () => ({ path: join(folder, 'x'.repeat(300)) }), /cannot be written \(ENAMETOOLONG\)/],
    ['a loop of links', () => ({ path: linkTo('loop') }), /cannot be written \(ELOOP\)/],
    ['a link into a folder that is missing', () => ({ path: linkTo('no/s.ndjson') }), /cannot be written \(ENOENT\)/],
    [
      'the file that is read',
      () => ({ path: join(folder, 'x.ndjson'), source: join(folder, '.', 'x.ndjson') }),
      /which is also what is read; expected another file/,
    ],
  ];
  for (const [name, options, problem] of refused)
    it(`refuses ${name}`, async () => {
      await writeFile(join(folder, 'x.ndjson'), '');
      expect(() => keep([], options())).to.throw(UsageError, problem);
    });
});
