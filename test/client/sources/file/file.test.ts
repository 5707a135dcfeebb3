import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { UsageError } from '../../../../cli/usage-error.ts';
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

  it('refuses a path without a file', async () => {
    const loop = join(folder, 'loop');
    await symlink(loop, loop);
    for (const path of [folder, join(folder, 'missing'), loop])
      expect(await read(path).catch((thrown: unknown) => thrown)).to.be.instanceOf(UsageError);
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
});
