import { appendFile, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { quoted } from '../../cli/shown.ts';
import { doctor } from '../../client/doctor/doctor.ts';
import client from '../../client/twitter2kinesis.ts';
import { type FaultPlan, type FaultProxy, startFaultProxy } from '../../proof/fault-proxy.ts';
import { emptyFolder } from '../support/empty-folder.ts';
import { TestServices } from '../support/emulators.ts';
import { cloudEvent } from '../support/events.ts';
import { change, event, FakeEventStreams, placeOf } from '../support/fake-event-streams.ts';
import { FakeJetstream } from '../support/fake-jetstream.ts';
import { post } from '../support/jetstream.ts';
import { call, type Finished, killAll, start, withoutProgress } from '../support/run.ts';
import { readStream } from '../support/shards.ts';
import { Changes, until } from '../support/until.ts';

const CLIENT = 'client/twitter2kinesis.ts';
/** Runs the client in this process. */
const called = (argv: readonly string[]): Promise<Finished> => call(client, argv).finished;

const lineOf = (index: number): string => JSON.stringify(cloudEvent({ id: `e-${index}` }));
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => `${lineOf(from + index)}\n`).join('');

describe('a client that is ended and started again', () => {
  const services = new TestServices();
  const folder = emptyFolder();
  const checkpoint = join(folder, 'checkpoint');
  let stream: string;
  let proxy: FaultProxy;
  /** Whether requests are answered: some always are, and a client whose others hang is in the middle of its work when it is killed. */
  let answers: boolean;
  /** What the stream took, by what tells one event from another. */
  let taken: Set<string>;
  let keyOf: (data: string) => string;
  const arrived = new Changes();
  before(() => services.start());
  after(() => services.stop());
  beforeEach(async () => {
    stream = await services.createStream();
    answers = false;
    taken = new Set();
    keyOf = (data) => data;
    const plan: FaultPlan = (_, index) => (answers || index < 2 ? undefined : { kind: 'hang' });
    proxy = await startFaultProxy(services.endpoints.kinesis, plan, (_, request) => {
      for (const { Data } of (request as { Records: { Data: string }[] }).Records)
        taken.add(keyOf(Buffer.from(Data, 'base64').toString()));
      arrived.changed();
    });
  });
  afterEach(async () => {
    await killAll();
    await proxy.close();
  });

  const to = (endpoint = services.endpoints.kinesis) => ['--stream', stream, '--endpoint', endpoint];
  const kept = async (): Promise<Record<string, unknown>> =>
    JSON.parse(await readFile(checkpoint, 'utf8').catch(() => '{}'));
  const onStream = async (): Promise<string[]> =>
    (await readStream(services.kinesis, stream)).map(({ data }) => data.toString());

  /** Starts the client, kills it once the checkpoint has moved, and starts it again until the stream has everything. */
  const killAndResume = async (args: string[], hasMoved: () => Promise<boolean>) => {
    const killed = start(CLIENT, [...args, ...to(proxy.endpoint)]);
    await arrived.until(() => taken.size > 0);
    await until(hasMoved, 'a checkpoint');
    killed.child.kill('SIGKILL');
    expect((await killed.finished).code).to.equal(null);
    answers = true;
    const again = call(client, [...args, ...to(proxy.endpoint)]);
    await arrived.until(() => taken.size === COUNT);
    again.kill('SIGINT');
    expect((await again.finished).code).to.equal(0);
  };

  const COUNT = 700;
  const numbers = Array.from({ length: COUNT }, (_, index) => index + 1);

  it('goes on in Bluesky where it was killed, without a gap', async () => {
    const jetstream = await FakeJetstream.start();
    const base = (Date.now() - 3_600_000) * 1_000;
    const timeOf = (n: number): number => base + n * 100_000;
    const posts = numbers.map((n) => ({ ...post(n), time_us: timeOf(n) }));
    const serve: Parameters<FakeJetstream['script']>[0] = async (answer) => {
      await answer.accept();
      const cursor = Number(jetstream.cursors.at(-1) ?? 0);
      await answer.send(...posts.filter(({ time_us: time }) => time >= cursor));
    };
    jetstream.script(serve, serve);
    keyOf = (data) => JSON.parse(data).commit.rkey;
    try {
      await killAndResume(
        ['--source', 'bluesky', '--url', jetstream.url, '--checkpoint', checkpoint],
        async () => (await kept()).place != null,
      );
      expect(jetstream.cursors).to.have.length(2);
      // Five seconds before a post that was delivered.
      expect(Number(jetstream.cursors[1])).to.be.within(timeOf(1) - 5_000_000, timeOf(COUNT) - 5_000_000);
      expect(await kept()).to.include({ source: 'bluesky', url: jetstream.url, place: String(timeOf(COUNT)) });
    } finally {
      await jetstream.stop();
    }
  });

  it('goes on in Wikimedia where it was killed, without a gap', async () => {
    const wikimedia = await FakeEventStreams.start();
    const serve: Parameters<FakeEventStreams['script']>[0] = async (answer) => {
      answer.accept();
      const place = wikimedia.resumed.at(-1);
      const from = place === undefined ? 0 : JSON.parse(place)[0].timestamp;
      const rest = numbers.filter((n) => n >= from);
      await answer.send(Buffer.concat(rest.map((n) => event(change(n), placeOf(n)))));
    };
    wikimedia.script(serve, serve);
    keyOf = (data) => JSON.parse(data).meta.id;
    try {
      await killAndResume(
        ['--source', 'wikimedia', '--url', wikimedia.url, '--checkpoint', checkpoint, '--contact', 'me@example.com'],
        async () => (await kept()).place != null,
      );
      expect(wikimedia.resumed[0]).to.equal(undefined);
      expect(wikimedia.resumed[1]).to.be.a('string');
      expect(wikimedia.requests[0]!['user-agent']).to.contain(' (me@example.com) ');
      expect(await kept()).to.include({ source: 'wikimedia', place: placeOf(COUNT) });
    } finally {
      await wikimedia.stop();
    }
  });

  it('goes on in a log that was rotated meanwhile', async () => {
    const log = join(folder, 'app.log');
    await writeFile(log, lines(0, COUNT));
    const args = ['--file', log, '--follow', '--checkpoint', checkpoint];
    const killed = start(CLIENT, [...args, ...to(proxy.endpoint)]);
    await arrived.until(() => taken.size > 0);
    await until(async () => Number((await kept()).offset ?? 0) > 0, 'a checkpoint');
    killed.child.kill('SIGKILL');
    await killed.finished;
    await appendFile(log, `${lines(COUNT, COUNT + 5)}`);
    await rename(log, `${log}.1`);
    // Nobody has written into it for long.
    await utimes(`${log}.1`, new Date(), new Date(Date.now() - 60_000));
    await writeFile(log, lines(COUNT + 5, COUNT + 8) + lineOf(COUNT + 8).slice(0, 20));
    answers = true;
    const again = call(client, [...args, ...to(proxy.endpoint)]);
    await arrived.until(() => taken.size === COUNT + 8);
    await appendFile(log, `${lineOf(COUNT + 8).slice(20)}\n`);
    await arrived.until(() => taken.size === COUNT + 9);
    again.kill('SIGINT');
    expect((await again.finished).code).to.equal(0);
    expect(new Set(await onStream())).to.deep.equal(
      new Set(
        lines(0, COUNT + 9)
          .trimEnd()
          .split('\n'),
      ),
    );
  });

  it('sends the last line of a file once it is whole, with its line end or without', async () => {
    const file = join(folder, 'a.ndjson');
    await writeFile(file, lines(0, 2) + lineOf(2).slice(0, 40));
    const args = [...to(), '--file', file, '--checkpoint', checkpoint];
    const first = await called(args);
    expect(first.code).to.equal(0);
    expect(withoutProgress(first.stderr)).to.contain('40 bytes without a line end');
    expect(await onStream()).to.have.length(2);
    expect((await called(args)).stdout).to.contain('Sent 0 of 0 events');
    await appendFile(file, lineOf(2).slice(40));
    expect((await called(args)).code).to.equal(0);
    expect((await onStream()).toSorted()).to.deep.equal([lineOf(0), lineOf(1), lineOf(2)]);
  });

  it('goes on in a file of gzip', async () => {
    const file = join(folder, 'a.ndjson.gz');
    await writeFile(file, gzipSync(lines(0, 50).trimEnd()));
    const args = [...to(), '--file', file, '--checkpoint', checkpoint];
    expect((await called([...args, '--max', '20'])).code).to.equal(0);
    expect(await kept()).to.have.property('offset', Buffer.byteLength(lines(0, 20)));
    expect((await called(args)).stdout).to.contain('Sent 30 of 30 events');
    expect((await onStream()).toSorted()).to.deep.equal(lines(0, 50).trimEnd().split('\n').toSorted());
  });

  it('refuses the checkpoint of another source', async () => {
    const file = join(folder, 'a.ndjson');
    await writeFile(file, lines(0, 2));
    await called([...to(), '--file', file, '--checkpoint', checkpoint]);
    const args = ['--source', 'bluesky', '--url', 'ws://127.0.0.1:9', '--checkpoint', checkpoint];
    const { code, stderr } = await called([...to(), ...args]);
    expect(stderr).to.contain(`is of "${file}", and what is read is Bluesky at ws://127.0.0.1:9`);
    expect(code).to.equal(2);
  });
});

describe('a file that holds no lines', () => {
  const folder = emptyFolder();
  const to = ['--stream', 's', '--endpoint', 'http://127.0.0.1:9'];

  it('is refused by the client and by the doctor, with the command that helps', async () => {
    const file = join(folder, 'file');
    for (const [content, command] of [
      [Buffer.from(`\ufeff${lines(0, 3)}`, 'utf16le'), 'iconv -f UTF-16 -t UTF-8'],
      [Buffer.from(JSON.stringify([cloudEvent()], undefined, 2)), "jq -c '.[]'"],
    ] as const) {
      await writeFile(file, content);
      const refused = await called([...to, '--file', file]);
      expect(refused.stderr).to.contain(`${command} ${quoted(file)} | the same command`);
      expect(refused.code).to.equal(2);
      const checked = await call({ call: doctor }, [...to, '--file', file]).finished;
      expect(checked.stdout).to.contain(command);
      expect(checked.code).to.equal(1);
    }
  });
});
