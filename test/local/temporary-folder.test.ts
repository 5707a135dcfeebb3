import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { messageOf } from '../../cli/user-error.ts';
import { temporaryFolder } from '../../local/temporary-folder.ts';
import { emptyFolder } from '../support/empty-folder.ts';
import { inEnvironment } from '../support/run.ts';

describe('temporaryFolder', () => {
  const folder = emptyFolder();

  it('says what to do where a file finds no room, and leaves no folder there', async () => {
    // As on a full disk, the folder can be made and the file cannot.
    const files = { [join('missing', 'bundle.cjs')]: Buffer.from('1') };
    const error = await inEnvironment({ TMPDIR: folder }, () => temporaryFolder('function', files).catch(messageOf));
    expect(error).to.equal(
      `the folder for temporary files "${folder}" cannot be written (ENOENT); expected one that can: set TMPDIR`,
    );
    expect(await readdir(folder)).to.deep.equal([]);
  });
});
