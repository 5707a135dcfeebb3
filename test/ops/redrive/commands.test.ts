import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { expect } from 'chai';
import { putRecordsTo } from '../../../aws/kinesis.ts';
import { systemClock } from '../../../aws/system-clock.ts';
import redrive from '../../../ops/redrive/redrive.ts';
import { type FaultProxy, startFaultProxy } from '../../../proof/fault-proxy.ts';
import { emptyFolder } from '../../support/empty-folder.ts';
import { TestServices } from '../../support/emulators.ts';
import { bytes } from '../../support/events.ts';
import { FakeS3 } from '../../support/fake-s3.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { nextMillisecond } from '../../support/next-millisecond.ts';
import {
  type Command,
  call,
  callAlone,
  type Finished,
  jsonOf,
  killAll,
  run,
  start,
  withoutProgress,
} from '../../support/run.ts';
import { withoutLimits } from '../../support/unhurried-clock.ts';
import { until } from '../../support/until.ts';
import { bytesOnStream, failedBatch, keyOf, LONG_AGO, reject } from './set-aside.ts';

const REDRIVE = 'ops/redrive/redrive.ts';
const STOPPED_EARLY = 'Stopped early. What comes after that was not looked at: start it again for the rest.';
/** In this process. */
const redriven = (argv: readonly string[]): Promise<Finished> => call(redrive, argv).finished;

describe('npm run redrive', () => {
  const services = new TestServices();
  const folder = emptyFolder();
  let stream: string;
  let table: string;
  const proxies: FaultProxy[] = [];

  before(() => services.start());
  after(() => services.stop());
  beforeEach(async () => {
    stream = await services.createStream();
    table = await services.createTable(['Id']);
  });
  afterEach(async () => {
    await killAll();
    for (const proxy of proxies.splice(0)) await proxy.close();
  });

  /** As a user of the local stack calls it, on other ports and names. */
  const flags = ({ kinesis, dynamoDb } = services.endpoints): string[] => [
    ...['--local', '--endpoint', kinesis, '--dynamodb-endpoint', dynamoDb],
    ...['--stream', stream, '--rejected-events', table, '--failed-batches', folder],
  ];
  const keep = async (key: string, body: Uint8Array): Promise<void> => {
    await mkdir(dirname(join(folder, key)), { recursive: true });
    await writeFile(join(folder, key), body);
  };
  const entriesLeft = async (): Promise<number> => {
    let left = 0;
    for await (const { Count = 0 } of paginateScan(
      { client: services.dynamoDb },
      { TableName: table, Select: 'COUNT' },
    ))
      left += Count;
    return left;
  };
  const setAside = async (): Promise<void> => {
    await reject(services, table, [{ data: bytes('a-payload') }, { data: bytes('{}'), reason: 'UnknownShape' }]);
    await keep(keyOf(1), failedBatch([bytes('x'), bytes('y'), bytes('z')]));
  };

  it('lists in a dry run what there is, by reason, without a payload', async () => {
    await setAside();
    const { code, stdout, stderr } = await redriven([...flags(), '--dry-run', '--json']);
    expect(stderr).to.contain(`5 records would be put back on ${stream}. Nothing was changed.`);
    expect(stderr).to.contain(`NotJson: 1 rejected event in the table "${table}", set aside ${LONG_AGO}`);
    expect(stderr).to.contain('not JSON: the text ends too early; arrived 2026-11-20T12:34:56.123Z');
    expect(stderr).to.contain('RetryAttemptsExhausted: 1 failed batch with 3 records in the folder');
    expect(stdout + stderr).not.to.contain('a-payload');
    const result = JSON.parse(stdout);
    expect(result).to.deep.include({ dryRun: true, records: 5, entries: 3, left: 0, passedOver: 0 });
    const times = { first: LONG_AGO, last: LONG_AGO };
    expect(result.reasons).to.deep.include({ reason: 'RetryAttemptsExhausted', entries: 1, records: 3, ...times });
    expect(code).to.equal(0);
    expect(await bytesOnStream(services, stream)).to.have.length(0);
  });

  it('puts all of it back and says what it did', async () => {
    await setAside();
    const { code, stdout, stderr } = await redriven(flags());
    expect(withoutProgress(stderr)).to.equal('');
    expect(stdout).to.match(
      new RegExp(`^Put back 5 records on ${stream} in \\d+\\.\\d\\d s \\(\\d+ records/s\\)\\.\n`),
    );
    expect(stdout).to.contain(`the table "${table}": 2 records put back, 2 rejected events removed, 0 failed\n`);
    expect(stdout).to.contain(`the folder "${folder}": 3 records put back, 1 failed batch removed, 0 failed\n`);
    expect(code).to.equal(0);
    expect(await bytesOnStream(services, stream)).to.have.length(5);
    expect(await services.rows(table)).to.have.length(0);
  });

  it('puts the records of the stream on it once more, and names the next call where it was stopped', async () => {
    const records = [0, 1, 2].map((index) => ({ partitionKey: 'k', data: bytes(`event ${index}`) }));
    await putRecordsTo(services.kinesis, stream)(records, new AbortController().signal);
    // A range ends before the millisecond in which the command begins.
    await nextMillisecond();
    const argv = ['--local', '--endpoint', services.endpoints.kinesis, '--stream', stream, '--from-stream'];
    const looked = await redriven([...argv, '--since', '1h', '--dry-run', '--json']);
    expect(JSON.parse(looked.stdout)).to.deep.include({ dryRun: true, records: 3, left: 0 });
    expect(JSON.parse(looked.stdout).shards[0]).to.include({ shardId: 'shardId-000000000000', entries: 3 });
    expect(looked.stderr).not.to.contain('event 0');
    const shard = ['--shard', 'shardId-000000000000'];
    const some = await redriven([...argv, '--since', '1h', ...shard, '--limit', '2', '--json']);
    const { putBack, left, until, resumeSince } = jsonOf(some);
    expect({ putBack, left }).to.deep.equal({ putBack: 2, left: 0 });
    expect(some.stderr).to.contain(`--since ${resumeSince} --until ${until}`);
    const rest = await redriven([...argv, '--since', resumeSince, '--until', until]);
    expect(rest.stdout).to.match(/^Put back \d records? on /);
    expect(rest.code, rest.stderr).to.equal(0);
    const found = (await bytesOnStream(services, stream)).map(({ base64 }) => Buffer.from(base64, 'base64').toString());
    expect(new Set(found.slice(3))).to.deep.equal(new Set(records.map(({ data }) => `${data}`)));
  });

  it('takes a shard that the stream does not have for a wrong call', async () => {
    const argv = ['--local', '--endpoint', services.endpoints.kinesis, '--stream', stream, '--from-stream'];
    for (const more of [[], ['--dry-run']]) {
      const { code, stdout, stderr } = await redriven([...argv, '--since', '1h', '--shard', 'shardId-7', ...more]);
      expect(withoutProgress(stderr)).to.equal(
        `error: the stream "${stream}" has no shard "shardId-7"; expected one of shardId-000000000000\nSee npm run redrive -- --help\n`,
      );
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    }
  });

  it('never lets control characters of what was set aside reach the terminal', async () => {
    const evil = '\u001b[31mred\u0007\u009b2J\u007f\u202eright to left\nsecond line';
    await keep(keyOf(1), failedBatch([bytes('x')], { condition: evil }));
    await keep(`aws/${evil.replaceAll('\n', '')}`, bytes('not a batch'));
    await services.dynamoDb.send(
      new PutItemCommand({
        TableName: table,
        Item: marshall({ Id: evil, Reason: 'NotJson', Detail: evil, RejectedAt: LONG_AGO, Bytes: 1, Encoding: evil }),
      }),
    );
    for (const argv of [['--dry-run'], ['--dry-run', '--json'], [], ['--json']]) {
      const { stdout, stderr } = await redriven([...flags(), ...argv]);
      expect(stdout + stderr).to.contain('red');
      if (argv.includes('--json')) expect(JSON.parse(stdout)).to.be.an('object');
      expect(stdout + stderr).not.to.match(/(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]|^second line/mu);
    }
  });

  it('finds a bucket by the variable that every AWS tool reads', async () => {
    const s3 = await FakeS3.start();
    try {
      s3.objects.set(keyOf(1), failedBatch([bytes('x')]));
      const argv = ['--endpoint', services.endpoints.kinesis, '--stream', stream];
      const bucket = ['--failed-batches', `s3://${s3.bucket}`, '--json'];
      const finished = await callAlone(redrive, [...argv, ...bucket], { env: { AWS_ENDPOINT_URL_S3: s3.endpoint } });
      expect(jsonOf(finished)).to.include({ putBack: 1, removed: 1, left: 0 });
      expect(s3.objects.size).to.equal(0);
    } finally {
      await s3.stop();
    }
  });

  it('tells what the options leave out', async () => {
    await setAside();
    const few = await redriven([...flags(), '--dry-run', '--limit', '1']);
    expect(few.stdout).to.contain('Stopped at --limit 1. What comes after that was not looked at.');
    const { code, stdout } = await redriven([...flags(), '--reason', 'KeyMissing,NotJson', '--limit', '9']);
    expect(stdout).to.contain('Passed over 2 entries that the options leave out, such as UnknownShape');
    expect(code).to.equal(0);
    expect(await bytesOnStream(services, stream)).to.have.length(1);
  });

  it('names each entry that it cannot put back, puts the others back, and ends with 1', async () => {
    await setAside();
    await keep('note.txt', bytes('hello'));
    const { code, stdout, stderr } = await redriven(flags());
    expect(withoutProgress(stderr)).to.match(
      /^error: note\.txt: it is not a failed batch: .* \(left in the folder ".*"\)\n$/,
    );
    expect(stdout).to.contain('3 records put back, 1 failed batch removed, 1 failed');
    expect(code).to.equal(1);
  });

  it('says that the stream or the table is missing, and removes nothing', async () => {
    await setAside();
    const other = flags().map((flag) => (flag === stream ? 'no-such-stream' : flag === table ? 'no-such-table' : flag));
    const { code, stderr } = await redriven(other);
    const { kinesis, dynamoDb } = services.endpoints;
    expect(stderr).to.contain(`error: there is no table "no-such-table" at ${dynamoDb}; check its name and --region`);
    expect(stderr).to.contain(
      `error: 1 failed batch of the folder "${folder}" not put back, and left: there is no stream "no-such-stream" at ${kinesis}`,
    );
    expect(code).to.equal(1);
    expect(await services.rows(table)).to.have.length(2);
  });

  it('does not read, where a table cannot be read, as if nothing were left in it', async () => {
    await setAside();
    const unread = flags().map((flag) => (flag === table ? 'no-such-table' : flag));
    for (const argv of [[...unread, '--dry-run'], unread]) {
      const { code, stdout } = await redriven(argv);
      expect(stdout).to.contain(
        '\nNot all of the table "no-such-table" could be read: what is left there does not count here.\n',
      );
      expect(code).to.equal(1);
    }
  });

  it('says where it gave up that there may be more', async () => {
    const many = failedBatch(Array.from({ length: 1_500 }, (_, index) => bytes(`${index}`)));
    for (const number of [1, 2]) await keep(keyOf(number), many);
    const { code, stdout } = await redriven(flags().map((flag) => (flag === stream ? 'no-such-stream' : flag)));
    expect(stdout).to.contain('2 failed\n').and.to.contain(`\n${STOPPED_EARLY}\n`);
    expect(code).to.equal(1);
  });

  it('finishes what it read when it is interrupted, and ends with 1, since the rest is left', async () => {
    await reject(
      services,
      table,
      Array.from({ length: 50 }, (_, index) => ({ data: bytes(`${index}`) })),
    );
    const clock = new ManualClock();
    const clocks = { clock: withoutLimits(clock), calendar: systemClock };
    const { kill, finished } = call(redrive, [...flags(), '--rate', '20', '--json'], { clocks });
    // An event is put back each time.
    await until(async () => {
      clock.advance(50);
      return (await entriesLeft()) < 50;
    });
    kill('SIGINT');
    const ended = await clock.advanceUntil(finished);
    const { putBack, removed, left } = jsonOf(ended);
    expect(putBack).to.be.within(1, 49);
    expect({ removed, left }).to.deep.equal({ removed: putBack, left: 0 });
    expect(await services.rows(table)).to.have.length(50 - putBack);
    expect(ended.stderr).to.contain(`\n${STOPPED_EARLY}\n`);
    expect(ended.code).to.equal(1);
  });

  it('loses none of 800 events though it is killed twice, and the third run finishes', async () => {
    const COUNT = 800;
    await reject(
      services,
      table,
      Array.from({ length: COUNT }, (_, index) => ({ data: bytes(`${index}`) })),
    );
    let child: Command['child'] | undefined;
    let fatal: [operation: string, calls: number] | undefined;
    const plan = ({ operation }: { operation: string }): undefined => {
      if (fatal?.[0] !== operation) return;
      fatal[1] -= 1;
      // The request goes on to the service, and its answer is lost.
      if (fatal[1] === 0) child?.kill('SIGKILL');
    };
    const kinesis = await startFaultProxy(services.endpoints.kinesis, plan);
    const dynamoDb = await startFaultProxy(services.endpoints.dynamoDb, plan);
    proxies.push(kinesis, dynamoDb);
    const argv = [...flags({ kinesis: kinesis.endpoint, dynamoDb: dynamoDb.endpoint }), '--json'];
    const left: number[] = [];
    for (const death of [
      ['PutRecords', 2],
      // Eight at most are on their way at once.
      ['BatchWriteItem', 10],
    ] as [string, number][]) {
      fatal = death;
      const killed = start(REDRIVE, argv);
      child = killed.child;
      expect((await killed.finished).code).to.equal(null);
      left.push(await entriesLeft());
    }
    fatal = undefined;
    const finished = await redriven(argv);
    expect(finished.code, finished.stderr).to.equal(0);
    expect(finished.stderr).not.to.match(/warning|error/i);
    const { putBack, removed } = jsonOf(finished);
    // Deletes that were on their way when the last run was killed may have taken effect since.
    expect(removed).to.equal(putBack).and.to.be.at.most(left.at(-1)!);
    // Each run went on where the one before it was killed.
    expect(left).to.deep.equal([...left].sort((one, other) => other - one));
    expect(left.at(-1)).to.be.within(1, COUNT - 50);
    const found = (await bytesOnStream(services, stream)).map(({ base64 }) => Buffer.from(base64, 'base64').toString());
    expect(new Set(found)).to.deep.equal(new Set(Array.from({ length: COUNT }, (_, index) => `${index}`)));
    expect(await entriesLeft()).to.equal(0);
  }).timeout(240_000);

  it('never uses the keys of the client user that .env holds', async () => {
    await writeFile(join(folder, '.env'), 'AWS_ACCESS_KEY_ID=client\nAWS_SECRET_ACCESS_KEY=client-secret\n');
    const argv = ['--stream', 's', '--rejected-events', 't', '--region', 'us-east-1'];
    const { code, stderr } = await run(REDRIVE, argv, { cwd: folder });
    expect(stderr).to.contain(
      'error: no AWS credentials; sign in with the AWS CLI, or set AWS_PROFILE. Keys in .env are',
    );
    expect(code).to.equal(1);
  });

  it('names every problem of a wrong call at once, and ends with 2', async () => {
    const { code, stderr } = await redriven(['--since', 'tomorrow', '--rate', '0', '--local', '--stack', 'x']);
    expect(stderr).to.equal(
      [
        'error: --stack and --local exclude each other; give one of them',
        'error: --since is "tomorrow"; expected 30m, 2h, 7d, or a time like 2026-11-20T12:00:00Z',
        'error: --rate is "0"; expected a whole number from 1',
        'See npm run redrive -- --help\n',
      ].join('\n'),
    );
    expect(code).to.equal(2);
  });

  it('ends with 2 where there is no such folder', async () => {
    await symlink('loop', join(folder, 'loop'));
    for (const name of ['nowhere', 'loop']) {
      const { code, stderr } = await redriven(['--local', '--failed-batches', join(folder, name)]);
      expect(stderr).to.match(
        new RegExp(`error: there is no folder ".*${name}"; expected a folder of failed batches\n`),
      );
      expect(code).to.equal(2);
    }
  });
});
