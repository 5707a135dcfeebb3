import { readdir } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { expect } from 'chai';
import { messageOf } from '../../cli/user-error.ts';
import { temporaryFolder } from '../../local/temporary-folder.ts';
import { emptyFolder } from '../support/empty-folder.ts';
import { inEnvironment } from '../support/run.ts';

describe('temporaryFolder', () => {
  const folder = emptyFolder();

  it('has a path that each folder and each thread understands, where TMPDIR has none', async () => {
    const made = await inEnvironment({ TMPDIR: relative(process.cwd(), folder) }, () => temporaryFolder('function'));
    expect(made).to.equal(join(folder, basename(made)));
  });

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
