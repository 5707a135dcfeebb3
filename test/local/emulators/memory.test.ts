import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { emptyFolder } from '../../support/empty-folder.ts';
import { killAll, run } from '../../support/run.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

describe('an emulator without memory', () => {
  const folder = emptyFolder();
  afterEach(() => killAll());

  it('ends the command that started it, which says so once, and what to do', async () => {
    const [path, preload] = [join(folder, 'emulators.ts'), join(folder, 'fill.cjs')];
    const main = `async () => {
      await startEmulators({ kinesis: 0, dynamoDb: 0 });
      return new Promise(() => {});
    }`;
    const lines = [
      `import { command } from ${JSON.stringify(join(ROOT, 'cli/command.ts'))};`,
      `import { startEmulators } from ${JSON.stringify(join(ROOT, 'local/emulators/emulators.ts'))};`,
      `export default command(${main}, '', '', import.meta.url);`,
    ];
    await writeFile(path, lines.join('\n'));
    const fill = 'for (let last;;) last = { last };';
    await writeFile(preload, `if (!require('node:worker_threads').isMainThread) setImmediate(() => { ${fill} });`);
    const { code, stderr } = await run(relative(ROOT, path), [], {
      env: { NODE_OPTIONS: `--max-old-space-size=64 --require=${JSON.stringify(preload)}` },
    });
    expect(stderr).to.match(
      /^error: (Kinesis|DynamoDB) has ended, and what it held is gone \(Error: .* out of memory\); start it again, with fewer events or with more memory, as by NODE_OPTIONS=--max-old-space-size=8192\n$/,
    );
    expect(code).to.equal(1);
  });
});
