import fs from 'node:fs';
import {
  appendFile,
  copyFile,
  type FileHandle,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { offsetOf, openCheckpoint } from '../../../../client/kept/source-checkpoint.ts';
import { fileSource } from '../../../../client/sources/file/file.ts';
import type { FileStart } from '../../../../client/sources/file/start.ts';
import { eventMaker } from '../../../../client/sources/file/to-event.ts';
import type { Place, SourceNote } from '../../../../client/sources/source.ts';
import { eachOf } from '../../../support/batches.ts';
import { emptyFolder } from '../../../support/empty-folder.ts';
import { textsOf } from '../../../support/file-source.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

/** Lines may hold anything, and nothing is put around them. */
const OF_A_LOG = { follow: true, toEvents: { ...eventMaker(), isWrapped: true } };

describe('a file that is followed', () => {
  const folder = emptyFolder();
  const log = join(folder, 'app.log');
  let notes: SourceNote[];
  beforeEach(async () => {
    notes = [];
  });

  /** What a program does with its log while the reader waits for more lines. Each step is done at the next wait. */
  type Step = () => Promise<unknown>;

  /** Follows the file through all steps, until as many waits brought nothing as it takes to leave a rotated file. */
  const follow = async (
    steps: readonly Step[],
    { atFirstEvent }: { atFirstEvent?: Step } = {},
  ): Promise<{ texts: string[]; place?: Place }> => {
    const ended = new AbortController();
    let waits = 0;
    const clock = {
      now: () => 0,
      random: () => 0,
      sleep: async () => {
        // A rotated file is left only after many waits without a new line.
        const step = steps[Math.floor(waits / 30)];
        if (waits % 30 === 0) await step?.();
        waits += 1;
        if (waits > 30 * (steps.length + 1)) ended.abort();
      },
    };
    const context = { signal: ended.signal, note: (note: SourceNote) => notes.push(note), clock, calendar: clock };
    const events = [];
    for await (const event of eachOf(fileSource(log, context, OF_A_LOG))) {
      if (events.length === 0) await atFirstEvent?.();
      events.push(event);
    }
    const place = events.at(-1)?.resume;
    return { texts: textsOf(events), ...(place !== undefined && { place }) };
  };

  const append = (text: string) => () => appendFile(log, text);
  const renamed = (text: string) => async () => {
    await rename(log, join(folder, 'app.log.1'));
    await writeFile(log, text);
  };
  const copied = (text: string) => async () => {
    await copyFile(log, join(folder, 'app.log.1'));
    await truncate(log);
    await appendFile(log, text);
  };

  it('says once that a file was removed, and goes on in the next one of its name', async () => {
    await writeFile(log, 'one\n');
    const removed = () => rm(log);
    const made = () => writeFile(log, 'two\n');
    expect((await follow([removed, async () => {}, made])).texts).to.deep.equal(['one', 'two']);
    expect(notes).to.deep.equal([
      { kind: 'problem', message: `there is no file ${log} any more; waiting for a new one` },
    ]);
  });

  it('says once that what has its name cannot be read, and goes on once that can be', async () => {
    await writeFile(log, 'one\n');
    const moved = () => rename(log, join(folder, 'app.log.1'));
    const linked = () => symlink(log, log);
    const made = async (): Promise<void> => {
      await rm(log);
      await writeFile(log, 'two\n');
    };
    expect((await follow([moved, linked, made])).texts).to.deep.equal(['one', 'two']);
    expect(notes).to.deep.equal([
      { kind: 'problem', message: `there is no file ${log} any more; waiting for a new one` },
      { kind: 'problem', message: `"${log}" cannot be read (ELOOP); trying again until it can be` },
    ]);
  });

  it('goes on behind the last whole line where its disk fails for a while', async () => {
    await writeFile(log, 'one\ntw');
    const handle = await open(log);
    const files: FileHandle = Object.getPrototypeOf(handle);
    const { read } = files;
    await handle.close();
    const stale = Object.assign(new Error('stale file handle'), { code: 'ESTALE', syscall: 'read' });
    const away = async (): Promise<void> => {
      files.read = () => Promise.reject(stale);
    };
    const back = async (): Promise<void> => {
      files.read = read;
      await append('o\n')();
    };
    try {
      expect((await follow([async () => {}, away, async () => {}, back])).texts).to.deep.equal(['one', 'two']);
    } finally {
      files.read = read;
    }
    expect(notes).to.deep.equal([
      { kind: 'problem', message: `"${log}" cannot be read (ESTALE); trying again until it can be` },
    ]);
  });

  it('loses no line where its disk fails once as the first of them has come', async () => {
    await writeFile(log, '');
    const { readSync } = fs;
    const restore = (): void => {
      fs.readSync = readSync;
      syncBuiltinESMExports();
    };
    const failing = async (): Promise<void> => {
      fs.readSync = () => {
        restore();
        throw Object.assign(new Error('i/o error'), { code: 'EIO', syscall: 'read' });
      };
      syncBuiltinESMExports();
      await append('one\n')();
    };
    try {
      expect((await follow([failing])).texts).to.deep.equal(['one']);
    } finally {
      restore();
    }
  });

  it('gives each line once it has its line end', async () => {
    await writeFile(log, 'one\ntw');
    const { texts, place } = await follow([append('o\nthr'), append('ee'), append('\nfo')]);
    expect(texts).to.deep.equal(['one', 'two', 'three']);
    expect(place).to.have.property('offset', 14);
  });

  it('is read to its end after it was renamed, also what is written into it after that, and then the new one', async () => {
    await writeFile(log, 'one\n');
    const late = () => appendFile(join(folder, 'app.log.1'), 'late\nlast');
    const steps: Step[] = [
      async () => {
        await renamed('new\n')();
        await late();
      },
      append('newer\n'),
    ];
    expect((await follow(steps)).texts).to.deep.equal(['one', 'late', 'last', 'new', 'newer']);
    expect(notes).to.be.empty;
  });

  it('is read on in its copy after it was copied and truncated, and from its beginning then', async () => {
    await writeFile(log, 'one\ntw');
    const steps: Step[] = [
      async () => {
        await append('o\nthree\n')();
        await copied('anew\n')();
      },
    ];
    expect((await follow(steps)).texts).to.deep.equal(['one', 'two', 'three', 'anew']);
    expect(notes).to.be.empty;
  });

  it('is read on in its copy where it has grown past the old place meanwhile', async () => {
    await writeFile(log, 'one\n');
    expect((await follow([copied('another first line\n')])).texts).to.deep.equal(['one', 'another first line']);
    expect(notes).to.be.empty;
  });

  it('is read on in its copy where that happened in the middle of it', async () => {
    const lines = (name: string): string[] =>
      Array.from({ length: 1_500 }, (_, n) => `${name} line ${n} ${'x'.repeat(400)}`);
    const textOf = (all: string[]): string => all.map((line) => `${line}\n`).join('');
    await writeFile(log, textOf(lines('old')));
    const { texts } = await follow([], { atFirstEvent: copied(textOf(lines('another'))) });
    expect(texts).to.deep.equal([...lines('old'), ...lines('another')]);
    expect(notes).to.be.empty;
  });

  it('has no zeros in its lines that its disk puts before them where a program does not append, after each truncation', async () => {
    const program = await open(log, 'w');
    try {
      // It writes on where it was.
      const write = (text: string) => program.write(text);
      await write('one\n');
      const rotated = (copy: string, text: string) => async () => {
        await write(`last of ${copy}\n`);
        await copyFile(log, join(folder, copy));
        await truncate(log);
        await write(text);
      };
      const emptied = async (): Promise<void> => {
        await copyFile(log, join(folder, 'app.log.3'));
        await truncate(log);
      };
      const steps: Step[] = [
        rotated('app.log.1', `two ${'x'.repeat(200_000)}\n`),
        rotated('app.log.2', 'three\n'),
        () => write('four\n'),
        emptied,
        () => write('five\n'),
      ];
      const { texts, place } = await follow(steps);
      expect(texts.map((text) => text.slice(0, 20))).to.deep.equal([
        'one',
        'last of app.log.1',
        `two ${'x'.repeat(16)}`,
        'last of app.log.2',
        'three',
        'four',
        'five',
      ]);
      expect(place).to.have.property('offset', (await program.stat()).size);
      expect(notes).to.be.empty;
    } finally {
      await program.close();
    }
  });

  it('says so where it was truncated and there is no copy', async () => {
    await writeFile(log, 'one\ntw');
    const { texts } = await follow([() => truncate(log), append('three\n')]);
    expect(texts).to.deep.equal(['one', 'three']);
    expect(notes.map(({ kind }) => kind)).to.deep.equal(['problem']);
  });

  it('refuses gzip', async () => {
    await writeFile(log, Buffer.of(0x1f, 0x8b, 8, 0));
    expect(() =>
      fileSource(
        log,
        {
          signal: new AbortController().signal,
          note: () => {},
          clock: new ManualClock(),
          calendar: new ManualClock(),
        },
        { follow: true },
      ),
    ).to.throw('leave out --follow');
  });

  describe('with a checkpoint', () => {
    const settings = () => ({ source: 'file', file: log, checkpoint: join(folder, 'point'), follow: true }) as const;

    /** One run: it is killed after so many events were settled. */
    const runUntil = async (settled: number, steps: readonly Step[], options = OF_A_LOG): Promise<string[]> => {
      const { checkpoint, start } = await openCheckpoint(settings(), {
        beforeSave: () => true,
        clock: new ManualClock(),
      });
      const ended = new AbortController();
      let [waits, idle] = [0, 0];
      const clock = {
        // A clock that is ahead of the disk's says nothing about when a file was written.
        now: () => Date.parse('3000-01-01'),
        random: () => 0,
        sleep: async () => {
          if (waits % 30 === 0) await steps[waits / 30]?.();
          waits += 1;
          idle += 1;
          // Somebody may still write into each of several rotated files.
          if (waits > 30 * (steps.length + 1) && idle > 120) ended.abort();
        },
      };
      const context = { signal: ended.signal, note: (note: SourceNote) => notes.push(note), clock, calendar: clock };
      const events = [];
      const source = fileSource(log, context, { ...options, start: start as FileStart });
      for await (const event of eachOf(source)) {
        checkpoint.read(event, event.resume!);
        events.push(event);
        idle = 0;
      }
      for (const event of events.slice(0, settled)) checkpoint.done(event);
      await checkpoint.close();
      return textsOf(events);
    };

    it('goes on in the file that was rotated away, through those of the time between, and then in the new one', async () => {
      await writeFile(log, 'one\ntwo\nthree\n');
      expect(await runUntil(1, [])).to.deep.equal(['one', 'two', 'three']);
      await rename(log, join(folder, 'app.log.2'));
      await writeFile(join(folder, 'app.log.1'), 'between\n');
      const now = Date.now() / 1000;
      // Rotations are minutes apart, and their order is that of their last writes.
      for (const [minutes, name] of [[1, 'app.log.2'] as const, [2, 'app.log.1'] as const])
        await utimes(join(folder, name), now + minutes * 60, now + minutes * 60);
      await writeFile(log, 'new\n');
      expect(await runUntil(3, [])).to.deep.equal(['two', 'three', 'between', 'new']);
      expect(await runUntil(9, [])).to.deep.equal(['new']);
      expect(await runUntil(9, [append('newer\n')])).to.deep.equal(['newer']);
      expect(notes).to.be.empty;
    });

    it('gives a line of a copy the id that it had in the file itself, though the run that sent it was killed before', async () => {
      const wrap = { type: 't', hostname: 'h', isOrdered: false, calendar: new ManualClock(), runId: 'r' };
      const wrapped = { ...OF_A_LOG, toEvents: eventMaker({}, { wrap }) };
      const idsBy = (events: readonly string[]) =>
        Object.fromEntries(events.map((event) => JSON.parse(event)).map(({ id, data }) => [data, id]));
      await writeFile(log, 'one\n');
      const first = idsBy(await runUntil(1, [copied('between\n')], wrapped));
      await rename(join(folder, 'app.log.1'), join(folder, 'app.log.2'));
      await copied('new\n')();
      const second = idsBy(await runUntil(0, [], wrapped));
      expect(Object.keys(second)).to.deep.equal(['between', 'new']);
      expect(second.between).to.equal(first.between);
    });

    it('waits for what is still written into a file that was rotated away, whatever the clock of this machine says', async () => {
      await writeFile(log, 'one\ntw');
      expect(await runUntil(1, [])).to.deep.equal(['one']);
      await renamed('new\n')();
      const late = () => appendFile(join(folder, 'app.log.1'), 'o\nlate\n');
      expect(await runUntil(9, [late])).to.deep.equal(['two', 'late', 'new']);
      expect(notes).to.be.empty;
    });

    it('goes on in the files after the one that was rotated away where that one is gone, and says so', async () => {
      for (const isEarlierVersion of [false, true]) {
        await rm(join(folder, 'point'), { force: true });
        notes = [];
        await writeFile(log, 'one\n');
        expect(await runUntil(1, [])).to.deep.equal(['one']);
        const point = JSON.parse(await readFile(join(folder, 'point'), 'utf8'));
        // Checkpoints of earlier versions do not say when the file was written.
        if (isEarlierVersion) delete point.modified;
        await writeFile(join(folder, 'point'), JSON.stringify(point));
        await writeFile(join(folder, 'app.log.1'), 'between\n');
        await rm(log);
        await writeFile(log, 'new\n');
        expect(await runUntil(9, [])).to.deep.equal(isEarlierVersion ? ['new'] : ['between', 'new']);
        expect(notes.map(({ kind }) => kind)).to.deep.equal(['problem']);
      }
    });

    it('finds what was rotated away by a name with a date before its extension, and takes no log of another program', async () => {
      const names = [
        'app-202611%.log',
        'app.2026-11-%.0.log',
        'app-2026-11-%T18-30-00.000.log',
        'app__2026-11-%_00-00-00.log',
      ];
      for (const name of names) {
        await rm(folder, { recursive: true });
        await mkdir(folder);
        await writeFile(log, 'one\n');
        expect(await runUntil(1, [])).to.deep.equal(['one']);
        await append('two\n')();
        for (const [day, text] of [['26', 'three\n'] as const, ['27', 'four\n'] as const]) {
          await rename(log, join(folder, name.replace('%', day)));
          await writeFile(log, text);
        }
        await writeFile(join(folder, 'app-2.log'), 'of another program\n');
        expect(await runUntil(3, []), name).to.deep.equal(['two', 'three', 'four']);
      }
      expect(notes).to.be.empty;
    });

    it('finds what was rotated away next to the file that a link leads to, or next to the link', async () => {
      const pod = join(folder, 'pod');
      await mkdir(pod);
      const target = join(pod, '0.log');
      await writeFile(target, 'one\n');
      await symlink(target, log);
      expect(await runUntil(1, [])).to.deep.equal(['one']);
      await appendFile(target, 'two\n');
      await rename(target, join(pod, '0.log.20261127-101010'));
      await writeFile(target, 'three\n');
      expect(await runUntil(2, [])).to.deep.equal(['two', 'three']);
      await appendFile(target, 'four\n');
      await rename(target, join(folder, 'app.log.20261128'));
      await writeFile(target, 'five\n');
      expect(await runUntil(2, [])).to.deep.equal(['four', 'five']);
      expect(notes).to.be.empty;
    });

    it('finds the copy of a log that begins with as many zeros as the next one', async () => {
      const program = await open(log, 'w');
      const copiedAs = async (name: string): Promise<void> => {
        await copyFile(log, join(folder, name));
        await truncate(log);
      };
      await program.write(`${'x'.repeat(200_000)}\n`);
      await copiedAs('app.log.2');
      await program.write('one\n');
      expect(await runUntil(1, [])).to.deep.equal(['one']);
      await program.write('two\n');
      await copiedAs('app.log.1');
      await program.write('three\n');
      await program.close();
      expect(await runUntil(2, [])).to.deep.equal(['two', 'three']);
      expect(notes).to.be.empty;
    });

    it('loses no line and moves past no line that is not settled, whatever happens to the file and whenever a run ends', async () => {
      const action = fc.constantFrom('append', 'half', 'rename', 'copy');
      const runs = fc.array(fc.tuple(fc.array(action, { maxLength: 3 }), fc.nat(6)), { minLength: 1, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(runs, fc.constantFrom('a', 'w'), async (all, flags) => {
          await rm(folder, { recursive: true });
          await mkdir(folder);
          let written = 0;
          let rotations = 0;
          let half = '';
          const lines: string[] = [];
          // Files of one tick of the disk's clock are in the order of their names.
          const rotated = (): string => {
            rotations += 1;
            return `${log}-${20260101 + rotations}`;
          };
          const line = (): string => {
            lines.push(`line ${written}`);
            written += 1;
            return `${lines.at(-1)}\n`;
          };
          // A program that does not append writes on where it was, also after a truncation.
          let program = await open(log, flags);
          const write = (text: string) => program.write(text);
          const finish = async (): Promise<void> => {
            if (half !== '') await write(half.slice(3));
            half = '';
          };
          const acts: Record<'append' | 'half' | 'rename' | 'copy', Step> = {
            append: async () => {
              await finish();
              await write(line() + line());
            },
            half: async () => {
              await finish();
              half = line();
              await write(half.slice(0, 3));
            },
            rename: async () => {
              await finish();
              await rename(log, rotated());
              await program.close();
              program = await open(log, flags);
              await write(line());
            },
            copy: async () => {
              await finish();
              await copyFile(log, rotated());
              await truncate(log);
              await write(line());
            },
          };
          await write(line());
          const found: string[] = [];
          for (const [actions, settled] of all) {
            const texts = await runUntil(
              settled,
              actions.map((name) => acts[name]),
            );
            found.push(...texts.slice(0, settled));
          }
          await finish();
          found.push(...(await runUntil(Number.POSITIVE_INFINITY, [])));
          await program.close();
          expect(found).to.deep.equal(lines);
        }),
        { seed: 29, numRuns: 9 },
      );
    });

    it('begins a new file with its own place', async () => {
      await writeFile(log, 'one\n');
      await runUntil(9, [renamed('new one\n')]);
      const { start, checkpoint } = await openCheckpoint(settings(), {
        beforeSave: () => true,
        clock: new ManualClock(),
      });
      await checkpoint.close();
      expect(offsetOf(start)).to.equal(8);
    });
  });
});
