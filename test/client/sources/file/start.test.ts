import { hash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { copyFile, rename, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { identityOf, toSaved } from '../../../../client/sources/file/identity.ts';
import { startOf } from '../../../../client/sources/file/start.ts';
import { emptyFolder } from '../../../support/empty-folder.ts';
import { leftOpen, openedBy } from '../../../support/left-open.ts';

const FUTURE = Date.parse('2035-01-01') / 1_000;

describe('where a log that is followed is begun again', () => {
  const folder = emptyFolder();
  const log = join(folder, 'app.log');
  const rotated = join(folder, 'app.log.1');

  /** @param second of the disk's clock, which is years ahead: a file is not written to before it is made */
  const stamp = (path: string, second: number): Promise<void> => utimes(path, FUTURE + second, FUTURE + second);
  const write = async (path: string, text: string, second: number): Promise<void> => {
    await writeFile(path, text);
    await stamp(path, second);
  };
  const follow = { follow: true };
  /** What the checkpoint of a run says that ended before there was a line. */
  const savedEmpty = async () => {
    await write(log, '', 10);
    return toSaved(log, startOf(log, undefined, follow).place, true);
  };
  const earlierOf = (saved: Awaited<ReturnType<typeof savedEmpty>>) => {
    const { place, earlier, lost } = startOf(log, saved, follow);
    expect({ offset: place.offset, lost }).to.deep.equal({ offset: 0, lost: undefined });
    return earlier.map(({ path, isCopy, place: { file, offset } }) => ({ path, isCopy, inode: file.inode, offset }));
  };

  it('no file stays open that was looked at', async () => {
    await write(log, 'line\n', 10);
    expect(leftOpen(() => startOf(log, undefined, follow))).to.equal(0);
  });

  it('the copies that were made of it since come first, as lines of the log', async () => {
    const saved = await savedEmpty();
    for (const [index, path] of [join(folder, 'app.log.2'), rotated].entries()) {
      await write(log, `line ${index}\n`, 20 + index);
      await copyFile(log, path);
      await stamp(path, 20 + index);
      await truncate(log);
    }
    await write(log, 'last line\n', 30);
    const copy = { isCopy: true, inode: saved.inode, offset: 0 };
    // The folder for temporary files may be behind a link.
    const real = realpathSync(folder);
    expect(earlierOf(saved)).to.deep.equal([
      { path: join(real, 'app.log.2'), ...copy },
      { path: join(real, 'app.log.1'), ...copy },
    ]);
  });

  it('a file that was renamed before and written to since is not taken for a copy', async () => {
    await write(log, 'line\n', 5);
    await rename(log, rotated);
    const saved = await savedEmpty();
    await write(rotated, 'line\nlate line\n', 20);
    expect(earlierOf(saved)).to.deep.equal([]);
  });

  it('files of days before are not even opened: thousands may lie next to it', async () => {
    const day = 86_400;
    for (let hour = 0; hour < 20; hour += 1) await write(`${log}-20260101-${hour}`, 'line\n', hour);
    await write(log, 'line\n', 3 * day);
    const saved = toSaved(log, startOf(log, undefined, follow).place, true);
    await rename(log, rotated);
    await utimes(rotated, day, day);
    await write(log, 'next\n', 3 * day + 1);
    const { paths } = openedBy(() => expect(startOf(log, saved, follow).earlier).to.have.lengthOf(1));
    expect(new Set(paths)).to.deep.equal(new Set([log, join(realpathSync(folder), 'app.log.1')]));
  });

  it('its copy is found where the clock was set back by years since it was last read', async () => {
    await write(log, 'line\n', 2_000_000_000);
    const saved = toSaved(log, startOf(log, undefined, follow).place, true);
    await copyFile(log, rotated);
    await utimes(rotated, 1_000_000_000, 1_000_000_000);
    await write(log, 'next\n', 1_001_000_000);
    const { earlier, lost } = startOf(log, saved, follow);
    expect(earlier.map(({ path, isCopy }) => ({ path, isCopy }))).to.deep.equal([
      { path: join(realpathSync(folder), 'app.log.1'), isCopy: true },
    ]);
    expect(lost).to.equal(undefined);
  });

  it('all files next to it come again where the clock was set back by years: nobody knows which are new', async () => {
    await write(log, 'line\n', 30);
    const saved = toSaved(log, startOf(log, undefined, follow).place, true);
    await rename(log, join(folder, 'app.log.2'));
    await write(rotated, 'another line\n', -1_000_000_000);
    await write(log, 'next\n', -999_999_000);
    const { earlier, lost } = startOf(log, saved, follow);
    expect(earlier.map(({ path, place }) => [path, place.offset])).to.deep.equal([
      [join(realpathSync(folder), 'app.log.2'), 0],
      [join(realpathSync(folder), 'app.log.1'), 0],
    ]);
    expect(lost).to.equal(undefined);
  });

  it('an empty file that is gone is missed, though the log or a file next to it has its inode', async () => {
    const saved = await savedEmpty();
    await write(log, 'line\n', 20);
    for (const isNextToIt of [false, true]) {
      if (isNextToIt) await rename(log, rotated);
      if (isNextToIt) await write(log, 'next\n', 30);
      // Before the file that has its inode was made.
      expect(startOf(log, { ...saved, modified: 10_000 }, follow).lost).to.contain('lines may be missing');
      expect(startOf(log, saved, follow).lost).to.equal(undefined);
    }
  });

  it('an empty file with the time of its original, as from an archive, is not missed: it is there', async () => {
    await write(log, '', -1_000_000_000);
    const saved = toSaved(log, startOf(log, undefined, follow).place, true);
    expect(earlierOf(saved)).to.deep.equal([]);
    await write(log, 'line\n', 20);
    expect(earlierOf(saved)).to.deep.equal([]);
  });

  it('a file that has the inode of one that is gone was not truncated: what is next to it keeps its identity', async () => {
    await write(log, 'first line\n', 10);
    const { inode } = startOf(log, undefined, follow).place.file;
    await write(rotated, 'second line\n', 20);
    await write(log, 'third line\n', 30);
    const second = identityOf(rotated);
    for (const [lastWrite, isCopy] of [
      [10_000, false],
      [Date.now() + 1_000, true],
    ] as const) {
      await utimes(rotated, lastWrite / 1_000 + 1, lastWrite / 1_000 + 1);
      const gone = { bytes: 11, sha256: hash('sha256', 'first line\n') };
      const saved = { file: log, inode, head: gone, offset: 11, modified: lastWrite };
      expect(startOf(log, saved, follow).earlier.map((one) => [one.isCopy, one.place.file.inode])).to.deep.equal([
        [isCopy, isCopy ? inode : second.inode],
      ]);
    }
  });

  it('a copy is found that has less of the time of its original', async () => {
    await write(log, 'line\n', 10.9);
    const saved = toSaved(log, startOf(log, undefined, follow).place, true);
    await copyFile(log, rotated);
    await stamp(rotated, 10);
    await write(log, 'next\n', 20);
    expect(earlierOf(saved)).to.have.lengthOf(1);
  });

  it('older files next to it are left alone', async () => {
    await write(rotated, 'line\n', 5);
    const saved = await savedEmpty();
    await write(log, 'line\n', 20);
    expect(earlierOf(saved)).to.deep.equal([]);
  });
});
