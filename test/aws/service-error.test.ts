import { createServer } from 'node:http';
import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import { putRecordsTo } from '../../aws/kinesis.ts';
import { preparedCalls } from '../../aws/prepared-calls.ts';
import { isRefusal, isRetryable, isServiceInTrouble } from '../../aws/service-error.ts';
import { describeError } from '../../core/describe-error.ts';
import { localDynamoDb, localKinesis } from '../support/emulators.ts';
import { LoopbackServer } from '../support/loopback-server.ts';

const serviceError = (name: string, httpStatusCode?: number, message = 'said the service') =>
  Object.assign(new Error(message), { name, ...(httpStatusCode ? { $metadata: { httpStatusCode } } : {}) });

const EXPIRED = 'Signature expired: 20261121T115000Z is now earlier than 20261121T120000Z';
const EARLY = 'Signature not yet current: 20261121T120000Z is still later than 20261121T115000Z';

describe('isRetryable', () => {
  const cases: Record<'passes' | 'is final', [why: string, error: unknown][]> = {
    passes: [
      ['throttling', serviceError('ProvisionedThroughputExceededException', 400)],
      ['throttling of any name', serviceError('ThrottlingException', 400)],
      ['a status of throttling', serviceError('Whatever', 429)],
      ['throttling by S3', serviceError('SlowDown', 503)],
      ['throttling by KMS', serviceError('KMSThrottlingException', 400)],
      ['a failure of the service', serviceError('InternalServerError', 500)],
      ['a service that is away', serviceError('ServiceUnavailable', 503)],
      ['no connection', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
      ['no reply', serviceError('TimeoutError')],
      ['an answer that is cut short', Object.assign(serviceError('Error', 200, 'aborted'), { code: 'ECONNRESET' })],
      ['an answer that ends early', Object.assign(serviceError('Error', 200), { code: 'ERR_STREAM_PREMATURE_CLOSE' })],
      ['a refusal that the SDK takes for one that passes', Object.assign(serviceError('New', 400), { $retryable: {} })],
      ['an answer that stops in the middle', serviceError('TimeoutError', 200)],
      ['a request that took too long', serviceError('RequestTimeout', 400)],
      ['the same from what is between', serviceError('Unknown', 408)],
      ['the same from DynamoDB', serviceError('RequestTimeoutException', 400)],
      ['a write in another region', serviceError('ReplicatedWriteConflictException', 400)],
      ['a transaction with the item', serviceError('TransactionConflictException', 400)],
      ['a signature that came too late', serviceError('InvalidSignatureException', 400, EXPIRED)],
      ['a clock that is fast', serviceError('InvalidSignatureException', 400, EARLY)],
      ['the same from other services', serviceError('SignatureDoesNotMatch', 403, EXPIRED)],
      ['a request of the past', serviceError('RequestExpired', 400)],
      ['a wrong clock by S3', serviceError('RequestTimeTooSkewed', 403)],
      ['a key that DynamoDB does not know yet', serviceError('UnrecognizedClientException', 400)],
      ['a key that CloudFormation does not know yet', serviceError('InvalidClientTokenId', 403)],
      ['a key that S3 does not know yet', serviceError('InvalidAccessKeyId', 403)],
    ],
    'is final': [
      ['access denied', serviceError('AccessDeniedException', 400)],
      ['no such table', serviceError('ResourceNotFoundException', 400)],
      ['a wrong request', serviceError('ValidationException', 400)],
      [
        'a wrong secret',
        serviceError('InvalidSignatureException', 403, 'The request signature we calculated does not match'),
      ],
      ['an expired session', serviceError('ExpiredTokenException', 400)],
      ['no credentials', serviceError('CredentialsProviderError')],
      ['a proxy that lets nothing through', serviceError('ProxyError')],
      ['an answer of something else', serviceError('SyntaxError', 200)],
      ['a mistake in the code', new TypeError('undefined is not a function')],
      ['a number that nothing can hold', new RangeError('out of range')],
      ['what is not an error', 'a text'],
    ],
  };
  for (const [verdict, errors] of Object.entries(cases))
    for (const [why, error] of errors)
      it(`${verdict}: ${why}`, () => {
        expect(isRetryable(error)).to.equal(verdict === 'passes');
      });
});

describe('isRefusal', () => {
  const cases: [why: string, error: unknown, isRefused: boolean][] = [
    ['throttling', serviceError('ProvisionedThroughputExceededException', 400), true],
    ['a status of throttling', serviceError('Whatever', 429), true],
    ['a wrong request', serviceError('ValidationException', 400), true],
    ['a refusal that is cut short', Object.assign(serviceError('Error', 400), { code: 'ECONNRESET' }), true],
    ['a failure of the service', serviceError('InternalServerError', 500), false],
    ['a request that took too long', serviceError('RequestTimeoutException', 408), false],
    ['no reply', serviceError('TimeoutError'), false],
    ['no connection', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), false],
    ['an answer that is cut short', Object.assign(serviceError('Error', 200), { code: 'ECONNRESET' }), false],
    ['what is not an error', 'a text', false],
  ];
  for (const [why, error, isRefused] of cases)
    it(`says that ${isRefused ? 'nothing was done' : 'nobody knows'}: ${why}`, () => {
      expect(isRefusal(error)).to.equal(isRefused);
    });
});

describe('a call that was refused for its clock', () => {
  const HOUR = 3_600_000;
  /** The times at which the requests were signed. */
  const signed: number[] = [];
  const service = createServer((incoming, response) => {
    const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(
      String(incoming.headers['x-amz-date']),
    )!;
    signed.push(Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`));
    // A service whose clock is an hour ahead of this machine's.
    response.setHeader('date', new Date(Date.now() + HOUR).toUTCString());
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.statusCode = signed.length === 1 ? 400 : 200;
    response.end(JSON.stringify(signed.length === 1 ? { __type: 'InvalidSignatureException', message: EXPIRED } : {}));
  });
  const server = new LoopbackServer(service);
  before(() => server.start());
  after(() => server.stop());

  it('is signed by the clock of the service when it is made again', async () => {
    const client = localDynamoDb(server.endpoint);
    const call = preparedCalls(client, new BatchWriteItemCommand({ RequestItems: {} }));
    const never = new AbortController().signal;
    const refusal = await call('{}', never).catch((error: unknown) => error);
    expect(isRetryable(refusal)).to.equal(true);
    expect(await call('{}', never)).to.deep.equal({});
    client.destroy();
    expect(signed[1]! - signed[0]!).to.be.at.least(HOUR - 2_000);
  });
});

describe('isServiceInTrouble', () => {
  const PAGE = '<html><body><h1>502 Bad Gateway</h1></body></html>';
  const cases: [answer: string, status: number, body: string, isInTrouble: boolean][] = [
    ['a failure', 500, '{"__type":"InternalFailure"}', true],
    ['a service that is away', 503, '{"__type":"com.amazon.coral.availability#ServiceUnavailable"}', true],
    ['throttling', 400, '{"__type":"ThrottlingException"}', true],
    ['the limit of a shard', 400, '{"__type":"com.amazonaws.kinesis#ProvisionedThroughputExceededException"}', true],
    ['an unknown key', 400, '{"__type":"UnrecognizedClientException"}', false],
    ['a wrong clock', 400, `{"__type":"InvalidSignatureException","message":"${EXPIRED}"}`, false],
    ['the page of another server', 502, PAGE, false],
    ['an object of another server', 502, '{"message":"bad gateway"}', false],
    ['nothing', 502, '', false],
  ];
  let answer: { status: number; body: string };
  const service = createServer((_, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.writeHead(answer.status).end(answer.body);
  });
  const server = new LoopbackServer(service);
  before(() => server.start());
  after(() => server.stop());

  for (const [name, status, body, isInTrouble] of cases)
    it(`is ${isInTrouble} where the answer of Kinesis is ${name} (${status})`, async () => {
      answer = { status, body };
      const client = localKinesis(server.endpoint);
      const records = [{ partitionKey: 'k', data: Buffer.from('event') }];
      const error = await putRecordsTo(client, 's')(records, new AbortController().signal).catch((e: Error) => e);
      client.destroy();
      expect(error).to.be.an('error');
      expect(isServiceInTrouble(error as Error)).to.equal(isInTrouble);
    });

  it('is false where there is no answer', () => {
    expect(isServiceInTrouble(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }))).to.equal(false);
    expect(isServiceInTrouble(serviceError('Error', 500, 'aborted'))).to.equal(false);
  });
});

describe('describeError', () => {
  it('names the error and its message', () => {
    expect(describeError(serviceError('ServiceUnavailable', 503))).to.equal('ServiceUnavailable: said the service');
  });

  it('finds the message of errors that Node gathers without one', () => {
    const both = new AggregateError([new Error('connect ECONNREFUSED 127.0.0.1:1')]);
    expect(describeError(both)).to.equal('Error: connect ECONNREFUSED 127.0.0.1:1');
  });
});
