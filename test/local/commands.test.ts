import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { TestServices } from '../support/emulators.ts';
import { cloudEvent, tweetV1 } from '../support/events.ts';
import { type Command, type Finished, killAll, run, start } from '../support/run.ts';
import { readStream } from '../support/shards.ts';
import { until } from '../support/until.ts';

const START = 'local/start.ts';
const STAY = 'local/local.ts';
const CLIENT = 'client/twitter2kinesis.ts';

const jsonOf = ({ stdout }: Finished) => JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
const event = (index: number): string => `${JSON.stringify(cloudEvent({ id: `e-${index}` }))}\n`;
const events = (count: number): string => Array.from({ length: count }, (_, index) => event(index)).join('');

/** A port that nothing listens on: it was free a moment ago. */
const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

/** Without the lines that a busy machine has the time for: how far a run is, in a log and where that is asked for with a time. */
const withoutProgress = (stderr: string): string => stderr.replace(PROGRESS, '');
const PROGRESS =
  /^([-\dT:]+Z )?(waiting for the first event|[\d,]+ read, [\d,]+ sent, [\d,]+ stored|[\d,]+ sent, [\d,]+\/s, [\d,]+ in flight, .*)\n/gm;

/** Ctrl-C, and again once the first was heard: sooner than after 200 ms it would count as the same. */
const pressTwice = async ({ child, saw }: Pick<Command, 'child' | 'saw'>): Promise<void> => {
  child.kill('SIGINT');
  await saw('Stopping: ');
  await delay(250);
  child.kill('SIGINT');
};

describe('the commands', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'commands-test-'));
  });
  after(() => rm(folder, { recursive: true }));
  afterEach(killAll);
  const file = async (name: string, content: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };

  describe('npm start', () => {
    it('replays the bundled tweets and tells a person what happened', async () => {
      const { code, stdout, stderr } = await run(START, []);
      expect(withoutProgress(stderr)).to.equal('');
      expect(stdout).to.match(/1,000 events through the whole pipeline in \d+\.\d\d s\. Nothing was lost\./);
      expect(stdout).to.match(/written +1,000 +to EventData: 991 rows, 9 events repeated another/);
      expect(stdout).to.match(/5 rows of EventData:/);
      expect(stdout).to.contain('Try next:');
      expect(code).to.equal(0);
    });

    it('reads standard input, and ends with one line of JSON', async () => {
      const input = `${events(30)}bad line\n${events(3)}`;
      const finished = await run(START, ['--json', '--file', '-', '--shards', '2'], { input });
      const result = jsonOf(finished);
      expect(result).to.include({ read: 34, sent: 34, failed: 0, written: 33, rows: 30, rejected: 1, unwritten: 0 });
      expect(result.eventsPerSecond).to.be.closeTo(34 / result.seconds, 1);
      expect(finished.code).to.equal(0);
    });

    it('names the reasons of what it rejected', async () => {
      const path = await file('bad.ndjson', `{"cut\n${JSON.stringify(tweetV1({ user: {} }))}\n`);
      const { code, stdout } = await run(START, ['--file', path]);
      expect(stdout).to.match(/rejected +2 +to RejectedEvents: .*1 NotJson/);
      expect(stdout).to.contain('KeyMissing: user.name is nothing; expected a text that is not empty');
      expect(code).to.equal(0);
    });

    it('finishes what was read, and reports, when it is interrupted', async () => {
      const { child, saw, finished } = start(START, ['--json', '--source', 'stdin'], { input: 'open' });
      let sent = 0;
      const feeding = setInterval(() => child.stdin?.write(event(sent++)), 10);
      await saw(' stored');
      child.kill('SIGINT');
      clearInterval(feeding);
      const ended = await finished;
      expect(ended.stderr).to.contain('Stopping: delivering what was read.');
      const { read, written, unwritten } = jsonOf(ended);
      expect(read).to.be.within(1, sent);
      expect({ written, unwritten }).to.deep.equal({ written: read, unwritten: 0 });
      expect(ended.code).to.equal(0);
    });

    const wrong: [name: string, args: () => Promise<string[]> | string[], code: number, message: RegExp][] = [
      [
        'an unknown option',
        () => ['--shard', '2'],
        2,
        /error: Unknown option '--shard'; the options are --source, --file/,
      ],
      ['a number that is none', () => ['--shards', 'two', '--max', '0'], 2, /--shards is "two".*\n.*--max is "0"/],
      [
        'a file that is missing',
        () => ['--file', 'no-such-file'],
        2,
        /there is no file "no-such-file" \(\/.*\/no-such-file\); expected/,
      ],
      ['a directory', () => ['--file', folder], 2, /is a directory; expected a file with one JSON event a line/],
      [
        'an empty file',
        async () => ['--file', await file('empty', '')],
        1,
        /the source holds no events; expected one JSON event a line/,
      ],
      ['a source without its key', () => ['--source', 'twitter'], 2, /no access to X: set TWITTER_CONSUMER_KEY/],
    ];
    for (const [name, args, code, message] of wrong)
      it(`refuses ${name}`, async () => {
        const finished = await run(START, await args());
        expect(finished.stdout + finished.stderr).to.match(message);
        expect(finished.code).to.equal(code);
      });

    it('shows its help', async () => {
      const { code, stdout } = await run(START, ['--help']);
      for (const option of ['--file', '--source', '--track', '--max', '--shards', '--json'])
        expect(stdout).to.contain(option);
      expect(code).to.equal(0);
    });
  });

  describe('npm run local', () => {
    it('stays up, takes what the line it prints sends, and ends cleanly', async () => {
      const [kinesisPort, dynamoDbPort] = [await freePort(), await freePort()];
      const local = start(STAY, [
        '--kinesis-port',
        `${kinesisPort}`,
        '--dynamodb-port',
        `${dynamoDbPort}`,
        '--failed-batches',
        join(folder, 'kept'),
      ]);
      await local.saw('Ctrl-C ends the stack.');
      local.finished.then(({ stdout }) => {
        expect(stdout).to.contain(`http://127.0.0.1:${dynamoDbPort}`);
        expect(stdout).to.contain('tables local-EventData, local-RejectedEvents');
        expect(stdout).to.match(/Failed +\S*kept {3}batches that the function could not process, whole/);
      });
      const line = `npm run client -- --endpoint http://127.0.0.1:${kinesisPort} --stream local-EventStream --file events/tweets.ndjson`;
      await local.saw(line);
      const client = await run(CLIENT, [...line.split(' ').slice(4), '--json']);
      expect(jsonOf(client)).to.include({ read: 1_000, sent: 1_000, failed: 0 });
      await local.saw('"message":"batch processed"');

      const second = await run(STAY, ['--kinesis-port', `${kinesisPort}`, '--dynamodb-port', `${await freePort()}`]);
      expect(second.stderr).to.equal(
        `error: port ${kinesisPort} of 127.0.0.1 is in use; end what listens there, or choose another port\n`,
      );
      expect(second.code).to.equal(1);

      local.child.kill('SIGINT');
      const { code, stderr } = await local.finished;
      expect(stderr).to.equal('');
      expect(code).to.equal(0);
    });

    it('refuses ports that are none, and one port for both', async () => {
      const { code, stderr } = await run(STAY, ['--kinesis-port', '70000', '--dynamodb-port', 'x']);
      expect(stderr).to.contain('--kinesis-port is 70000; expected a port from 1 to 65535');
      expect(stderr).to.contain('--dynamodb-port is "x"; expected a whole number from 1');
      expect(code).to.equal(2);
      expect((await run(STAY, ['--host', '192.0.2.1'])).stderr).to.equal(
        'error: this machine has no address 192.0.2.1; expected one of its own, such as 127.0.0.1\n',
      );
      expect((await run(STAY, ['--kinesis-port', '8000'])).stderr).to.contain('cannot both listen on port 8000');
    });
  });

  describe('npm run client', () => {
    const services = new TestServices();
    let stream: string;
    before(() => services.start());
    after(() => services.stop());
    beforeEach(async () => {
      stream = await services.createStream();
    });
    const to = (name = stream) => ['--endpoint', services.endpoints.kinesis, '--stream', name];

    it('sends a file and says so', async () => {
      const path = await file('hundred.ndjson', events(100));
      const { code, stdout, stderr } = await run(CLIENT, [...to(), '--file', path]);
      expect(stdout).to.match(
        new RegExp(`^Sent 100 of 100 events to ${stream} in \\d+\\.\\d\\d s \\([\\d,]+ events/s\\)\\.\\n$`),
      );
      expect(withoutProgress(stderr)).to.equal('');
      expect(code).to.equal(0);
      expect(await readStream(services.kinesis, stream)).to.have.length(100);
    });

    it('stops after --max events', async () => {
      const finished = await run(CLIENT, [...to(), '--source', 'stdin', '--max', '7', '--json'], { input: events(20) });
      expect(jsonOf(finished)).to.include({ read: 7, sent: 7, failed: 0 });
      expect(await readStream(services.kinesis, stream)).to.have.length(7);
    });

    it('reads .env, and lets the environment and the options come before it', async () => {
      await file('.env', `AWS_ENDPOINT_URL_KINESIS=${services.endpoints.kinesis}\nKINESIS_STREAM=nowhere\nTRACK=\n`);
      const env = { KINESIS_STREAM: stream };
      const { code, stderr } = await run(CLIENT, ['--source', 'stdin'], { cwd: folder, env, input: events(3) });
      await rm(join(folder, '.env'));
      expect(withoutProgress(stderr)).to.equal('');
      expect(code).to.equal(0);
      expect(await readStream(services.kinesis, stream)).to.have.length(3);
    });

    it('drops the notices of a v1.1 stream and counts them', async () => {
      const input = `${event(1)}{"limit":{"track":5}}\n{"delete":{"status":{}}}\n`;
      const finished = await run(CLIENT, [...to(), '--source', 'stdin'], { input });
      expect(finished.stdout).to.match(/dropped +2 +no new events: 2 notices/);
    });

    it('delivers what it has read when it is interrupted', async () => {
      const { child, finished } = start(CLIENT, [...to(), '--source', 'stdin', '--json'], { input: 'open' });
      child.stdin?.write(events(40));
      await until(async () => (await readStream(services.kinesis, stream)).length === 40);
      child.kill('SIGINT');
      const ended = await finished;
      expect(jsonOf(ended)).to.include({ read: 40, sent: 40, failed: 0 });
      expect(ended.stderr).to.contain('Stopping: delivering what was read. Ctrl-C again gives up at once.');
      expect(ended.code).to.equal(0);
    });

    it('says that there is no such stream', async () => {
      const { code, stderr } = await run(CLIENT, [...to('no-such-stream'), '--source', 'stdin'], {
        cwd: folder,
        input: events(2),
      });
      const [cause, kept, ...others] = withoutProgress(stderr).trimEnd().split('\n');
      expect(cause).to.equal(
        `2 events failed: there is no stream "no-such-stream" at ${services.endpoints.kinesis}; check --stream and --region, or use --stack NAME`,
      );
      expect(kept).to.match(
        /^2 events kept in (spool-\d{8}T\d{9}Z\.ndjson)\. To deliver them: npm run client -- --stream no-such-stream --endpoint http:\S+ --file \1$/,
      );
      expect(others).to.deep.equal([]);
      expect(code).to.equal(3);
    });

    it('says that the endpoint is another service', async () => {
      const args = ['--endpoint', services.endpoints.dynamoDb, '--stream', stream, '--source', 'stdin'];
      const { code, stderr } = await run(CLIENT, args, { cwd: folder, input: event(1) });
      expect(stderr).to.contain('answers, but it is not Kinesis; check --endpoint');
      expect(code).to.equal(3);
    });

    it('says that nothing answers, once its patience is at an end, and keeps what npm start then delivers', async () => {
      const spool = join(folder, 'kept.ndjson');
      const args = ['--endpoint', `http://127.0.0.1:${await freePort()}`, '--stream', stream, '--source', 'stdin'];
      const input = events(30);
      const failed = await run(CLIENT, [...args, '--patience', '1', '--spool', spool, '--json'], { input });
      expect(failed.stderr).to.match(
        /cannot be reached \(ECONNREFUSED\); check the network, --region and --endpoint\n30 events kept in /,
      );
      expect(jsonOf(failed)).to.include({ read: 30, sent: 0, failed: 30, spooled: 30 });
      expect(failed.code).to.equal(3);
      const later = await run(START, ['--json', '--file', spool]);
      expect(jsonOf(later)).to.include({ read: 30, written: 30, unwritten: 0 });
      expect(later.code).to.equal(0);
    });

    it('says that there are no credentials', async () => {
      const args = ['--stream', 's', '--region', 'us-east-1', '--source', 'stdin', '--endpoint', 'http://localhost.:9'];
      const { code, stderr } = await run(CLIENT, args, { cwd: folder, input: event(1) });
      expect(stderr).to.contain('no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in .env');
      expect(code).to.equal(3);
    });

    it('says that standard input was empty', async () => {
      const { code, stderr } = await run(CLIENT, [...to(), '--source', 'stdin']);
      expect(withoutProgress(stderr)).to.equal(
        'error: standard input holds no events; expected one JSON event a line\n',
      );
      expect(code).to.equal(5);
    });

    it('spools at once what is in flight at the second Ctrl-C', async () => {
      let asked = 0;
      const silent = createServer(() => {
        asked += 1;
      }).listen(0, '127.0.0.1');
      await new Promise((resolve) => silent.once('listening', resolve));
      const spool = join(folder, 'interrupted.ndjson');
      const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
      const args = ['--endpoint', endpoint, '--stream', 's', '--source', 'stdin', '--spool', spool, '--json'];
      const { child, saw, finished } = start(CLIENT, args, { input: 'open' });
      child.stdin?.write(events(30));
      await until(() => asked > 0);
      await pressTwice({ child, saw });
      const ended = await finished;
      silent.closeAllConnections();
      silent.close();
      expect(jsonOf(ended)).to.include({ read: 30, sent: 0, failed: 30, spooled: 30 });
      expect(ended.stderr).to.contain('30 events failed: stopped before everything was delivered');
      expect(ended.code).to.equal(3);
      expect(await readFile(spool, 'utf8')).to.equal(events(30));
    });

    it('loses nothing of a file where it is killed, and goes on from its checkpoint', async () => {
      const path = await file('many.ndjson', events(20_000));
      const checkpoint = join(folder, 'many.checkpoint');
      const offset = async (): Promise<number> =>
        JSON.parse(await readFile(checkpoint, 'utf8').catch(() => '{"offset":0}')).offset;
      const args = [...to(), '--file', path, '--checkpoint', checkpoint, '--json'];
      const killed = start(CLIENT, args);
      await until(async () => (await offset()) > 0);
      killed.child.kill('SIGKILL');
      expect((await killed.finished).code).to.equal(null);

      const second = await run(CLIENT, args);
      const { read } = jsonOf(second);
      expect(read).to.be.within(1, 19_999);
      expect(second.code).to.equal(0);
      const found = (await readStream(services.kinesis, stream)).map(({ data }) => `${data}\n`);
      expect([...new Set(found)].toSorted()).to.deep.equal(events(20_000).match(/.+\n/g)!.toSorted());
      // What was on its way, and what was acknowledged since the last checkpoint.
      expect(found.length).to.be.below(32_000);

      const third = await run(CLIENT, args.slice(0, -1));
      expect(third.stdout).to.contain(`All of ${path} had been delivered before.`);
      expect(third.code).to.equal(0);
    });

    it('sends nothing with the checkpoint of another file, and names both', async () => {
      const [path, other] = [await file('a.ndjson', events(3)), await file('b.ndjson', events(5))];
      const checkpoint = join(folder, 'a.checkpoint');
      expect((await run(CLIENT, [...to(), '--file', path, '--checkpoint', checkpoint])).code).to.equal(0);
      const { code, stderr } = await run(CLIENT, [...to(), '--file', other, '--checkpoint', checkpoint]);
      expect(stderr).to.contain(
        `error: the checkpoint "${checkpoint}" is of "${path}", and "${other}" is another file.`,
      );
      expect(code).to.equal(2);
      expect(await readStream(services.kinesis, stream)).to.have.length(3);
    });

    it('names every problem of a wrong call at once', async () => {
      const { code, stdout, stderr } = await run(CLIENT, ['--max', 'x']);
      expect(stdout).to.equal('');
      expect(stderr.trimEnd().split('\n')).to.have.length(5);
      expect(stderr).to.contain('See npm run client -- --help');
      expect(code).to.equal(2);
    });

    describe('with a Kinesis that refuses its caller', () => {
      const SECRET = 'hunter2hunter2hunter2';
      let server: Server;
      let refusal = '';
      before(async () => {
        server = createServer((request, response) => {
          request.resume();
          response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
          response.end(JSON.stringify({ __type: refusal, message: 'no' }));
        }).listen(0, '127.0.0.1');
        await new Promise((resolve) => server.once('listening', resolve));
      });
      after(() => {
        server.closeAllConnections();
        server.close();
      });

      for (const [type, message] of [
        ['AccessDeniedException', /these credentials may not put records on "s"; they need kinesis:PutRecord/],
        ['UnrecognizedClientException', /AWS does not accept the access key/],
        ['ExpiredTokenException', /the AWS session has expired/],
      ] as const)
        it(`explains ${type}, and keeps the secret to itself`, async () => {
          refusal = type;
          const { port } = server.address() as AddressInfo;
          const args = [
            '--endpoint',
            `http://127.0.0.1:${port}`,
            '--stream',
            's',
            '--source',
            'stdin',
            '--patience',
            '1',
          ];
          const env = { AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: SECRET };
          const { code, stdout, stderr } = await run(CLIENT, args, { cwd: folder, env, input: event(1) });
          expect(stderr).to.match(message);
          expect(stdout + stderr).not.to.contain(SECRET);
          expect(code).to.equal(3);
        });
    });
  });
});
