import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const TOUR = readFileSync(join(ROOT, 'docs/tour.md'), 'utf8');

interface Block {
  kind: 'bash' | 'text';
  text: string;
}

/** What a user runs, and what the page says that it prints, in its order. */
const blocksOf = (page: string): Block[] =>
  [...page.matchAll(/```(bash|text)\n([\s\S]*?)```/g)].map(([, kind, text]) => ({
    kind: kind as Block['kind'],
    text: text!.trimEnd(),
  }));

/** A tree of its own, since the tour changes a file. The packages are installed already. */
const copyOfTree = async (): Promise<string> => {
  const copy = mkdtempSync(join(tmpdir(), 'tour-'));
  const { stdout } = await promisify(execFile)('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
  });
  for (const file of stdout.trim().split('\n')) cpSync(join(ROOT, file), join(copy, file), { force: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
};

describe('docs/tour.md', () => {
  const [onOneMachine = '', deployed = ''] = TOUR.split('\n## 6. ');
  let tree: string;
  let stack: ReturnType<typeof spawn>;

  before(async () => {
    tree = await copyOfTree();
  });

  after(async () => {
    if (stack?.exitCode === null) {
      const closed = once(stack, 'close');
      stack.kill('SIGINT');
      await closed;
    }
    rmSync(tree, { recursive: true });
  });

  /** Runs a block as a shell does, and gives what it printed. Some commands fail on purpose. */
  const shell = async (commands: string): Promise<string> => {
    const child = spawn('bash', ['-c', `exec 2>&1\n${commands}`], { cwd: tree, stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    await once(child, 'close');
    return printed;
  };

  /** Starts the stack on ports that are free, and makes them those of the tree. */
  const startStack = async (): Promise<string[]> => {
    const file = join(tree, 'aws/local-stack.ts');
    const ports = ['kinesis', 'dynamodb', 'watch'].flatMap((name) => [`--${name}-port`, '0']);
    stack = spawn(process.execPath, ['cli/run.cjs', 'local/local.ts', ...ports], {
      cwd: tree,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    for await (const text of stack.stdout!.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
      printed += text;
      if (printed.includes('Ctrl-C ends the stack')) break;
    }
    stack.stdout!.resume();
    const found = [...printed.matchAll(/^ {2}\S+ +http:\/\/127\.0\.0\.1:(\d+)/gm)].map(([, port]) => port!);
    const [kinesis, dynamoDb, watch] = found;
    const source = readFileSync(file, 'utf8');
    writeFileSync(file, source.replace('4567', kinesis!).replace('8000', dynamoDb!).replace('8002', watch!));
    return found;
  };

  it('says what its commands do, in the order in which they stand there', async () => {
    let printed = '';
    let kinesisPort = '4567';
    let checked = 0;
    for (const { kind, text } of blocksOf(onOneMachine))
      if (kind === 'text')
        for (const line of text.split('\n')) {
          expect(printed).to.contain(line);
          checked += 1;
        }
      else if (text === 'npm run local') [kinesisPort = ''] = await startStack();
      else
        printed = await shell(text.replace('npm ci && ', '').replaceAll('127.0.0.1:4567', `127.0.0.1:${kinesisPort}`));
    expect(checked).to.be.above(7);
  }).timeout(300_000);

  it('deploys with commands that the README has too', () => {
    const inReadme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const commands = blocksOf(deployed).flatMap(({ text }) => text.split('\n'));
    expect(commands).to.have.length.above(5);
    for (const command of commands) expect(inReadme).to.contain(`\n${command}\n`);
  });
});
