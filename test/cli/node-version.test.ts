import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';

const SCRIPT = fileURLToPath(new URL('../../cli/node-version.cjs', import.meta.url));

describe('the check of the Node version', () => {
  /** Runs it as if this process were of another version. */
  const runOn = (version: string) => {
    const result = { status: 0, stderr: '' };
    runInNewContext(readFileSync(SCRIPT, 'utf8'), {
      require: createRequire(SCRIPT),
      process: {
        versions: { node: version },
        exit: (status: number) => {
          result.status = status;
        },
      },
      console: {
        error: (line: string) => {
          result.stderr += `${line}\n`;
        },
      },
    });
    return result;
  };
  const refusal = (version: string) => ({
    status: 1,
    stderr: `error: this is Node ${version}; expected 20.19.0 or later, from https://nodejs.org\n`,
  });

  for (const version of ['16.20.2', '18.20.4', '20.18.3'])
    it(`says in one line that Node ${version} is too old`, () => {
      expect(runOn(version)).to.deep.equal(refusal(version));
    });

  it('ends the process', () => {
    const code = `Object.defineProperty(process.versions, 'node', { value: '18.0.0' }); require(${JSON.stringify(SCRIPT)});`;
    const { status, stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
    expect({ status, stderr }).to.deep.equal(refusal('18.0.0'));
  });

  for (const version of ['20.19.0', '22.12.0', '24.1.0', '100.0.0'])
    it(`lets Node ${version} pass`, () => {
      expect(runOn(version)).to.deep.equal({ status: 0, stderr: '' });
    });
});
