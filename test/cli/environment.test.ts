import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadDotEnv } from '../../cli/environment.ts';
import { fromVariable } from '../../cli/setting.ts';

describe('the variables of .env', () => {
  const NAMES = ['TEST_ONLY_IN_FILE', 'TEST_IN_BOTH'];
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dot-env-test-'));
  });
  after(async () => {
    for (const name of NAMES) delete process.env[name];
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

  it('are none where there is no file', () => {
    expect(loadDotEnv(join(folder, 'missing'))).to.deep.equal(new Set());
  });
});
