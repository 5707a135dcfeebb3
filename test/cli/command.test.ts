import { spawnSync } from 'node:child_process';
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { monotonicClock, systemClock } from '../../aws/system-clock.ts';
import { command } from '../../cli/command.ts';
import { doctor } from '../../client/doctor/doctor.ts';
import { HELP } from '../../client/help.ts';
import client from '../../client/twitter2kinesis.ts';
import { emptyFolder } from '../support/empty-folder.ts';
import { TestServices } from '../support/emulators.ts';
import { cloudEvent, eventLine, eventLines } from '../support/events.ts';
import { LoopbackServer } from '../support/loopback-server.ts';
import { REFUSED } from '../support/refused.ts';
import { call, callAlone, type Finished, jsonOf, killAll, run, start, withoutProgress } from '../support/run.ts';
import { readStream } from '../support/shards.ts';
import { until } from '../support/until.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CLIENT = 'client/twitter2kinesis.ts';

/** Lines in an order of their own: only --ordered promises one. */
const sorted = (text: string): string[] => text.match(/.+\n/g)!.toSorted();
const spooled = async (path: string): Promise<string[]> => sorted(await readFile(path, 'utf8'));

/** Runs the client in this process. */
const called = (...[argv, options]: [readonly string[], Parameters<typeof call>[2]?]): Promise<Finished> =>
  call(client, argv, options).finished;

describe('the client as a command', () => {
  const services = new TestServices();
  const folder = emptyFolder();
  let stream: string;
  before(() => services.start());
  after(() => services.stop());
  beforeEach(async () => {
    stream = await services.createStream();
  });
  afterEach(async () => {
    await killAll();
    for (const server of servers.splice(0)) await server.stop();
  });

  const to = (name = stream) => ['--endpoint', services.endpoints.kinesis, '--stream', name];
  const file = async (name: string, content: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };

  it('takes the options behind the -- that pnpm passes on', async () => {
    const path = await file('events.ndjson', eventLines(2));
    expect(await called(['--', ...to(), '--file', path])).to.include({ code: 0 });
  });

  it('says what npm passes on where none of the options arrived, since npm took --local for one of its own', async () => {
    const env = { npm_lifecycle_event: 'client' };
    const hint = 'See npm run client -- --help; npm passes on only what stands behind --\n';
    expect((await called([], { env })).stderr).to.contain(hint);
    for (const [argv, options] of [[['--max', '3'], { env }], [[]]] as const)
      expect((await called(argv, options)).stderr).to.match(/\nSee npm run client -- --help\n$/);
  });

  describe('asked for its help', () => {
    for (const argv of [['--help'], ['-h'], ['doctor', '--help'], ['--no-such-option', '--stream', '--help']])
      it(`prints it and does nothing else: ${argv.join(' ')}`, async () => {
        expect(await called(argv)).to.deep.include({ code: 0, stdout: HELP, stderr: '' });
      });

    it('takes no value of an option for the question', async () => {
      const { stdout, stderr } = await called([...to(), '--file=--help']);
      expect(stdout).to.equal('');
      expect(stderr).to.contain('"--help"');
    });
  });

  describe('ends with', () => {
    it('0 where every event arrived', async () => {
      const { code, stderr } = await called([...to(), '--source', 'stdin'], { input: eventLines(3) });
      expect(withoutProgress(stderr)).to.equal('');
      expect(code).to.equal(0);
    });

    it('1 where the stack cannot be read', async () => {
      const env = {
        AWS_ACCESS_KEY_ID: 'A',
        AWS_SECRET_ACCESS_KEY: 'S',
        AWS_ENDPOINT_URL: REFUSED,
        AWS_MAX_ATTEMPTS: '1',
      };
      const args = ['--stack', 'mine', '--region', 'eu-west-1', '--file', '-'];
      const { code, stdout, stderr } = await callAlone(client, args, { env });
      expect(stderr).to.match(/^error: .*ECONNREFUSED/);
      expect(stdout).to.equal('');
      expect(code).to.equal(1);
    });

    it('2 where it is called wrongly, also where tsx runs its file', () => {
      const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'ops/plan/plan.ts', '--bogus'], {
        cwd: ROOT,
      });
      expect(status).to.equal(2);
      expect(String(stderr)).to.contain("Unknown option '--bogus'");
    });

    it('3 where the spool has what did not arrive', async () => {
      const spool = join(folder, 'spool.ndjson');
      const args = [...to('no-such-stream'), '--source', 'stdin', '--spool', spool, '--json'];
      const finished = await called(args, { input: eventLines(4) });
      const result = jsonOf(finished);
      expect(result).to.deep.include({
        failed: 4,
        spooled: 4,
        failures: { ResourceNotFoundException: 4 },
        exitCode: 3,
        spool,
      });
      expect(await spooled(spool)).to.deep.equal(sorted(eventLines(4)));
      expect(finished.code).to.equal(3);
    });

    it('4 where what did not arrive could not be kept', async () => {
      const gone = await mkdtemp(join(folder, 'gone-'));
      // The folder of the spool was there when the client began, and is not any more when it is needed.
      const server = await listen(async (request, response) => {
        request.resume();
        await rm(gone, { recursive: true, force: true });
        response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
        response.end(JSON.stringify({ __type: 'ResourceNotFoundException', message: 'no' }));
      });
      const spool = join(gone, 'spool.ndjson');
      const args = ['--endpoint', server.endpoint, '--stream', 's', '--source', 'stdin', '--spool', spool, '--json'];
      const finished = await called(args, { input: eventLines(4) });
      expect(jsonOf(finished)).to.include({ failed: 4, spooled: 0, exitCode: 4 });
      expect(finished.stderr).to.contain(`error: 4 events could not be kept: ${spool} cannot be written (ENOENT`);
      expect(finished.code).to.equal(4);
    });

    it('5 where the source holds no events', async () => {
      const { code, stderr } = await called([...to(), '--source', 'stdin']);
      expect(withoutProgress(stderr)).to.equal(
        'error: standard input holds no events; expected one JSON event a line\n',
      );
      expect(code).to.equal(5);
    });

    it('5 where the source fails, after it has delivered what there was', async () => {
      const endless = Buffer.alloc(33 * 1024 * 1024, 'x');
      const file = join(folder, 'endless.ndjson');
      await writeFile(file, Buffer.concat([Buffer.from(eventLines(1)), endless]));
      const finished = await called([...to(), '--file', file, '--json']);
      expect(jsonOf(finished)).to.include({ read: 1, sent: 1, failed: 0, exitCode: 5 });
      expect(finished.code).to.equal(5);
    });
  });

  describe('with --json', () => {
    it('writes one line to standard output, and all else to standard error', async () => {
      const finished = await called([...to(), '--source', 'stdin', '--json'], { input: eventLines(5) });
      expect(finished.stdout.match(/\n/g)).to.have.length(1);
      expect(jsonOf(finished)).to.deep.include({ read: 5, sent: 5, failed: 0, failures: {}, source: 'stdin', stream });
      expect(jsonOf(finished).statistics).to.include({ records: 5 });
      expect(finished.stderr).to.contain(`Sent 5 of 5 events to ${stream}`);
    });
  });

  describe('away from a terminal', () => {
    it('writes no escape code, whatever it has to say', async () => {
      const spool = join(folder, 'spool.ndjson');
      const args = [...to('no-such-stream'), '--source', 'stdin', '--spool', spool];
      const { stdout, stderr } = await called(args, { input: eventLines(2) });
      expect(stdout + stderr).not.to.contain('\x1b');
    });

    it('has colours where they are forced', async () => {
      const args = [...to(), '--source', 'stdin'];
      const forced = await called(args, { env: { FORCE_COLOR: '1' }, input: eventLines(1) });
      expect(forced.stdout.startsWith('\x1b[32mSent 1 of 1 event')).to.equal(true);
    });
  });

  describe('with an event that no record can hold', () => {
    it('says so while it goes on, and where the event is kept', async () => {
      const spool = join(folder, 'spool.ndjson');
      const large = `${JSON.stringify(cloudEvent({ id: 'large', data: 'x'.repeat(1_100_000) }))}\n`;
      const args = [...to(), '--source', 'stdin', '--spool', spool, '--json'];
      const { stdin, saw, finished } = call(client, args, { input: 'open' });
      stdin.write(`${eventLine(1)}${large}${eventLine(2)}`);
      await saw(`It is kept in ${spool}.`);
      stdin.end(eventLine(3));
      const ended = await finished;
      expect(ended.stderr).to.match(/Z not sent: an event of [\d,]+ bytes.*; its partition key is "/);
      expect(jsonOf(ended)).to.deep.include({ read: 4, sent: 3, spooled: 1, failures: { EventTooLargeError: 1 } });
      expect(ended.code).to.equal(3);
      expect(await readFile(spool, 'utf8')).to.equal(large);
    });
  });

  describe('on Ctrl-C', () => {
    it('delivers what it has read, and ends with 0', async () => {
      const args = [...to(), '--source', 'synthetic', '--rate', '50', '--size', '300', '--json'];
      const { kill, saw, finished } = call(client, args);
      await saw('No end is set: Ctrl-C stops');
      await until(async () => (await readStream(services.kinesis, stream)).length > 0);
      kill('SIGINT');
      const ended = await finished;
      const { read, sent, failed } = jsonOf(ended);
      expect(ended.stderr).to.contain('Stopping: delivering what was read.');
      expect({ sent, failed }).to.deep.equal({ sent: read, failed: 0 });
      expect(await readStream(services.kinesis, stream)).to.have.length(read);
      expect(ended.code).to.equal(0);
    });

    it('finds no fault with a source that had nothing yet', async () => {
      let asked = 0;
      const silent = await listen(() => {
        asked += 1;
      });
      const { kill, finished } = call(client, [...to(), '--source', 'wikimedia', '--url', silent.endpoint]);
      await until(() => asked > 0);
      kill('SIGINT');
      expect((await finished).code).to.equal(0);
    });

    it('gives up at the second one, and ends with 3 and the rest in the spool', async () => {
      let asked = 0;
      // It answers for the first event only.
      const silent = await listen((_, response) => {
        asked += 1;
        if (asked === 1)
          response.end(JSON.stringify({ Records: [{ ShardId: 'shardId-000000000000', SequenceNumber: '1' }] }));
      });
      const spool = join(folder, 'rest.ndjson');
      const args = ['--endpoint', silent.endpoint, '--stream', 's', '--source', 'stdin', '--spool', spool, '--json'];
      let later = 0;
      const clock = { ...monotonicClock, now: () => monotonicClock.now() + later };
      const { stdin, kill, saw, finished } = call(client, args, {
        input: 'open',
        clocks: { clock, calendar: systemClock },
      });
      stdin.write(eventLines(10));
      await until(() => asked > 1);
      kill('SIGINT');
      await saw('Stopping: ');
      // Sooner it would count as the same Ctrl-C.
      later = 200;
      kill('SIGINT');
      const ended = await finished;
      const counts = { read: 10, sent: 1, failed: 9, spooled: 9 };
      expect(jsonOf(ended)).to.deep.include({ ...counts, failures: { AbortError: 9 }, spool });
      expect(ended.stderr).to.contain('9 events failed: stopped before everything was delivered');
      expect(ended.code).to.equal(3);
      expect(await spooled(spool)).to.deep.equal(sorted(eventLines(10).slice(eventLines(1).length)));
    });
  });

  describe('whose reader has seen enough', () => {
    it('delivers all the same once stdout and stderr are closed', async () => {
      const { child, finished } = start(CLIENT, [...to('no-such-stream'), '--source', 'stdin'], {
        cwd: folder,
        input: 'open',
      });
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.stdin?.end(eventLines(20));
      // What it says is lost, but not what it does.
      expect((await finished).code).to.equal(3);
      const spools = (await readdir(folder)).filter((name) => name.startsWith('spool-'));
      expect(await spooled(join(folder, spools[0]!))).to.deep.equal(sorted(eventLines(20)));
    });
  });

  describe('whose output cannot be written', () => {
    /** Fails as a full disk does: the output is open for reading only. */
    const runWithout = async (output: 'stdout' | 'stderr', args: readonly string[]): Promise<Finished> => {
      const unwritable = await open(await file('output', ''), 'r');
      const options = { cwd: folder, input: eventLines(20), outputs: { [output]: unwritable.fd } };
      const finished = await run(CLIENT, [...args, '--source', 'stdin'], options);
      await unwritable.close();
      return finished;
    };

    it('keeps what does not arrive, although it cannot say so', async () => {
      const { code } = await runWithout('stderr', to('no-such-stream'));
      expect(code).to.equal(3);
      const spools = (await readdir(folder)).filter((name) => name.startsWith('spool-'));
      expect(await spooled(join(folder, spools[0]!))).to.deep.equal(sorted(eventLines(20)));
    });

    it('delivers, says that, and ends with 1: somebody may want the report', async () => {
      const { code, stderr } = await runWithout('stdout', to());
      expect(withoutProgress(stderr)).to.match(/^error: standard output cannot be written \(EBADF.*\)\n$/);
      expect(code).to.equal(1);
      const arrived = (await readStream(services.kinesis, stream)).map(({ data }) => `${data}\n`);
      // A process asks again after six seconds, which a busy machine may take.
      expect([...new Set(arrived)].toSorted()).to.deep.equal(sorted(eventLines(20)));
    });
  });

  describe('called as doctor', () => {
    const checked = command(doctor, 'npm run client -- --help', '');

    it('says of each check what it found, and ends with 0 where all is well', async () => {
      const path = await file('events.ndjson', eventLines(2));
      const kept = ['--spool', join(folder, 'spool.ndjson'), '--checkpoint', join(folder, 'checkpoint')];
      const { code, stdout, stderr } = await called(['doctor', ...to(), '--file', path, ...kept]);
      expect(stdout).to.contain(
        `ok       settings     from ${path} to the stream "${stream}" (--stream) at ${services.endpoints.kinesis} (--endpoint)\n`,
      );
      expect(stdout).to.contain(
        `ok       stream       "${stream}" at ${services.endpoints.kinesis} is ACTIVE with 1 open`,
      );
      expect(stdout).to.contain('ok       clock        as that of Kinesis\n');
      expect(stdout).to.match(/\nAll is well\.\n$/);
      expect(stderr).to.equal('');
      expect(code).to.equal(0);
      expect(await readStream(services.kinesis, stream), 'sends nothing').to.deep.equal([]);
      expect(await readdir(folder), 'leaves nothing').to.deep.equal(['events.ndjson']);
    });

    it('goes through all checks where some fail, and ends with 1', async () => {
      const args = [...to('no-such-stream'), '--source', 'twitter', '--json'];
      const finished = await call(checked, args).finished;
      const { ok, checks } = jsonOf(finished) as { ok: boolean; checks: { name: string; status: string }[] };
      expect(ok).to.equal(false);
      const failed = checks.filter(({ status }) => status === 'failed').map(({ name }) => name);
      expect(failed).to.deep.equal(['settings', 'stream']);
      expect(finished.stderr).to.match(/failed +settings +no access to X: set TWITTER_CONSUMER_KEY/);
      expect(finished.stderr).to.match(/failed +stream +there is no stream "no-such-stream"/);
      expect(finished.code).to.equal(1);
    });

    it('ends with 2 where it is called wrongly', async () => {
      const { code, stderr } = await call(checked, ['--strem', 's']).finished;
      expect(stderr).to.contain("error: Unknown option '--strem'; the options are");
      expect(code).to.equal(2);
    });

    it('keeps secrets to itself', async () => {
      const secrets = { AWS_SECRET_ACCESS_KEY: 'hunter2hunter2', TWITTER_CONSUMER_SECRET: 'hunter3hunter3' };
      const env = { AWS_ACCESS_KEY_ID: 'AKIATEST', ...secrets };
      const { stdout, stderr } = await call(checked, to(), { env }).finished;
      for (const secret of Object.values(secrets)) expect(stdout + stderr).not.to.contain(secret);
      expect(stdout).to.contain('(access key …TEST)');
    });
  });
});

/** Those of a test, which its end closes. */
const servers: LoopbackServer[] = [];

const listen = async (listener: RequestListener): Promise<LoopbackServer> => {
  const server = await new LoopbackServer(createServer(listener)).start();
  servers.push(server);
  return server;
};

describe('a command that leaves a request behind, such as one for credentials that nobody answers', () => {
  const folder = emptyFolder();
  afterEach(() => killAll());

  it('ends with what it says and its exit code', async () => {
    const silent = await new LoopbackServer().start();
    const path = join(folder, 'leaves.ts');
    const main = `async () => {
      http.get('${silent.endpoint}').on('error', () => {});
      process.stdout.write('x'.repeat(1_000_000));
      return 3;
    }`;
    const lines = [
      "import http from 'node:http';",
      `import { command } from ${JSON.stringify(join(ROOT, 'cli/command.ts'))};`,
      `export default command(${main}, '', '', import.meta.url);`,
    ];
    await writeFile(path, lines.join('\n'));
    const { code, stdout } = await run(relative(ROOT, path), []);
    await silent.stop();
    expect({ code, length: stdout.length }).to.deep.equal({ code: 3, length: 1_000_000 });
  });
});
