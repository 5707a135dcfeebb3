import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { offsetOf, openCheckpoint, resumedAt } from '../../../client/kept/source-checkpoint.ts';
import { Spool } from '../../../client/kept/spool.ts';
import { eventsOf } from '../../support/file-source.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { RecordedDisk } from '../../support/power-loss.ts';

/** As long as a line, so that the place in the file tells the number of the event. */
const lineOf = (index: number): string => `{"event":${index}}\n`;
const COUNT = 6;

describe('the files of the client after a power failure at any moment', () => {
  let disk: RecordedDisk;
  beforeEach(async () => {
    disk = await RecordedDisk.start();
  });
  afterEach(() => disk.remove());

  const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');

  it('a checkpoint is whole, there once it was saved, and every event before it was sent or is in the spool', async () => {
    const file = join(disk.folder, 'events.ndjson');
    await writeFile(file, Array.from({ length: COUNT }, (_, index) => lineOf(index)).join(''));
    const spool = new Spool({ path: join(disk.root, 'spool.ndjson'), calendar: { now: () => 0 } });
    const settings = (root: string) => ({ source: 'file', file, checkpoint: join(root, 'checkpoint.json') }) as const;
    // Nothing but the test saves it.
    const options = { beforeSave: () => spool.sync(), clock: new ManualClock() };
    const { checkpoint, start } = await openCheckpoint(settings(disk.root), options);
    const saved: { steps: number; offset: number }[] = [];
    for (const [index, event] of (await eventsOf(file, { start: offsetOf(start)! })).entries()) {
      checkpoint.read(event, event.resume!);
      // Every third one is sent.
      if (index % 3 !== 0) expect(spool.keep(event)).to.equal(true);
      checkpoint.done(event);
      if (index % 2 === 1 && (await checkpoint.save()) === undefined)
        saved.push({ steps: disk.steps.length, offset: (index + 1) * lineOf(index).length });
    }
    spool.close();
    expect(await checkpoint.close()).to.equal(undefined);
    let furthest = 0;
    await disk.eachFailure(async (left, after, what) => {
      const offset = offsetOf(await resumedAt(settings(left))) ?? 0;
      const { offset: least = 0 } = saved.findLast(({ steps }) => steps <= after) ?? {};
      expect(offset, what).to.be.at.least(least);
      furthest = Math.max(furthest, offset);
      const kept = (await textOf(join(left, 'spool.ndjson'))).split('\n').slice(0, -1);
      let at = 0;
      for (let index = 0; at < offset; index += 1) {
        if (index % 3 !== 0) expect(kept, what).to.include(lineOf(index).trimEnd());
        at += lineOf(index).length;
      }
    });
    expect(furthest).to.equal(COUNT * lineOf(0).length);
  });

  it('a spool has every line that it was told to bring to the disk, in order, and at most a torn last one', async () => {
    const spool = new Spool({ path: join(disk.root, 'spool.ndjson'), calendar: { now: () => 0 } });
    const synced: { steps: number; lines: number }[] = [];
    for (let index = 0; index < COUNT; index += 1) {
      spool.keep({ partitionKey: 'k', data: Buffer.from(lineOf(index).trimEnd()) });
      if (index % 2 === 0 && spool.sync()) synced.push({ steps: disk.steps.length, lines: index + 1 });
    }
    spool.close();
    synced.push({ steps: disk.steps.length, lines: COUNT });
    const all = Array.from({ length: COUNT }, (_, index) => lineOf(index)).join('');
    await disk.eachFailure(async (left, after, what) => {
      const text = await textOf(join(left, 'spool.ndjson'));
      expect(all.startsWith(text), what).to.equal(true);
      const { lines = 0 } = synced.findLast(({ steps }) => steps <= after) ?? {};
      expect(text.split('\n').length - 1, what).to.be.at.least(lines);
    });
  });
});
