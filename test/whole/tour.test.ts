import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { countsIn, withoutSeconds } from '../../proof/diagrams/page.ts';
import { type Command, type Finished, killAll, start, withoutProgress } from '../support/run.ts';
import { until } from '../support/until.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
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

/** The npm scripts of the commands in $TREE, as a function of bash: npm itself takes as long as a command does. */
const npm = (): string => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const cases = Object.entries(scripts).flatMap(([name, script]) => {
    const [, flags, file] = /^node (.*)cli\/run\.cjs (\S+)$/.exec(script) ?? [];
    return file === undefined ? [] : [`${name}) node ${flags}"$TREE/cli/run.cjs" ${file} "$@" ;;`];
  });
  return `npm() {
    local name=$1; shift
    [ "$name" = run ] && { name=$1; shift; }
    [ "$1" = -- ] && shift
    case $name in ${cases.join('\n')} *) echo "npm: there is no script $name" ;; esac
  }`;
};

/** A tree of its own, for a step that changes a file. The packages are installed already, and it has a tenth of the tweets. */
const copyOfTree = async (copy: string): Promise<void> => {
  const { stdout } = await promisify(execFile)('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
  });
  for (const file of stdout.trim().split('\n'))
    if (existsSync(join(ROOT, file))) cpSync(join(ROOT, file), join(copy, file), { force: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const tweets = join(copy, 'events/tweets.ndjson');
  writeFileSync(tweets, readFileSync(tweets, 'utf8').split('\n').slice(0, 100).join('\n'));
};

/** The commands that look at the tables of a stack. */
const looksIn = (page: string): string[] =>
  blocksOf(page).flatMap(({ text }) => text.split('\n').filter((line) => /^npm run (query|rollups) /.test(line)));

/** Of events/tweets.ndjson, and the rows that they make. */
const [TWEETS, ROWS] = [1_000, 991];

/** How many records the functions of the stack have stored, and how many changes they have counted, as their log says. */
const sumIn = (log: string, field: 'records' | 'changes'): number =>
  [...log.matchAll(new RegExp(`"${field}":(\\d+)`, 'g'))].reduce((sum, [, count]) => sum + Number(count), 0);

/** Where the stack of the tour listens. */
interface Ports {
  kinesis: string;
  dynamoDb: string;
}

/** The same commands, for a stack that listens elsewhere. */
const at = (commands: string, { kinesis, dynamoDb }: Ports): string =>
  commands
    .replaceAll('npm run client -- --local', `$& --endpoint http://127.0.0.1:${kinesis}`)
    .replaceAll(/(npm run (?:query|rollups) -- --local)/g, `$1 --endpoint http://127.0.0.1:${dynamoDb}`)
    .replaceAll(
      'npm run redrive -- --local',
      `$& --endpoint http://127.0.0.1:${kinesis} --dynamodb-endpoint http://127.0.0.1:${dynamoDb}`,
    );

describe('docs/tour.md', () => {
  const [onOneMachine = '', deployed = ''] = TOUR.split('\n## 6. ');
  /** What each block of commands printed, and what the page says that it prints. */
  const steps: { commands: string; printed: string; shown: string[] }[] = [];
  /** What the last step finds in a table to which the tweets were sent. */
  const found: string[] = [];
  let folder: string;
  let stack: Command | undefined;
  let ended: Finished | undefined;

  /** Runs a block as a shell does, and gives what it printed. Some commands fail on purpose. */
  const shell = async (commands: string, cwd: string, tree: string): Promise<string> => {
    const child = spawn('bash', ['-c', `exec 2>&1\n${npm()}\n${commands}`], {
      cwd,
      env: { ...process.env, TREE: tree },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    await once(child, 'close');
    return printed;
  };

  /** Starts the stack on ports that are free. */
  const startStack = async (): Promise<Ports> => {
    stack = start(
      'local/local.ts',
      ['kinesis', 'dynamodb', 'watch'].flatMap((name) => [`--${name}-port`, '0']),
    );
    await stack.saw('Ctrl-C ends the stack');
    const found = [...stack.printed.stdout.matchAll(/^ {2}\S+ +http:\/\/127\.0\.0\.1:(\d+)/gm)].map(
      ([, port]) => port!,
    );
    const [kinesis = '', dynamoDb = ''] = found;
    return { kinesis, dynamoDb };
  };

  /** Where a block runs, and the tree of its commands. One that changes a file has a tree of its own. */
  const placeOf = async (text: string): Promise<[cwd: string, tree: string]> => {
    if (text.includes('> processors/')) {
      const copy = join(folder, 'copy');
      await copyOfTree(copy);
      return [copy, copy];
    }
    // The spool stays out of the tree.
    return [text.includes('spool') ? join(folder, 'desk') : ROOT, ROOT];
  };

  const runStep = async (text: string, ports: Ports): Promise<void> => {
    const place = await placeOf(text);
    const looks = text.includes('npm run query');
    // The page says that it takes a second.
    if (looks)
      await until(() => {
        const { stdout } = stack!.printed;
        return sumIn(stdout, 'records') >= TWEETS && sumIn(stdout, 'changes') >= ROWS;
      });
    const printed = await shell(at(text.replace('npm ci && ', ''), ports), ...place);
    steps.push({ commands: text, printed, shown: [] });
    if (!looks) return;
    // The stack on this machine holds the same tweets as the one that the page deploys.
    for (const command of looksIn(deployed))
      found.push(await shell(at(command.replace('--stack stream-processor', '--local'), ports), ...place));
  };

  before(async function () {
    this.timeout(300_000);
    folder = mkdtempSync(join(tmpdir(), 'tour-'));
    mkdirSync(join(folder, 'desk'));
    symlinkSync(join(ROOT, 'events'), join(folder, 'desk/events'));
    let ports: Ports = { kinesis: '', dynamoDb: '' };
    for (const { kind, text } of blocksOf(onOneMachine))
      if (kind === 'text') steps.at(-1)?.shown.push(...text.split('\n'));
      else if (text === 'npm run local') ports = await startStack();
      else await runStep(text, ports);
    stack?.child.kill('SIGINT');
    ended = await stack?.finished;
  });
  after(async () => {
    await killAll();
    rmSync(folder, { recursive: true });
  });

  it('says what its commands print, in the order in which they stand there', () => {
    for (const { commands, printed, shown } of steps)
      for (const line of shown) expect(printed, commands).to.contain(line);
    expect(steps.flatMap(({ shown }) => shown)).to.have.length.above(7);
  });

  it('begins with a run of the bundled tweets, which tells a person what happened, as the README shows', () => {
    const { commands, printed } = steps[0]!;
    expect(commands).to.equal('npm ci && npm start');
    const stdout = withoutProgress(printed);
    expect(stdout).to.match(/^\n?1,000 events through the whole pipeline in \d+\.\d\d s\. Nothing was lost\./);
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    expect(withoutSeconds(countsIn(stdout))).to.equal(withoutSeconds(countsIn(readme)));
    expect(stdout).to.match(/written +991 +to EventData: 991 rows\n +superseded +9 /);
    expect(stdout).to.match(/5 rows of EventData:/);
    expect(stdout).to.match(
      /Rollups of EventData, which equal its rows:\n\n {2}events by hour: .*\n {4}tweet +991 +█+\n/,
    );
    expect(stdout).to.contain('Try next:');
  });

  it('leaves a stack that Ctrl-C ends cleanly', () => {
    expect(ended?.stderr).to.equal('');
    expect(ended?.code).to.equal(0);
  });

  it('finds in the tables of a deployed stack what it has sent there, whenever that is', () => {
    const [rows, rollup, ...others] = found;
    expect(rows).to.contain('10 rows');
    expect(rollup).to.match(/ 991 rows in 1 group\n/);
    expect(others).to.deep.equal([]);
  });

  it('deploys with commands that the README has too', () => {
    const inReadme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const commands = blocksOf(deployed).flatMap(({ text }) => text.split('\n'));
    expect(commands).to.have.length.above(5);
    for (const command of commands) expect(inReadme).to.contain(`\n${command}\n`);
  });
});
