import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { openCheckpoints } from '../../../local/mapping/checkpoints.ts';
import { SettledPosition } from '../../../local/mapping/settled-position.ts';
import { emptyFolder } from '../../support/empty-folder.ts';
import { STREAM_ARN } from '../../support/kinesis-event.ts';

describe('the checkpoints', () => {
  const folder = emptyFolder();
  let problems: string[];
  beforeEach(async () => {
    problems = [];
  });
  const open = (path = join(folder, 'checkpoints.json'), streamArn = STREAM_ARN) =>
    openCheckpoints({ path, streamArn, onProblem: (message) => problems.push(message) });

  it('are there again when the file is opened anew, the newest of each shard', async () => {
    const first = await open();
    for (let n = 0; n < 50; n += 1) first.save('a', { settled: String(n) });
    first.save('b', { isFinished: true, settled: '5' });
    await first.flush();
    // Of a process that was killed while it wrote: none has as high an id.
    await writeFile(join(folder, `checkpoints.json.${2 ** 31 - 1}.tmp`), '');
    const second = await open();
    expect(second.of('a')).to.deep.equal({ settled: '49' });
    expect(second.of('b')).to.deep.equal({ isFinished: true, settled: '5' });
    expect(second.of('c')).to.equal(undefined);
    expect(await readdir(folder)).to.deep.equal(['checkpoints.json']);
  });

  it('survive a disk that is full for a while', async () => {
    const path = join(folder, 'blocked');
    const checkpoints = await open(path);
    await mkdir(join(path, 'in-the-way'), { recursive: true });
    checkpoints.save('a', { settled: '1' });
    await checkpoints.flush();
    expect(problems.join()).to.match(/^the checkpoints cannot be written yet: /);
    await rm(path, { recursive: true });
    checkpoints.save('b', { settled: '2' });
    await checkpoints.flush();
    expect(JSON.parse(await readFile(path, 'utf8')).shards).to.deep.equal({ a: { settled: '1' }, b: { settled: '2' } });
  });

  it('refuse a file that is not theirs, and those of another stream', async () => {
    const path = join(folder, 'checkpoints.json');
    const messageOf = (opening: Promise<unknown>) => opening.then(String, ({ message }: Error) => message);
    for (const content of ['{"shards":', '{"shards":{}}', JSON.stringify({ streamArn: STREAM_ARN }), 'null']) {
      await writeFile(path, content);
      expect(await messageOf(open())).to.equal(
        `${path} holds no checkpoints; remove it, and the stream is read from its first record`,
      );
    }
    await writeFile(path, JSON.stringify({ streamArn: 'another', shards: {} }));
    expect(await messageOf(open())).to.equal(
      `${path} holds the checkpoints of another; expected those of ${STREAM_ARN}`,
    );
    expect(await messageOf(open(folder)), 'what cannot be read is not begun anew').to.match(/^EISDIR: /);
  });
});

describe('SettledPosition', () => {
  it('stands before the first record that is not settled, in whatever order they are', () => {
    const orders = fc
      .integer({ min: 1, max: 60 })
      .chain((count) =>
        fc.shuffledSubarray(Array.from({ length: count }, (_, n) => n)).map((order) => ({ count, order })),
      );
    fc.assert(
      fc.property(orders, ({ count, order }) => {
        const position = new SettledPosition();
        for (let n = 0; n < count; n += 1) position.read(String(n));
        const settled = new Set<number>();
        let at = -1;
        for (const n of order) {
          position.settle(String(n));
          settled.add(n);
          at = Number(position.advance() ?? at);
          let expected = -1;
          while (settled.has(expected + 1)) expected += 1;
          expect(at).to.equal(expected);
        }
      }),
    );
  });

  it('goes on from where it stood, and stands still where nothing was settled', () => {
    const position = new SettledPosition();
    let last: string | undefined;
    for (let n = 0; n < 5_000; n += 1) {
      position.read(String(n));
      position.settle(String(n));
      last = position.advance();
    }
    expect(last).to.equal('4999');
    expect(position.advance()).to.equal(undefined);
  });
});
