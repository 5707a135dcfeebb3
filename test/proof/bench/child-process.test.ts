import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { startAnsweringProcess } from '../../../proof/bench/child-process.ts';
import { emptyFolder } from '../../support/empty-folder.ts';
import { inEnvironment } from '../../support/run.ts';

describe('a process of the bench whose asker is gone', () => {
  const folder = emptyFolder();
  const server = createServer();
  before(() => once(server.listen(0, '127.0.0.1'), 'listening'));
  // Nobody waits for it here: what looks for all that a file of tests leaves does.
  after(() => server.close());

  it('ends what it runs and leaves no folder, after Ctrl-C as well', async () => {
    const file = new URL('./endless-process.ts', import.meta.url);
    const { pid, ask, stop } = await inEnvironment({ TMPDIR: folder }, async () =>
      startAnsweringProcess<number, never>(file, null),
    );
    const answer = ask((server.address() as AddressInfo).port).catch((error: Error) => error);
    const [socket] = (await once(server, 'connection')) as [Socket];
    const closed = once(socket.resume(), 'close');
    expect(await readdir(folder)).to.have.length(1);
    process.kill(pid, 'SIGINT');
    await stop();
    expect(await readdir(folder)).to.deep.equal([]);
    await closed;
    expect(await answer).to.be.an.instanceOf(Error);
  });
});
