import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import fc from 'fast-check';
import { kinesisClient, putRecordsTo } from '../../aws/kinesis.ts';
import { putRecordsBody } from '../../aws/put-records-body.ts';
import { isPartitionKey } from '../../core/partition-key.ts';
import { anyText } from '../support/any-text.ts';
import { TestServices } from '../support/emulators.ts';
import { LoopbackServer } from '../support/loopback-server.ts';
import { readRecords } from '../support/shards.ts';

const record = fc.record({ partitionKey: anyText({ minLength: 1 }), data: fc.uint8Array() });
const never = new AbortController().signal;

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

/**
 * What AWS computes of a request that it got, and holds against the signature in it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
const signatureOf = (headers: IncomingHttpHeaders, body: Buffer): string => {
  const [, signed = ''] = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '') ?? [];
  const lines = signed.split(';').map((name) => `${name}:${headers[name]}\n`);
  const canonical = ['POST', '/', '', lines.join(''), signed, sha256(body)].join('\n');
  const time = String(headers['x-amz-date']);
  const scope = [time.slice(0, 8), 'eu-west-1', 'kinesis', 'aws4_request'];
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${SECRET}`);
  return hmac(key, ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n')).toString('hex');
};

const SECRET = 'the-secret-access-key';

describe('the body of PutRecords', () => {
  it('says what was put in, whatever that is', () => {
    fc.assert(
      fc.property(fc.array(record), fc.string({ minLength: 1 }), (records, stream) => {
        expect(JSON.parse(putRecordsBody(stream, records).toString())).to.deep.equal({
          Records: records.map(({ partitionKey, data }) => ({
            Data: Buffer.from(data).toString('base64'),
            PartitionKey: partitionKey,
          })),
          StreamName: stream,
        });
      }),
    );
  });
});

describe('PutRecords', () => {
  const services = new TestServices();
  before(() => services.start());
  after(() => services.stop());

  it('puts the same bytes under the same keys, and says where they lie', async () => {
    const stream = await services.createStream(3);
    const records = Array.from({ length: 300 }, (_, index) => ({
      partitionKey: `名前 "${index}" 🦊\\`,
      data: Uint8Array.from({ length: index }, (__, at) => (index * at) % 256),
    }));
    const replies = await putRecordsTo(services.kinesis, stream)(records, never);
    const found = new Map(
      (await readRecords(services.kinesis, stream)).map((each) => [`${each.shardId}:${each.sequenceNumber}`, each]),
    );
    for (const [index, reply] of replies.entries()) {
      const { shardId, sequenceNumber } = reply as { shardId: string; sequenceNumber: string };
      const { partitionKey, data } = found.get(`${shardId}:${sequenceNumber}`)!;
      expect({ partitionKey, data: Buffer.from(data) }).to.deep.equal({
        partitionKey: records[index]!.partitionKey,
        data: Buffer.from(records[index]!.data),
      });
    }
  });

  it('takes whatever the project takes for a partition key, however long its characters are', async () => {
    const stream = await services.createStream(1);
    const keys = ['k', 'é', '名', '🦊', '👨‍👩‍👧'].flatMap((character) =>
      [85, 128, 129, 256, 257].map((length) => character.repeat(length)),
    );
    const records = keys.filter(isPartitionKey).map((partitionKey) => ({ partitionKey, data: Buffer.from('x') }));
    const replies = await putRecordsTo(services.kinesis, stream)(records, never);
    expect(replies.filter((reply) => 'shardId' in reply)).to.have.length(records.length);
  });

  it('fails by the name that Kinesis gives', async () => {
    const error = await putRecordsTo(services.kinesis, 'missing')(
      [{ partitionKey: 'k', data: Buffer.from('x') }],
      never,
    ).catch((thrown: Error) => thrown);
    expect(error).to.have.property('name', 'ResourceNotFoundException');
  });

  describe('over the wire', () => {
    let server: LoopbackServer;
    let client: KinesisClient;
    let seen: { headers: IncomingHttpHeaders; body: Buffer }[];
    let answer: object;

    before(async () => {
      const service = createServer(async (request, response) => {
        seen.push({ headers: request.headers, body: await buffer(request) });
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
      });
      server = await new LoopbackServer(service).start();
      const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET };
      client = kinesisClient({ region: 'eu-west-1', endpoint: server.endpoint, credentials });
    });
    after(async () => {
      client.destroy();
      await server.stop();
    });
    beforeEach(() => {
      seen = [];
      answer = { Records: [] };
    });

    it('has the SDK prepare one request for all calls', async () => {
      let prepared = 0;
      client.middlewareStack.add(
        (next) => (call) => {
          prepared += 1;
          return next(call);
        },
        { step: 'build', name: 'counting' },
      );
      const put = putRecordsTo(client, 's');
      for (const partitionKey of ['k', 'l', 'm']) await put([{ partitionKey, data: Buffer.from('x') }], never);
      client.middlewareStack.remove('counting');
      expect([prepared, seen.length]).to.deep.equal([1, 3]);
    });

    it('signs the body that it sends', async () => {
      await putRecordsTo(client, 's')([{ partitionKey: 'k', data: Buffer.from('🦊') }], never);
      const [{ headers, body }] = seen as [(typeof seen)[0]];
      expect(JSON.parse(body.toString())).to.deep.equal({
        Records: [{ Data: Buffer.from('🦊').toString('base64'), PartitionKey: 'k' }],
        StreamName: 's',
      });
      expect(headers).to.include({
        'content-length': `${body.length}`,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'Kinesis_20131202.PutRecords',
      });
      expect(headers.authorization).to.contain(`Signature=${signatureOf(headers, body)}`);
    });

    it('tells what was taken from what was refused, and why, in the order of the request', async () => {
      answer = {
        FailedRecordCount: 3,
        Records: [
          {
            ErrorCode: 'ProvisionedThroughputExceededException',
            ErrorMessage: 'Rate exceeded for shard shardId-000000000000',
          },
          { ShardId: 'shardId-000000000001', SequenceNumber: '1' },
          { ErrorCode: 'InternalFailure' },
          // As kinesis-mock writes both kinds.
          { ErrorCode: 'InvalidArgumentException', ErrorMessage: 'too large', ShardId: null, SequenceNumber: null },
          { ErrorCode: null, ErrorMessage: null, ShardId: 'shardId-000000000000', SequenceNumber: '2' },
        ],
      };
      const records = ['a', 'b', 'c', 'd', 'e', 'f'].map((partitionKey) => ({ partitionKey, data: Buffer.from('x') }));
      expect(await putRecordsTo(client, 's')(records, never)).to.deep.equal([
        { refused: 'ProvisionedThroughputExceededException: Rate exceeded for shard shardId-000000000000' },
        { shardId: 'shardId-000000000001', sequenceNumber: '1' },
        { refused: 'InternalFailure: Kinesis did not say why' },
        { refused: 'InvalidArgumentException: too large' },
        { shardId: 'shardId-000000000000', sequenceNumber: '2' },
        { refused: 'no answer: Kinesis did not say why' },
      ]);
    });
  });
});
