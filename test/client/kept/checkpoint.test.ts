import { execFileSync } from 'node:child_process';
import {
  appendFile,
  copyFile,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { UsageError } from '../../../cli/usage-error.ts';
import type { Checkpoint } from '../../../client/kept/checkpoint.ts';
import { offsetOf, openCheckpoint } from '../../../client/kept/source-checkpoint.ts';
import type { LineEvent } from '../../../client/sources/file/lines.ts';
import { emptyFolder } from '../../support/empty-folder.ts';
import { eventsOf, textsOf } from '../../support/file-source.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { untilEqual } from '../../support/until.ts';

describe('the checkpoint', () => {
  const folder = emptyFolder();
  let file: string;
  let path: string;
  let clock: ManualClock;
  const open: Checkpoint[] = [];
  beforeEach(async () => {
    file = join(folder, 'events.ndjson');
    path = join(folder, 'events.checkpoint');
    clock = new ManualClock();
  });
  afterEach(async () => {
    for (const checkpoint of open.splice(0)) await checkpoint.close();
  });

  const begin = async (
    of = file,
    beforeSave = () => true,
    onProblem = (_: string) => {},
  ): Promise<{ checkpoint: Checkpoint; start: number }> => {
    const settings = { source: 'file', file: of, checkpoint: path } as const;
    const { checkpoint, start } = await openCheckpoint(settings, { beforeSave, onProblem, clock });
    open.push(checkpoint);
    return { checkpoint, start: offsetOf(start)! };
  };
  /** The text of the checkpoint that a stream of Bluesky leaves, and where the next run of it begins. */
  const ofBluesky = async (url: string): Promise<{ text: string; start: unknown }> => {
    const settings = { source: 'bluesky', url, checkpoint: path } as const;
    const { checkpoint, start } = await openCheckpoint(settings, { beforeSave: () => true, clock });
    const event = { data: Buffer.from('{}'), partitionKey: 'a', resume: '1795000000000000' };
    checkpoint.read(event, event.resume);
    checkpoint.done(event);
    await checkpoint.close();
    return { text: await readFile(path, 'utf8'), start };
  };
  const linesFrom = (start: number): Promise<LineEvent[]> => eventsOf(file, { start });
  const offsetOnDisk = async (): Promise<number> => JSON.parse(await readFile(path, 'utf8')).offset;
  const problemOf = async (of?: string): Promise<string> => {
    const error = await begin(of).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(UsageError);
    return (error as UsageError).problems.join();
  };
  /** Delivers so many events of the file. */
  const deliver = async (count = Number.POSITIVE_INFINITY): Promise<void> => {
    const { checkpoint, start } = await begin();
    const lines = await linesFrom(start);
    for (const line of lines) checkpoint.read(line, line.resume!);
    for (const line of lines.slice(0, count)) checkpoint.done(line);
    expect(await checkpoint.close()).to.equal(undefined);
  };

  it('removes what a run left that was killed while it wrote, and nothing that another one writes now', async () => {
    await writeFile(file, 'a\n');
    // No process has as high an id.
    const left = `events.checkpoint.${2 ** 31 - 1}.tmp`;
    const others = [`events.checkpoint.${process.ppid}.tmp`, `other${left}`, `${left}.tmp`, 'events.checkpoint.tmp'];
    for (const name of [left, ...others]) await writeFile(join(folder, name), '');
    await begin();
    expect(await readdir(folder)).to.have.members(['events.ndjson', 'events.checkpoint', ...others]);
  });

  it('resumes at the first line that is not done, whatever the line ends and the characters', async () => {
    const line = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => `"${text.replace(/[\r\n]/g, '')}"`);
    const lines = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\n\n', '\r\n \r\n')), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(lines, fc.nat(20), fc.boolean(), async (parts, count, isEnded) => {
        const text = parts.flat().join('');
        await writeFile(file, isEnded ? text : text.trimEnd());
        await rm(path, { force: true });
        await deliver(count);
        const rest = textsOf(await linesFrom((await begin()).start));
        expect(rest).to.deep.equal(parts.map(([content]) => content).slice(count));
      }),
      { seed: 11, numRuns: 20 },
    );
  });

  it('never passes an event that is not done, in whatever order the others are', async () => {
    await writeFile(file, Array.from({ length: 12 }, (_, index) => `${'x'.repeat(index)}${index}\n`).join(''));
    const lines = await linesFrom(0);
    const order = fc.shuffledSubarray(lines, { minLength: 0, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(order, async (done) => {
        await rm(path, { force: true });
        const { checkpoint } = await begin();
        for (const line of lines) checkpoint.read(line, line.resume!);
        for (const line of done) checkpoint.done(line);
        const first = lines.findIndex((line) => !done.includes(line));
        const expected = first < 0 ? lines.at(-1)!.end : (lines[first - 1]?.end ?? 0);
        expect(checkpoint.place).to.have.property('offset', expected);
        await checkpoint.close();
        expect(await offsetOnDisk()).to.equal(expected);
      }),
      { seed: 13, numRuns: 20 },
    );
  });

  it('of a live source stays without a place until its first event is done', async () => {
    const settings = { source: 'bluesky', checkpoint: path } as const;
    const { checkpoint, start } = await openCheckpoint(settings, { beforeSave: () => true, clock });
    open.push(checkpoint);
    expect(start).to.equal(undefined);
    const [one, two] = ['1', '2'].map((text) => ({ partitionKey: text, data: Buffer.from(text) }));
    checkpoint.read(one!, '1');
    checkpoint.read(two!, '2');
    checkpoint.passed('3');
    checkpoint.done(two!);
    expect(checkpoint.place).to.equal(undefined);
    checkpoint.done(one!);
    expect(checkpoint.place).to.equal('3');
    await checkpoint.close();
    const again = await openCheckpoint(settings, { beforeSave: () => true, clock });
    open.push(again.checkpoint);
    expect(again.start).to.equal('3');
  });

  it('is written while the events flow, whole each time', async () => {
    await writeFile(file, 'one\ntwo\n');
    const { checkpoint } = await begin();
    expect(await offsetOnDisk()).to.equal(0);
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    const lines = await linesFrom(0);
    for (const line of lines) checkpoint.read(line, line.resume!);
    checkpoint.done(lines[0]!);
    clock.advance(499);
    expect(await offsetOnDisk()).to.equal(0);
    clock.advance(1);
    await untilEqual(offsetOnDisk, 4);
    checkpoint.done(lines[1]!);
    await untilEqual(() => {
      clock.advance(500);
      return offsetOnDisk();
    }, 8);
    // A write that is under way has a file of its own.
    await checkpoint.close();
    expect(await readdir(folder)).to.have.members(['events.ndjson', 'events.checkpoint']);
    expect(clock.sleepers).to.equal(0);
  });

  it('is written where the source has passed what is not an event', async () => {
    await writeFile(file, 'one\n');
    const { checkpoint } = await begin();
    const [line] = await linesFrom(0);
    checkpoint.passed(line!.resume!);
    await untilEqual(() => {
      clock.advance(500);
      return offsetOnDisk();
    }, 4);
  });

  it('tells once why it cannot be written, and is written as soon as it can be again', async () => {
    await writeFile(file, 'one\n');
    const problems: string[] = [];
    const saves: number[] = [];
    const beforeSave = (): boolean => saves.push(clock.now()) > 0;
    const { checkpoint } = await begin(file, beforeSave, (message) => problems.push(message));
    await rm(path);
    await mkdir(path);
    const [line] = await linesFrom(0);
    checkpoint.read(line!, line!.resume!);
    checkpoint.done(line!);
    await untilEqual(() => {
      clock.advance(500);
      return saves.length > 3;
    }, true);
    await rmdir(path);
    await untilEqual(() => {
      clock.advance(500);
      return offsetOnDisk().catch(() => 0);
    }, 4);
    expect(problems).to.deep.equal([
      `the checkpoint "${path}" cannot be written (EISDIR); trying again until it can be`,
    ]);
  });

  it('is kept behind a link, where the link leads to a disk that outlives this one', async () => {
    await writeFile(file, 'one\ntwo\n');
    const kept = join(folder, 'kept');
    await mkdir(kept);
    await symlink(join('kept', 'events.checkpoint'), path);
    await deliver(1);
    await deliver();
    expect(await readdir(kept)).to.deep.equal(['events.checkpoint']);
    expect(JSON.parse(await readFile(join(kept, 'events.checkpoint'), 'utf8')).offset).to.equal(8);
    expect(await readlink(path)).to.equal(join('kept', 'events.checkpoint'));
  });

  it('is written for its owner only, and through no link that has the name of its unfinished file', async () => {
    await writeFile(file, '{"a":1}\n');
    const other = join(folder, 'other');
    await writeFile(other, 'of somebody', { mode: 0o644 });
    await symlink(other, `${path}.${process.pid}.tmp`);
    await deliver();
    expect(await readFile(other, 'utf8')).to.equal('of somebody');
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
  });

  it('is not written where what counts as done is not on the disk', async () => {
    await writeFile(file, 'one\n');
    let isOnDisk = true;
    const { checkpoint } = await begin(file, () => isOnDisk);
    const [line] = await linesFrom(0);
    checkpoint.read(line!, line!.resume!);
    isOnDisk = false;
    checkpoint.done(line!);
    await checkpoint.close();
    expect(await offsetOnDisk()).to.equal(0);
  });

  it('goes on behind a last line without an end, and with what the file has got since', async () => {
    await writeFile(file, 'one\ntwo');
    await deliver();
    await appendFile(file, '\nthree\n');
    expect(textsOf(await linesFrom((await begin()).start))).to.deep.equal(['three']);
  });

  it('knows a file again after it was renamed', async () => {
    await writeFile(file, 'one\n');
    await deliver();
    const renamed = join(folder, 'renamed.ndjson');
    await rename(file, renamed);
    expect((await begin(renamed)).start).to.equal(4);
  });

  it('refuses another file and names both', async () => {
    await writeFile(file, 'one\n');
    await deliver();
    const other = join(folder, 'other.ndjson');
    await copyFile(file, other);
    expect(await problemOf(other)).to.equal(
      `the checkpoint "${path}" is of "${file}", and "${other}" is another file. Give the right one, or delete the checkpoint to begin at the first line.`,
    );
  });

  it('refuses a file that replaced the one before', async () => {
    await writeFile(file, 'one\n');
    await deliver();
    await writeFile(join(folder, 'new'), 'one\ntwo\n');
    await rename(join(folder, 'new'), file);
    expect(await problemOf()).to.contain('another file has replaced it');
  });

  it('refuses a file that was truncated', async () => {
    await writeFile(file, 'one\ntwo\n');
    await deliver();
    await truncate(file, 4);
    expect(await problemOf()).to.contain(
      `"${file}" has 4 bytes, but the checkpoint "${path}" says that 8 were delivered: it was truncated.`,
    );
  });

  it('refuses a file that was written again', async () => {
    await writeFile(file, 'one\ntwo\n');
    await deliver();
    await writeFile(file, 'uno\ntwo\nthree\n');
    expect(await problemOf()).to.contain(`"${file}" does not begin as the checkpoint`);
  });

  it('refuses to overwrite a file that is not its own', async () => {
    await writeFile(file, 'one\n');
    for (const content of ['{"id":1}\n', 'two\n', 'null', '']) {
      await writeFile(path, content);
      expect(await problemOf()).to.equal(
        `"${path}" is not a checkpoint of this client; expected a file of an earlier run, or no file`,
      );
      expect(await readFile(path, 'utf8')).to.equal(content);
    }
  });

  it('refuses what another version has written', async () => {
    await writeFile(file, 'one\n');
    await deliver();
    await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), version: 2 }));
    expect(await problemOf()).to.contain('is not a checkpoint of this client');
  });

  it('refuses a checkpoint that cannot be read, and does not begin anew', async () => {
    await writeFile(file, 'one\n');
    await mkdir(path);
    expect(await problemOf()).to.equal(
      `the checkpoint "${path}" cannot be read (EISDIR); expected a file of an earlier run, or no file`,
    );
  });

  it('refuses a pipe, which it would wait for without end', async () => {
    await writeFile(file, 'one\n');
    execFileSync('mkfifo', [path]);
    expect(await problemOf()).to.contain('is not a checkpoint of this client; expected a file of an earlier run');
  });

  it('refuses what cannot be read again, and a folder that is missing', async () => {
    expect(await problemOf('/dev/null')).to.contain('is not a regular file; --checkpoint and --follow need one');
    expect(await problemOf()).to.contain(`"${file}" cannot be read (ENOENT)`);
    await writeFile(file, 'one\n');
    path = join(folder, 'no', 'checkpoint');
    expect(await problemOf()).to.match(
      /cannot be written \(ENOENT.*expected a file in a folder that exists and has room$/,
    );
  });

  it('of a live stream keeps no token of its URL, and goes on whatever the query asks for', async () => {
    const { text } = await ofBluesky('wss://me:hunter2@example.org/subscribe?token=sesame');
    expect(text).to.contain('"wss://…@example.org/subscribe"');
    // Earlier versions kept the query.
    await writeFile(path, text.replace('subscribe"', 'subscribe?token=old"'));
    const again = await ofBluesky('wss://me:hunter2@example.org/subscribe?token=new');
    expect(again.start).to.equal('1795000000000000');
    expect(again.text).not.to.contain('token');
  });
});
