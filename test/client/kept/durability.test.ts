import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { writeAtomically } from '../../../client/kept/atomic-file.ts';
import { openCheckpoint } from '../../../client/kept/source-checkpoint.ts';
import { Spool } from '../../../client/kept/spool.ts';
import { type FileRecorder, recordFiles } from '../../support/file-recorder.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** What a power failure leaves is what was synced, under the names that were synced: so the order of these is what is tested. */
describe('what must survive a power failure', () => {
  let folder: string;
  let disk: FileRecorder;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durability-test-'));
    await writeFile(join(folder, 'events.ndjson'), '{}\n');
    disk = recordFiles();
  });
  afterEach(async () => {
    disk.restore();
    await rm(folder, { recursive: true });
  });

  const event = (text: string) => ({ partitionKey: 'k', data: Buffer.from(text) });
  const openSpool = (): Spool => new Spool({ path: join(folder, 'spool.ndjson'), clock: { now: () => 0 } });
  const spooled = (): Promise<string> => readFile(join(folder, 'spool.ndjson'), 'utf8');

  const WRITERS: [what: string, name: string, write: () => Promise<unknown>][] = [
    ['a file that is written atomically', 'state.json', () => writeAtomically(join(folder, 'state.json'), '{}')],
    [
      'a checkpoint',
      'checkpoint.json',
      () =>
        openCheckpoint(
          { source: 'file', file: join(folder, 'events.ndjson'), checkpoint: join(folder, 'checkpoint.json') },
          { beforeSave: () => true, clock: new ManualClock() },
        ),
    ],
  ];
  for (const [what, name, write] of WRITERS)
    it(`${what}: another file is written and synced, takes its name, and then the folder is synced`, async () => {
      await write();
      const renamed = disk.operations.findIndex((operation) => operation.endsWith(` to ${name}`));
      const temporary = /^rename (.+) to /.exec(disk.operations[renamed] ?? '')?.[1];
      expect(temporary).not.to.equal(name);
      expect(disk.operations.slice(renamed - 2, renamed + 2)).to.deep.equal([
        `write ${temporary}`,
        `sync ${temporary}`,
        `rename ${temporary} to ${name}`,
        `sync ${basename(folder)}`,
      ]);
      expect(disk.operations).not.to.include(`write ${name}`);
    });

  it('a spool: its name is synced when it is created, and its events when it is told', () => {
    const spool = openSpool();
    spool.keep(event('a'));
    expect(disk.operations).to.deep.equal([`sync ${basename(folder)}`, 'write spool.ndjson']);
    expect(spool.sync()).to.equal(true);
    expect(disk.operations.at(-1)).to.equal('sync spool.ndjson');
    spool.close();
  });

  it('a spool on a full disk: the line that was cut off is removed, and nothing follows it', async () => {
    const spool = openSpool();
    expect(spool.keep(event('first'))).to.equal(true);
    disk.failNextWriteAfter(3);
    expect(spool.keep(event('second'))).to.equal(false);
    expect(spool.keep(event('third'))).to.equal(false);
    spool.close();
    expect(await spooled()).to.equal('first\n');
    expect(spool.error?.message).to.contain('ENOSPC');
  });
});
