import { tmpdir } from 'node:os';
import { relative } from 'node:path';
import { expect } from 'chai';
import type { Environment } from '../../../cli/environment.ts';
import { FAILED_BATCHES } from '../../../local/mapping/failed-batch-folder.ts';
import type { RedriveOutputs } from '../../../ops/outputs.ts';
import { readRedriveFlags } from '../../../ops/redrive/redrive-flags.ts';
import { readRedriveSettings } from '../../../ops/redrive/redrive-settings.ts';
import { problemsOf } from '../../support/refusal.ts';

const NOW = Date.parse('2026-11-20T12:00:00.000Z');
const OUTPUTS: RedriveOutputs = {
  stream: 'of-the-stack',
  region: 'eu-north-1',
  rejectedEventsTable: 'mine-RejectedEvents',
  failedBatches: 'mine-failedbatches-1abc',
};
const AWS = ['--stream', 's', '--region', 'eu-west-1', '--rejected-events', 't'];

const read = (argv: string[], env: Environment = {}, outputs?: RedriveOutputs) =>
  readRedriveSettings(readRedriveFlags(argv), env, NOW, outputs);

const refused = (...call: Parameters<typeof read>) => problemsOf(() => read(...call));

describe('the settings of a redrive', () => {
  it('come from the outputs of a stack, and not from what the environment says of another stream', () => {
    const env = { KINESIS_STREAM: 'another', AWS_ACCESS_KEY_ID: 'client', AWS_SECRET_ACCESS_KEY: 'client' };
    expect(read(['--stack', 'mine'], env, OUTPUTS)).to.deep.equal({
      stream: 'of-the-stack',
      region: 'eu-north-1',
      endpoints: {},
      rejectedEvents: 'mine-RejectedEvents',
      failedBatches: { bucket: 'mine-failedbatches-1abc' },
      selection: { reasons: [], before: NOW },
      patienceMs: 300_000,
      dryRun: false,
      json: false,
    });
  });

  it('are those of the local stack with one flag', () => {
    expect(read(['--local'])).to.deep.include({
      stream: 'local-EventStream',
      region: 'us-east-1',
      endpoints: { kinesis: 'http://127.0.0.1:4567', dynamoDb: 'http://127.0.0.1:8000' },
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      rejectedEvents: 'local-RejectedEvents',
      failedBatches: { folder: '.local/failed-batches', mayBeMissing: true },
    });
  });

  it('are those of the local stack at an address that other machines reach, too', () => {
    const endpoints = { kinesis: 'http://172.17.0.1:4567', dynamoDb: 'http://172.17.0.1:8000' };
    const moved = ['--endpoint', endpoints.kinesis, '--dynamodb-endpoint', endpoints.dynamoDb];
    expect(read(['--local', ...moved])).to.deep.include({
      region: 'us-east-1',
      endpoints,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
  });

  it('name the folder of the local stack from wherever they are read', () => {
    const folder = process.cwd();
    try {
      process.chdir(tmpdir());
      expect(read(['--local']).failedBatches).to.deep.equal({
        folder: relative(process.cwd(), FAILED_BATCHES),
        mayBeMissing: true,
      });
    } finally {
      process.chdir(folder);
    }
  });

  it('come from the flags', () => {
    const argv = [...AWS, '--failed-batches', 's3://a-bucket', '--reason', 'NotJson,TooDeep', '--reason', 'KeyMissing'];
    const more = ['--since', '2h', '--limit', '10', '--rate', '5', '--patience', '9', '--dry-run', '--json'];
    expect(read([...argv, ...more])).to.deep.equal({
      stream: 's',
      region: 'eu-west-1',
      endpoints: {},
      rejectedEvents: 't',
      failedBatches: { bucket: 'a-bucket' },
      selection: { reasons: ['NotJson', 'TooDeep', 'KeyMissing'], since: NOW - 7_200_000, before: NOW },
      limit: 10,
      rate: 5,
      patienceMs: 9_000,
      dryRun: true,
      json: true,
    });
  });

  it('have the endpoints of the environment, that of a service before that of all, and neither for the local stack', () => {
    const [all, dynamoDb, s3] = [1, 2, 3].map((port) => `http://127.0.0.1:${port}`) as [string, string, string];
    const env = { AWS_ENDPOINT_URL: all, AWS_ENDPOINT_URL_DYNAMODB: dynamoDb, AWS_ENDPOINT_URL_S3: s3 };
    expect(read(['--stream', 's', '--rejected-events', 't'], env).endpoints).to.deep.equal({
      kinesis: all,
      dynamoDb,
      s3,
    });
    const others = { AWS_ENDPOINT_URL: all, AWS_ENDPOINT_URL_KINESIS: all, AWS_ENDPOINT_URL_DYNAMODB: dynamoDb };
    expect(read(['--local'], others)).to.deep.equal(read(['--local']));
  });

  it('name all problems at once', () => {
    const argv = ['--failed-batches', 's3://', '--reason', 'a,,b', '--since', '2027-01-01', '--limit', 'x'];
    const more = ['--rate', '0', '--patience', '1.5', '--s3-endpoint', 'here'];
    expect(refused([...argv, ...more])).to.deep.equal([
      '--s3-endpoint: the endpoint is "here"; expected a URL like http://127.0.0.1:4567',
      'no stream: give --stack NAME, --local or --stream NAME',
      'no region: give --region NAME or AWS_REGION',
      '--failed-batches is "s3://"; expected a folder, or a bucket as s3://NAME',
      '--since is "2027-01-01", which is in the future; expected a time in the past',
      '--reason holds an empty name; expected names with commas between them',
      '--limit is "x"; expected a whole number from 1',
      '--rate is "0"; expected a whole number from 1',
      '--patience is "1.5"; expected a whole number from 1',
    ]);
  });

  it('know how large a record may be, from the stack or from a flag', () => {
    const outputs = { ...OUTPUTS, maxRecordSizeInKiB: 5_120 };
    expect(read(['--stack', 'mine'], {}, outputs).recordLimit).to.equal(5_120 * 1_024);
    expect(read(['--stack', 'mine', '--record-limit', '2048'], {}, outputs).recordLimit).to.equal(2_048 * 1_024);
    expect(read(['--stack', 'mine'], {}, OUTPUTS)).not.to.have.property('recordLimit');
    expect(refused([...AWS, '--record-limit', '10241'])).to.deep.equal([
      '--record-limit is "10241"; expected a whole number from 1 to 10240',
    ]);
  });

  it('name a range of the stream in place of the table and the bucket', () => {
    const range = { stream: 's', since: NOW - 7_200_000, until: NOW };
    const argv = ['--stream', 's', '--region', 'eu-west-1', '--from-stream', '--since', '2h'];
    expect(read(argv)).to.deep.include({ fromStream: range, selection: { reasons: [], before: NOW } });
    expect(read(argv)).not.to.have.any.keys('rejectedEvents', 'failedBatches');
    const [until, shardId] = ['2026-11-20T11:00:00Z', 'shardId-000000000003'];
    expect(read([...argv, '--until', until, '--shard', shardId]).fromStream).to.deep.equal({
      ...range,
      until: Date.parse(until),
      shardId,
    });
    expect(read(['--stack', 'mine', '--from-stream', '--since', '2h'], {}, OUTPUTS)).to.deep.include({
      stream: 'of-the-stack',
      fromStream: { ...range, stream: 'of-the-stack' },
    });
  });

  it('say which flags do not go with a range of the stream, and which need one', () => {
    const stream = ['--stream', 's', '--region', 'eu-west-1'];
    const places = ['--rejected-events', 't', '--failed-batches', 'folder'];
    expect(refused([...stream, '--from-stream', '--reason', 'NotJson', ...places])).to.deep.equal([
      '--reason and --from-stream exclude each other; give one of them',
      '--rejected-events and --from-stream exclude each other; give one of them',
      '--failed-batches and --from-stream exclude each other; give one of them',
      '--from-stream needs --since TIME: from when on to read the stream',
    ]);
    expect(refused([...stream, '--from-stream', '--since', '1h', '--limit', '9'])).to.deep.equal([
      '--limit needs --shard ID with --from-stream, so that the next call can go on behind it; or give --until TIME',
    ]);
    expect(refused([...stream, '--from-stream', '--since', '1h', '--until', '2h'])).to.deep.equal([
      '--until is "2h"; expected a time after --since, which is "1h"',
    ]);
    expect(refused([...stream, '--from-stream', '--since', '1h', '--until', '1h'])).to.deep.equal([
      '--until is "1h"; expected a time after --since, which is "1h"',
    ]);
    expect(refused([...AWS, '--until', '1h', '--shard', 'x'])).to.deep.equal([
      '--until is only for --from-stream; leave it out, or add --from-stream',
      '--shard is only for --from-stream; leave it out, or add --from-stream',
    ]);
  });

  it('need a stream, a region and something to put back', () => {
    expect(refused([])).to.deep.equal([
      'no stream: give --stack NAME, --local or --stream NAME',
      'no region: give --region NAME or AWS_REGION',
      'nothing to put back: give --stack NAME, --local, --rejected-events NAME, --failed-batches PLACE or --from-stream',
    ]);
  });

  it('never let events leave AWS for a stream on this machine, nor the other way', () => {
    const leftOver = { AWS_ENDPOINT_URL_KINESIS: 'http://127.0.0.1:4567' };
    expect(refused(['--stack', 'mine'], leftOver, OUTPUTS)).to.deep.equal([
      'DynamoDB is at AWS, but Kinesis at http://127.0.0.1:4567; expected both at AWS or both on this machine: check --endpoint URL and --dynamodb-endpoint URL',
      'S3 is at AWS, but Kinesis at http://127.0.0.1:4567; expected both at AWS or both on this machine: check --endpoint URL and --s3-endpoint URL',
    ]);
    expect(refused([...AWS, '--dynamodb-endpoint', 'http://localhost:8000'])).to.have.length(1);
  });
});
