import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import { type KinesisProbe, kinesisProbe } from '../../../client/doctor/kinesis-probe.ts';
import { mapEvent } from '../../../core/decode.ts';
import { CREDENTIALS, localKinesis } from '../../support/emulators.ts';
import { LoopbackServer } from '../../support/loopback-server.ts';

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);
const { signal } = new AbortController();

describe('the probe of Kinesis', () => {
  let server: LoopbackServer;
  let client: KinesisClient;
  let probe: KinesisProbe;
  let answer: { status: number; body: object; date?: string };
  const asked: { operation: string | undefined; body: string }[] = [];
  before(async () => {
    const kinesis = createServer(async (request, response) => {
      const operation = request.headers['x-amz-target']?.toString().split('.').at(-1);
      asked.push({ operation, body: await text(request) });
      response.writeHead(answer.status, {
        'content-type': 'application/x-amz-json-1.1',
        ...(answer.date !== undefined && { date: answer.date }),
      });
      response.end(JSON.stringify(answer.body));
    });
    server = await new LoopbackServer(kinesis).start();
  });
  after(() => server.stop());
  beforeEach(() => {
    asked.length = 0;
    client = localKinesis(server.endpoint);
    probe = kinesisProbe(client, { now: () => NOW });
  });
  afterEach(() => client.destroy());

  it('asks with DryRun, and takes the refusal of a dry run for a yes', async () => {
    answer = { status: 400, body: { __type: 'DryRunOperationException', message: 'would have succeeded' } };
    expect(await probe.dryRun('s', signal)).to.equal('not written');
    expect(asked.map(({ operation }) => operation)).to.deep.equal(['PutRecords']);
    expect(JSON.parse(asked[0]!.body)).to.include({ StreamName: 's', DryRun: true });
  });

  it('knows when the record was written all the same', async () => {
    const Records = [{ SequenceNumber: '1', ShardId: 'shardId-000000000000' }];
    answer = { status: 200, body: { FailedRecordCount: 0, Records } };
    expect(await probe.dryRun('s', signal)).to.equal('written');
    const [{ Data, PartitionKey: partitionKey }] = JSON.parse(asked[0]!.body).Records;
    // The function stores it, so that it is not set aside.
    const row = mapEvent(Buffer.from(Data, 'base64'), { at: new Date(NOW), partitionKey });
    expect(row).to.include({ Type: 'kinesis-stream-processor.doctor', Id: 'doctor' });
  });

  it('passes on why nothing would be taken', async () => {
    answer = { status: 400, body: { __type: 'AccessDeniedException', message: 'no' } };
    const error = await probe.dryRun('s', signal).catch((caught: Error) => caught);
    expect(error).to.include({ name: 'AccessDeniedException' });
  });

  it('remembers the date of an answer, also of one that is a refusal', async () => {
    expect(probe.lastAnswer()).to.equal(undefined);
    answer = {
      status: 400,
      body: { __type: 'InvalidSignatureException', message: 'no' },
      date: 'Sat, 21 Nov 2026 11:50:00 GMT',
    };
    await probe.dryRun('s', signal).catch(() => {});
    expect(probe.lastAnswer()).to.deep.equal({ theirs: NOW - 600_000, ours: NOW });
  });

  it('looks at the stream', async () => {
    const StreamDescriptionSummary = { StreamName: 's', StreamStatus: 'ACTIVE', OpenShardCount: 2 };
    answer = { status: 200, body: { StreamDescriptionSummary } };
    expect(await probe.describe('s', signal)).to.deep.equal({ status: 'ACTIVE', openShards: 2 });
  });

  it('says who signs, without the secret', async () => {
    const identity = await probe.identity();
    expect(identity.accessKeyId).to.equal(CREDENTIALS.accessKeyId);
    expect(Object.keys(identity)).to.have.members(['accessKeyId', 'origins']);
  });
});
