import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { monotonicClock, systemClock } from '../../aws/system-clock.ts';
import type { Clocks } from '../../cli/command.ts';
import npmStart from '../../local/start.ts';
import { commandToRun, readStartOptions } from '../../local/start-options.ts';
import type { Flow } from '../../local/watch/watched.ts';
import { emptyFolder } from '../support/empty-folder.ts';
import { EventStream } from '../support/event-stream.ts';
import { cloudEvent, eventLines, tweetV1 } from '../support/events.ts';
import { only } from '../support/only.ts';
import { refusalOf } from '../support/refusal.ts';
import { REFUSED } from '../support/refused.ts';
import { call, callAlone, type Finished, inEnvironment, jsonOf, withoutProgress } from '../support/run.ts';
import { until } from '../support/until.ts';

/** In this process. */
const started = (...argv: readonly string[]): Promise<Finished> => call(npmStart, argv).finished;

/** A pipeline without the second function takes a quarter less to start. */
const NO_ROLLUPS = ['--parameter', 'Rollups=false'];

/** Clocks of which a second is ten milliseconds, so that the line of progress, which comes every two seconds, comes at once. */
const hurried = (): Clocks => {
  const begin = systemClock.now();
  const calendar = { ...systemClock, now: () => begin + (systemClock.now() - begin) * 100 };
  return { clock: monotonicClock, calendar };
};

/** The run without options, over all of the bundled tweets, is a step of the tour: test/whole/tour.test.ts. */
describe('npm start', () => {
  const folder = emptyFolder(before);
  const file = async (name: string, content: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };

  it('names the reasons of what it rejected, and serves a live page of the run, which stays with its tables until Ctrl-C', async () => {
    const path = await file('page.ndjson', `${eventLines(20)}{"cut\n${JSON.stringify(tweetV1({ user: {} }))}\n`);
    const { kill, saw, printed, finished } = call(npmStart, [
      ...['--file', path, '--open', '--watch-port', '0'],
      ...NO_ROLLUPS,
    ]);
    await saw('stays until Ctrl-C: http');
    expect(printed.stdout).to.match(/rejected +2 +to RejectedEvents: .*1 NotJson/);
    expect(printed.stdout).to.contain('KeyMissing: user.name is nothing; expected a text that is not empty');
    const url = /until Ctrl-C: (\S+)/.exec(printed.stderr)?.[1];
    expect(printed.stderr).to.contain(`The live page of this run: ${url}`);
    const page = await new EventStream().open(`${url}events`);
    // Some figures are of the tables, and some of the log of the function: each comes when it comes.
    const expected = { rows: 20, read: 22, records: 22, waiting: 0, events: 22, rejected: 2 };
    await page.untilEqual('flow', ({ figures }: Flow) => only(figures, expected), expected);
    expect(await (await fetch(`${url}about`)).json()).to.include({ canPutBack: false });
    await page.close();
    kill('SIGINT');
    expect((await finished).code).to.equal(0);
  });

  it('says what to do where there is no folder for temporary files', async () => {
    const missing = join(folder, 'missing');
    const { code, stderr } = await callAlone(npmStart, [], { env: { TMPDIR: missing } });
    expect(code).to.equal(1);
    expect(stderr).to.equal(
      `error: the folder for temporary files "${missing}" cannot be written (ENOENT); expected one that can: set TMPDIR\n`,
    );
  });

  it('counts what the processor names', async () => {
    const orders = await started('--processor', 'order-processing', '--max', '20');
    expect(orders.stdout)
      .to.match(/^ {2}states: .*\n {4}order\.\w+ +\d+ +█/m)
      .and.to.match(/^ {2}revenue: .*\n {4}[A-Z]{3} +\d+ +Σ total [\d,.]+ +█/m);
  });

  it('reads standard input, ends with one line of JSON, and does not wait for a batching window once everything is sent', async () => {
    const input = `${eventLines(30)}bad line\n${eventLines(3)}`;
    const windows = ['MaximumBatchingWindowInSeconds=300', 'RollupsBatchingWindowInSeconds=300'];
    // On the clocks of these tests such a window is never over.
    const parameters = windows.flatMap((window) => ['--parameter', window]);
    const args = ['--json', '--file', '-', '--shards', '2', ...parameters];
    const finished = await call(npmStart, args, { input }).finished;
    const result = jsonOf(finished);
    expect(result).to.include({
      read: 34,
      sent: 34,
      failed: 0,
      written: 30,
      superseded: 3,
      rows: 30,
      rejected: 1,
      unwritten: 0,
    });
    expect(result.rollups).to.deep.equal({ groups: 1, differences: 0 });
    expect(result.eventsPerSecond).to.be.closeTo(34 / result.seconds, 1);
    expect(finished.code).to.equal(0);
  });

  const keyless = ['a', 'b', 'c', 'd']
    .map((meter, n) => `{"n":173182447404452912${n + 1},"meter":"${meter}"}\n`)
    .join('');

  it('shows each of a few rows once, with every digit of a number, and says in one line how to choose a partition key', async () => {
    const { code, stdout } = await started('--file', await file('four.ndjson', keyless), ...NO_ROLLUPS);
    for (const n of [1, 2, 3, 4]) expect(stdout.split(`173182447404452912${n}`), `row ${n}`).to.have.length(2);
    expect(stdout).to.contain('4 rows of EventData:');
    expect(stdout.split('\n').filter((line) => line.includes('--key FIELD'))).to.have.length(1);
    expect(code).to.equal(0);
  });

  it('takes a partition key from a field, whatever ~/.aws says', async () => {
    await mkdir(join(folder, '.aws'));
    const settings = ['use_fips_endpoint = true', 'region =', 'credential_process = false'];
    await file('.aws/config', ['[default]', ...settings, '[profile'].join('\n'));
    const path = await file('keyless.ndjson', keyless);
    const keyed = ['--file', path, '--key', 'meter', '--processor', 'default', ...NO_ROLLUPS];
    const { code, stdout } = await callAlone(npmStart, keyed, { env: { HOME: folder } });
    expect(stdout).not.to.contain('--key FIELD');
    expect(stdout)
      .to.match(/^ {2}a +\w/m)
      .and.to.match(/^ {2}Username +Id +Timestamp +Data$/m);
    expect(code).to.equal(0);
  });

  it('reaches a live source through the proxy of the environment', async () => {
    const env = { HTTPS_PROXY: REFUSED };
    const args = ['--source', 'bluesky', '--url', 'wss://jetstream.invalid', ...NO_ROLLUPS];
    const { saw, kill, finished } = call(npmStart, args, { env });
    await saw(`the proxy ${new URL(REFUSED).host} cannot be reached`);
    kill('SIGINT');
    await finished;
  });

  it('ends quietly and leaves nothing behind when it is interrupted while it starts', async () => {
    const temporary = await mkdtemp(join(folder, 'tmp-'));
    const left = () => readdir(temporary);
    await inEnvironment({ TMPDIR: temporary }, async () => {
      const { kill, finished } = call(npmStart, ['--source', 'stdin'], { input: 'open' });
      await until(async () => (await left()).some((name) => name.startsWith('failed-batches-')));
      kill('SIGINT');
      const { code, stdout, stderr } = await finished;
      // On a machine that is very busy the pipeline may be up before the signal comes.
      expect(code, stderr).to.be.oneOf([130, 0]);
      if (code === 130)
        expect({ stdout, stderr: withoutProgress(stderr) }).to.deep.equal({ stdout: '', stderr: 'Stopping.\n' });
      expect(await left()).to.deep.equal([]);
    });
  });

  /** 256 KiB, which are read of a file at once, hold few of these. All make one row, so that the table has one write of a batch. */
  const large = (fields: object = {}): string =>
    `${JSON.stringify(cloudEvent({ data: 'x'.repeat(1_024), ...fields }))}\n`;

  it('runs with the parameters of the template that it is given, finishes what was read when it is interrupted, and says how to send the rest', async () => {
    const path = await file('long.ndjson', large().repeat(1_800));
    const pipeline = [...NO_ROLLUPS, '--parameter', 'BatchSize=7', '--parameter', 'LogLevel=ERROR'];
    const options = { clocks: hurried() };
    const { kill, printed, finished } = call(npmStart, ['--json', '--file', path, ...pipeline], options);
    await until(() => /[1-9]\d* stored/.test(printed.stderr));
    kill('SIGINT');
    const ended = await finished;
    expect(ended.stderr).to.contain('Stopping: delivering what was read.');
    expect(ended.stderr).to.contain(` | npm start -- ${pipeline.join(' ')} --file -\n`);
    expect(jsonOf(ended), 'of a stack without rollups').not.to.have.property('rollups');
    expect(ended.stderr).not.to.contain('Rollups of');
    const { read, written, superseded, unwritten } = jsonOf(ended);
    expect(read).to.be.within(1, 1_799);
    expect({ stored: written + superseded, unwritten }).to.deep.equal({ stored: read, unwritten: 0 });
    expect(ended.code).to.equal(0);
  });

  it('reads no further ahead of the function than a few batches', async () => {
    const path = await file('many.ndjson', large().repeat(1_800));
    const options = { clocks: hurried() };
    const args = ['--json', '--file', path, ...NO_ROLLUPS, '--parameter', 'BatchSize=100'];
    const { stderr } = await call(npmStart, args, options).finished;
    const lines = [...stderr.matchAll(/([\d,]+) stored, .* ([\d,]+) read,/g)].map(([, stored, read]) =>
      [stored!, read!].map((digits) => Number(digits.replaceAll(',', ''))),
    );
    expect(lines).not.to.have.length(0);
    // A few requests of the client, and what is read of the file at once.
    for (const [stored, read] of lines) expect(read! - stored!, `${read} read`).to.be.below(1_000 + 256);
  });

  it('fills the batches of every shard though it does not read on for ever', async () => {
    const keys = Array.from({ length: 1_700 }, (_, index) => large({ partitionkey: `${index}` }));
    const args = ['--json', '--file', await file('spread.ndjson', keys.join('')), '--shards', '2', ...NO_ROLLUPS];
    // On the clocks of these tests such a window is never over.
    const parameters = ['BatchSize=700', 'MaximumBatchingWindowInSeconds=300'].flatMap((text) => ['--parameter', text]);
    expect(jsonOf(await started(...args, ...parameters))).to.include({ read: 1_700, rows: 1, unwritten: 0 });
  });

  const wrong: [name: string, args: () => string[], message: RegExp][] = [
    ['what is not a number', () => ['--shards', 'two', '--max', '0'], /--shards is "two".*\n.*--max is "0"/],
    [
      'a parameter that is not one',
      () => ['--parameter', 'BatchSize'],
      /--parameter is "BatchSize"; expected NAME=VALUE/,
    ],
    [
      'two values of a parameter, of which one would count',
      () => ['--parameter', 'BatchSize=10', '--parameter', 'BatchSize=20'],
      /the parameter BatchSize is given more than once; expected one value/,
    ],
    [
      'two values of a parameter that has a flag of its own',
      () => [
        '--shards',
        '2',
        '--parameter',
        'ShardCount=3',
        '--processor',
        'metrics',
        '--parameter',
        'Processor=default',
      ],
      /the parameter ShardCount is given more than once.*\n.*the parameter Processor is given more than once/,
    ],
    [
      'values that CloudFormation refuses',
      () => ['--parameter', 'BatchSize=0', '--parameter', 'toString=1', '--parameter', '__proto__=1'],
      /there is no parameter toString, __proto__; .*the parameter BatchSize is "0"; expected a number from 1 to 10000/,
    ],
    [
      'a filter that Lambda would refuse',
      () => ['--parameter', 'FilterPattern={"data":{"id":[{"like":"a"}]}}'],
      /filter 1: data.id has the rule {"like":"a"}; expected one of prefix/,
    ],
    [
      'a processor that is not there',
      () => ['--processor', 'nope'],
      /error: there is no processor "nope"; expected one of .*default/,
    ],
    [
      'a field for the key of a source that is no file',
      () => ['--key', 'a', '--source', 'bluesky'],
      /--key does not go with the source "bluesky"/,
    ],
    ['a port of a page that there is not', () => ['--watch-port', '8002'], /--watch-port needs --open/],
    [
      'a port that is not one',
      () => ['--open', '--watch-port', '70000'],
      /--watch-port is "70000"; expected a whole number from 0/,
    ],
    [
      'made-up events that fit into no record',
      () => ['--source', 'synthetic', '--size', '1048570'],
      /--size is "1048570"; expected at most 1048569, which fit into a record$/m,
    ],
    ['a source without its key', () => ['--source', 'twitter'], /no access to X: set TWITTER_CONSUMER_KEY/],
  ];
  for (const [name, args, message] of wrong)
    it(`refuses ${name}`, () => {
      expect(refusalOf(() => readStartOptions(args(), {}))).to.match(message);
    });

  it('has a command that runs the rest of a source in the same way', () => {
    const pipeline = [
      '--shards',
      '2',
      '--processor',
      'metrics',
      '--parameter',
      `FilterPattern={"data":{"a":["it's"]}}`,
    ];
    const options = readStartOptions([...pipeline, '--ordered', '--aggregate', '--max', '9', '--json'], {});
    expect(commandToRun(options)).to.equal(
      `npm start -- --parameter ShardCount=2 --parameter Processor=metrics --parameter FilterPattern='{"data":{"a":["it'\\''s"]}}' --ordered --aggregate`,
    );
    expect(commandToRun(readStartOptions([], {}))).to.equal('npm start --');
  });

  const refused: [name: string, args: () => string[], message: RegExp][] = [
    [
      'a file that is missing, and all else that is wrong',
      () => ['--file', 'no-such-file', '--max', '0'],
      /--max is "0"; .*\nerror: there is no file "no-such-file" \(\/.*\/no-such-file\); expected/,
    ],
    ['a directory', () => ['--file', folder], /is a directory; expected a file with one JSON event a line/],
  ];
  for (const [name, args, message] of refused)
    it(`refuses ${name}, and says where help is`, async () => {
      const { code, stdout, stderr } = await started(...args());
      expect(stderr)
        .to.match(message)
        .and.to.match(/\nSee npm start -- --help\n$/);
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    });

  it('fails where a file is empty', async () => {
    const { code, stdout } = await started('--file', await file('empty', ''), ...NO_ROLLUPS);
    expect(stdout).to.contain('the source holds no events; expected one JSON event a line');
    expect(code).to.equal(1);
  });

  it('fails where a line is too long for any stream, and does not say that nothing was lost', async () => {
    const path = await file('long.ndjson', `${eventLines(2)}${'x'.repeat(33 * 1024 * 1024)}\n${eventLines(1)}`);
    const { code, stdout } = await started('--file', path, ...NO_ROLLUPS);
    expect(stdout)
      .to.match(/^3 of 4 events came through in /m)
      .and.to.contain('too long            1   lines that no stream takes')
      .and.to.contain('1 line passed over; expected lines that a stream takes');
    expect(code).to.equal(1);
  });
});
