import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../aws/system-clock.ts';
import { quoted } from '../../cli/shown.ts';
import client from '../../client/twitter2kinesis.ts';
import { startFaultProxy } from '../../proof/fault-proxy.ts';
import { emptyFolder } from '../support/empty-folder.ts';
import { TestServices } from '../support/emulators.ts';
import { eventLine, eventLines } from '../support/events.ts';
import { LoopbackServer } from '../support/loopback-server.ts';
import { REFUSED } from '../support/refused.ts';
import { call, callAlone, type Finished, jsonOf, killAll, run, start, withoutProgress } from '../support/run.ts';
import { readStream } from '../support/shards.ts';
import { TriesClock } from '../support/unhurried-clock.ts';
import { until } from '../support/until.ts';

const CLIENT = 'client/twitter2kinesis.ts';

/** So many tries end the patience, and not the time that they take. */
const tries = () => ({ clock: new TriesClock(), calendar: systemClock });

/** Runs the client in this process. */
const called = (...[argv, options]: [readonly string[], Parameters<typeof call>[2]?]): Promise<Finished> =>
  call(client, argv, options).finished;

describe('npm run client', () => {
  const services = new TestServices();
  const closing: (() => Promise<void>)[] = [];
  let stream: string;
  const folder = emptyFolder(before);
  before(() => services.start());
  after(() => services.stop());
  beforeEach(async () => {
    stream = await services.createStream();
  });
  afterEach(async () => {
    await killAll();
    for (const close of closing.splice(0)) await close();
  });
  const file = async (name: string, content: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };

  const to = (name = stream) => ['--endpoint', services.endpoints.kinesis, '--stream', name];

  it('sends a file and says so', async () => {
    const path = await file('hundred.ndjson', eventLines(100));
    const { code, stdout, stderr } = await called([...to(), '--file', path]);
    expect(stdout).to.match(
      new RegExp(`^Sent 100 of 100 events to ${stream} in \\d+\\.\\d\\d s \\([\\d,]+ events/s\\)\\.\\n$`),
    );
    expect(withoutProgress(stderr)).to.equal('');
    expect(code).to.equal(0);
    expect(await readStream(services.kinesis, stream)).to.have.length(100);
  });

  it('stops after --max events', async () => {
    const finished = await called([...to(), '--source', 'stdin', '--max', '7', '--json'], { input: eventLines(20) });
    expect(jsonOf(finished)).to.include({ read: 7, sent: 7, failed: 0 });
    expect(await readStream(services.kinesis, stream)).to.have.length(7);
  });

  it('reads .env, and lets the environment and the options come before it', async () => {
    await file('.env', `AWS_ENDPOINT_URL_KINESIS=${services.endpoints.kinesis}\nKINESIS_STREAM=nowhere\nTRACK=\n`);
    const env = { KINESIS_STREAM: stream };
    const { code, stderr } = await run(CLIENT, ['--source', 'stdin'], { cwd: folder, env, input: eventLines(3) });
    await rm(join(folder, '.env'));
    expect(withoutProgress(stderr)).to.equal('');
    expect(code).to.equal(0);
    // A process asks again after six seconds, which a busy machine may take.
    expect(new Set((await readStream(services.kinesis, stream)).map(({ data }) => data)).size).to.equal(3);
  });

  it('names every problem of a wrong call before it asks the stack, which may not be there', async () => {
    const args = ['--stack', 'mine', '--region', 'eu-west-1', '--file', join(folder, 'none'), '--max', 'x'];
    const { code, stderr } = await called([...args, '--patience', 'y']);
    expect(stderr).to.match(
      /^error: --max is "x".*\nerror: --patience is "y".*\nerror: .*none.*\nSee npm run client -- --help\n$/,
    );
    expect(code).to.equal(2);
  });

  it('says that there is no such stream', async () => {
    const path = await file('large.ndjson', eventLines(600));
    const spool = join(folder, 'no-such-stream.ndjson');
    const { code, stderr } = await called([...to('no-such-stream'), '--file', path, '--spool', spool]);
    const [cause, kept, rest, ...others] = withoutProgress(stderr).trimEnd().split('\n');
    expect(cause).to.equal(
      `1 event failed: there is no stream "no-such-stream" at ${services.endpoints.kinesis}; check --stream and --region, or use --stack NAME`,
    );
    expect(kept).to.equal(
      `1 event kept in ${spool}. To deliver it: npm run client -- --stream NAME --endpoint ${services.endpoints.kinesis} --file ${quoted(spool)}`,
    );
    expect(rest).to.match(/^\S.*large\.ndjson was read up to byte \d+\. /);
    expect(others).to.deep.equal([]);
    expect(code).to.equal(3);
  });

  it('says that the endpoint is another service', async () => {
    const spool = join(folder, 'another-service.ndjson');
    const args = ['--endpoint', services.endpoints.dynamoDb, '--stream', stream, '--source', 'stdin', '--spool', spool];
    const { code, stderr } = await called(args, { input: eventLine(1) });
    expect(stderr).to.contain(`${services.endpoints.dynamoDb} answers, but it is not Kinesis; check --endpoint\n`);
    expect(code).to.equal(3);
  });

  it('says that nothing answers, once its patience is at an end, and keeps what the next run delivers', async () => {
    const spool = join(folder, 'kept.ndjson');
    const args = ['--endpoint', REFUSED, '--stream', stream, '--source', 'stdin'];
    const input = eventLines(30);
    const failed = await called([...args, '--patience', '1', '--spool', spool, '--json'], { input, clocks: tries() });
    expect(failed.stderr).to.match(
      /cannot be reached \(ECONNREFUSED\); check --endpoint, and whether npm run local is up\n30 events kept in /,
    );
    expect(jsonOf(failed)).to.include({ read: 30, sent: 0, failed: 30, spooled: 30 });
    expect(failed.code).to.equal(3);
    const later = await called([...to(), '--file', spool]);
    expect(later.code).to.equal(0);
    const found = (await readStream(services.kinesis, stream)).map(({ data }) => `${data}\n`);
    expect(found.toSorted()).to.deep.equal(input.match(/.+\n/g)!.toSorted());
  });

  it('says that Kinesis cannot be reached where each connection breaks', async () => {
    const server = await new LoopbackServer(createServer((request) => request.socket.destroy())).start();
    closing.push(() => server.stop());
    const spool = join(folder, 'broken.ndjson');
    const args = ['--endpoint', server.endpoint, '--stream', stream, '--source', 'stdin', '--spool', spool, '--json'];
    const failed = await called([...args, '--patience', '1'], { input: eventLine(1), clocks: tries() });
    expect(failed.stderr).to.contain(
      `1 event failed: ${server.endpoint} cannot be reached (ECONNRESET); check --endpoint`,
    );
    expect(jsonOf(failed).failures).to.deep.equal({ ECONNRESET: 1 });
  });

  it('says that there are no credentials', async () => {
    const args = ['--stream', 's', '--region', 'us-east-1', '--source', 'stdin', '--endpoint', 'http://localhost.:9'];
    const { code, stderr } = await callAlone(client, [...args, '--spool', join(folder, 'spool')], {
      input: eventLine(1),
    });
    expect(stderr).to.contain('no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in .env');
    expect(code).to.equal(3);
  });

  it('loses nothing of a file where it is killed, and goes on from its checkpoint', async () => {
    const count = 1_200;
    const path = await file('many.ndjson', eventLines(count));
    const checkpoint = join(folder, 'many.checkpoint');
    const offset = async (): Promise<number> =>
      JSON.parse(await readFile(checkpoint, 'utf8').catch(() => '{"offset":0}')).offset;
    const args = ['--stream', stream, '--file', path, '--checkpoint', checkpoint, '--json'];
    // Some requests are answered, and the others never: the client cannot be done before it is killed.
    const proxy = await startFaultProxy(services.endpoints.kinesis, (_, index) =>
      index < 2 ? undefined : { kind: 'hang' },
    );
    closing.push(proxy.close);
    const killed = start(CLIENT, [...args, '--endpoint', proxy.endpoint]);
    await until(async () => (await offset()) > 0);
    killed.child.kill('SIGKILL');
    expect((await killed.finished).code).to.equal(null);

    const again = [...args, '--endpoint', services.endpoints.kinesis];
    const second = await called(again);
    const { read } = jsonOf(second);
    expect(read).to.be.within(1, count - 1);
    expect(second.code).to.equal(0);
    const found = (await readStream(services.kinesis, stream)).map(({ data }) => `${data}\n`);
    expect([...new Set(found)].toSorted()).to.deep.equal(eventLines(count).match(/.+\n/g)!.toSorted());
    // What was acknowledged since the last checkpoint.
    expect(found.length).to.be.at.most(count + 1_000);

    const third = await called(again.filter((arg) => arg !== '--json'));
    expect(third.stdout).to.contain(`All whole lines of ${path} had been delivered before.`);
    expect(third.code).to.equal(0);
  });

  it('names every problem of a wrong call at once, a file that is not there among them', async () => {
    const { code, stdout, stderr } = await called(['--max', 'x', '--file', 'nope']);
    expect(stdout).to.equal('');
    expect(stderr.trimEnd().split('\n')).to.have.length(5);
    expect(stderr).to.contain('there is no file "nope"');
    expect(stderr).to.contain('See npm run client -- --help');
    expect(code).to.equal(2);
  });

  describe('with a Kinesis that refuses its caller', () => {
    const SECRET = 'hunter2hunter2hunter2';
    let server: LoopbackServer;
    let refusal = '';
    before(async () => {
      const kinesis = createServer((request, response) => {
        request.resume();
        response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
        response.end(JSON.stringify({ __type: refusal, message: 'no' }));
      });
      server = await new LoopbackServer(kinesis).start();
    });
    after(() => server.stop());

    for (const [type, message] of [
      ['AccessDeniedException', /these credentials may not put records on "s"; they need kinesis:PutRecord/],
      ['UnrecognizedClientException', /AWS does not accept the access key/],
      ['ExpiredTokenException', /the AWS session has expired/],
    ] as const)
      it(`explains ${type}, and keeps the secret to itself`, async () => {
        refusal = type;
        const { endpoint } = server;
        const spool = join(folder, 'refused.ndjson');
        const args = [
          '--endpoint',
          endpoint,
          '--stream',
          's',
          '--source',
          'stdin',
          '--spool',
          spool,
          '--patience',
          '1',
        ];
        const env = { AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: SECRET };
        const { code, stdout, stderr } = await called(args, { env, input: eventLine(1), clocks: tries() });
        expect(stderr).to.match(message);
        expect(stdout + stderr).not.to.contain(SECRET);
        expect(code).to.equal(3);
      });
  });
});
