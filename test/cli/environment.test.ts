import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadDotEnv } from '../../cli/environment.ts';
import { fromVariable } from '../../cli/setting.ts';
import { UserError } from '../../cli/user-error.ts';

describe('the variables of .env', () => {
  const NAMES = ['TEST_ONLY_IN_FILE', 'TEST_IN_BOTH'];
  const OTHERS = ['TEST_OF_WINDOWS', 'TEST_OF_WINDOWS_TOO'];
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dot-env-test-'));
  });
  after(async () => {
    for (const name of [...NAMES, ...OTHERS]) delete process.env[name];
    await rm(folder, { recursive: true });
  });

  it('are set where the environment has none, and are told apart from it', async () => {
    const path = join(folder, '.env');
    await writeFile(path, 'TEST_ONLY_IN_FILE="a b"\nTEST_IN_BOTH=file # a comment\n');
    process.env.TEST_IN_BOTH = 'environment';
    const dotEnv = loadDotEnv(path);
    const variables = { env: process.env, dotEnv };
    expect(NAMES.map((name) => fromVariable(variables, name))).to.deep.equal([
      { value: 'a b', origin: '.env', name: 'TEST_ONLY_IN_FILE' },
      { value: 'environment', origin: 'environment', name: 'TEST_IN_BOTH' },
    ]);
  });

  it('are read from a file of Windows: a byte order mark, and line ends of two characters', async () => {
    const path = join(folder, 'windows');
    await writeFile(path, '\ufeffTEST_OF_WINDOWS="a b"\r\nTEST_OF_WINDOWS_TOO=c\r\n');
    expect(loadDotEnv(path)).to.deep.equal(new Set(['TEST_OF_WINDOWS', 'TEST_OF_WINDOWS_TOO']));
    expect([process.env.TEST_OF_WINDOWS, process.env.TEST_OF_WINDOWS_TOO]).to.deep.equal(['a b', 'c']);
  });

  it('are refused where the file is text in UTF-16, or not a file', async () => {
    const path = join(folder, 'utf-16');
    await writeFile(path, '\ufeffTEST_ONLY_IN_FILE=a\n', 'utf16le');
    expect(() => loadDotEnv(path)).to.throw(UserError, 'is not text in UTF-8');
    expect(() => loadDotEnv(folder)).to.throw(UserError, 'cannot be read (EISDIR)');
  });

  it('are none where there is no file', () => {
    expect(loadDotEnv(join(folder, 'missing'))).to.deep.equal(new Set());
  });
});
