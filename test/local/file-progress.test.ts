import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { fileProgress } from '../../local/file-progress.ts';

describe('the progress through a file', () => {
  let folder: string;
  let file: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'file-progress-test-'));
    file = join(folder, 'events.ndjson');
    // 100 lines of 10 bytes.
    await writeFile(file, '123456789\n'.repeat(100));
  });
  after(() => rm(folder, { recursive: true }));

  it('is the share of its bytes that is read, and the time that the rest takes at that speed', () => {
    let now = 5_000;
    const { read, parts } = fileProgress(file, () => now);
    expect(parts()).to.deep.equal([]);
    for (let line = 0; line < 25; line += 1) read(9);
    now += 10_000;
    expect(parts()).to.deep.equal(['25 % of the file', '30 s left']);
    for (let line = 0; line < 75; line += 1) read(9);
    expect(parts()).to.deep.equal(['100 % of the file']);
  });

  it('does not guess the remaining time at the very start', () => {
    let now = 0;
    const { read, parts } = fileProgress(file, () => now);
    read(4);
    now = 60_000;
    expect(parts()).to.deep.equal(['0 % of the file']);
  });

  it('is empty where there is no file, or what is not a file', () => {
    for (const path of [undefined, join(folder, 'missing'), folder]) {
      const { read, parts } = fileProgress(path, () => 0);
      read(100);
      expect(parts()).to.deep.equal([]);
    }
  });
});
