import http from 'node:http';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { awsClient } from '../../aws/client.ts';
import { kinesisClient, putRecordsTo } from '../../aws/kinesis.ts';
import { isRetryable } from '../../aws/service-error.ts';
import { LoopbackServer } from '../support/loopback-server.ts';

describe('an answer of another server than the service', () => {
  let answer: { status: number; body: string; isCut?: boolean };
  const server = new LoopbackServer(
    http.createServer((_, response) => {
      response.writeHead(answer.status, { 'content-length': answer.body.length + (answer.isCut ? 1 : 0) });
      response.write(answer.body, () => {
        if (answer.isCut) response.destroy();
      });
      if (!answer.isCut) response.end();
    }),
  );
  before(() => server.start());
  after(() => server.stop());

  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const options = () => ({ region: 'eu-west-1', endpoint: server.endpoint, credentials, maxAttempts: 1 });
  const calls: [service: string, call: () => Promise<unknown>][] = [
    [
      'Kinesis',
      () => putRecordsTo(kinesisClient(options()), 's')([{ partitionKey: 'k', data: Buffer.from('x') }], NEVER),
    ],
    ['DynamoDB', () => awsClient(DynamoDBClient, options()).send(new ListTablesCommand({}))],
    ['CloudFormation', () => awsClient(CloudFormationClient, options()).send(new DescribeStacksCommand({}))],
    [
      'S3',
      () => awsClient(S3Client, { ...options(), forcePathStyle: true }).send(new ListObjectsV2Command({ Bucket: 'b' })),
    ],
  ];
  const PAGE = '<html><head><title>Blocked</title></head><body>by the proxy</body></html>';
  const thrownBy = (call: () => Promise<unknown>): Promise<Error> =>
    call().then(
      () => expect.fail('it was answered'),
      (error: Error) => error,
    );

  for (const [service, call] of calls)
    for (const [status, body] of [
      [502, PAGE],
      [403, PAGE],
      [404, '{"message":"there is nothing here"}'],
    ] as const)
      it(`is named as such in place of ${service}: ${status} ${body.slice(0, 6)}`, async () => {
        answer = { status, body };
        const error = await thrownBy(call);
        expect(error.message).to.equal(
          `${server.endpoint} answers (HTTP ${status}), but not as ${service} does; check the network and the endpoint, or try again later`,
        );
        expect(isRetryable(error)).to.equal(status === 502);
      });

  it('may be a page where all is well', async () => {
    answer = { status: 200, body: PAGE };
    for (const [service, call] of calls.slice(0, 2)) {
      const error = await thrownBy(call);
      expect([error.name, error.message]).to.deep.equal([
        'ForeignAnswerError',
        `${server.endpoint} answers (HTTP 200), but not as ${service} does; check the network and the endpoint, or try again later`,
      ]);
    }
  });

  it('may be nothing at all, which does not say of any record whether it was taken', async () => {
    for (const body of ['', 'null', '{}', '{"Records":null}']) {
      answer = { status: 200, body };
      const error = await thrownBy(calls[0]![1]);
      expect([error.name, isRetryable(error)], body).to.deep.equal(['ForeignAnswerError', false]);
    }
  });

  it('is not one of the service that breaks off', async () => {
    answer = { status: 200, body: '{"Records":[', isCut: true };
    for (const [, call] of calls.slice(0, 2)) {
      const error = await thrownBy(call);
      expect(error.name).not.to.equal('ForeignAnswerError');
      expect(isRetryable(error)).to.equal(true);
    }
  });
});

const NEVER = new AbortController().signal;
