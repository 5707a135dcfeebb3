import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const SCRIPT = fileURLToPath(new URL('../../cli/node-version.cjs', import.meta.url));

describe('the check of the Node version', () => {
  const runOn = (version: string) => {
    const code = `Object.defineProperty(process.versions, 'node', { value: '${version}' }); require(${JSON.stringify(SCRIPT)});`;
    return spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
  };

  for (const version of ['16.20.2', '18.20.4', '20.18.3'])
    it(`says in one line that Node ${version} is too old`, () => {
      const { status, stderr } = runOn(version);
      expect(stderr).to.equal(`error: this is Node ${version}; expected 20.19.0 or later, from https://nodejs.org\n`);
      expect(status).to.equal(1);
    });

  for (const version of ['20.19.0', '22.12.0', '24.1.0', '100.0.0'])
    it(`lets Node ${version} pass`, () => {
      expect(runOn(version)).to.include({ status: 0, stderr: '' });
    });
});
