import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetRecordsCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import type { RetryStrategyV2, RetryToken } from '@smithy/types';
import { expect } from 'chai';
import { kinesisClient } from '../../aws/kinesis.ts';
import { preparedCalls, withPlainReply } from '../../aws/prepared-calls.ts';
import { isRetryable } from '../../aws/service-error.ts';
import { LoopbackServer } from '../support/loopback-server.ts';

type Answer = (response: ServerResponse) => void;

const reply =
  (status: number, body: string, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, { 'x-amzn-requestid': 'THE-REQUEST', ...headers }).end(body);
  };

const refusal = (status: number, type: string, message = 'said the service', headers?: Record<string, string>) =>
  reply(status, JSON.stringify({ __type: type, message }), headers);

/** Less than the header promises, and then the end of the connection. */
const cutShort =
  (status: number, body: string): Answer =>
  (response) => {
    response.writeHead(status, { 'content-length': String(body.length * 2) });
    response.write(body, () => response.destroy());
  };

const EXPIRED = 'Signature expired: 20261121T115000Z is now earlier than 20261121T120000Z';
const HTML = '<html><body>Bad gateway</body></html>';

/** How a service fails, by what it looks like. */
const FAILURES: Record<string, Answer> = {
  'a table that is throttled': refusal(400, 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException'),
  'a caller that is throttled': refusal(400, 'com.amazon.coral.availability#ThrottlingException', 'Rate exceeded'),
  'a quota of requests': refusal(400, 'RequestLimitExceeded'),
  'too many requests': reply(429, ''),
  'an item that cannot be stored': refusal(400, 'ValidationException', 'Item size has exceeded the maximum'),
  'a body that is not understood': refusal(400, 'SerializationException'),
  'a condition that does not hold': refusal(400, 'ConditionalCheckFailedException'),
  'no such table': refusal(400, 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException'),
  'an error that the SDK does not know': refusal(400, 'SomethingNewException'),
  'an error whose name is in a header': reply(403, '{"Message":"not you"}', { 'x-amzn-errortype': 'AccessDenied:x' }),
  'an error without a name': reply(400, '{}'),
  'a request that may not be made': refusal(400, 'AccessDeniedException'),
  'a request that is too large': refusal(413, 'RequestEntityTooLargeException'),
  'a request that is too large for what stands before the service': reply(413, HTML, { 'content-type': 'text/html' }),
  'an unknown access key': refusal(400, 'UnrecognizedClientException'),
  'a session that has expired': refusal(400, 'ExpiredTokenException', 'The security token is expired'),
  'a clock that is wrong': refusal(400, 'InvalidSignatureException', EXPIRED, {
    date: new Date(Date.UTC(2026, 10, 21, 12)).toUTCString(),
  }),
  'a service that failed': refusal(500, 'InternalServerError'),
  'a service that failed without a word': reply(500, ''),
  'a service that is away': refusal(503, 'ServiceUnavailable'),
  'a gateway': reply(502, HTML),
  'a failure that is cut short': cutShort(500, '{"__type":"Internal'),
  'a success that is cut short': cutShort(200, '{"Unproces'),
  'a success that is not JSON': reply(200, HTML),
  'a success that is empty': reply(200, ''),
  'a success with a wrong checksum': reply(200, '{}', { 'x-amz-crc32': '1' }),
  'a connection that breaks': (response) => {
    response.destroy();
  },
};

/** What a caller sees of a call. */
const outcomeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'a success',
    (error: Error & { $metadata?: Record<string, unknown>; $fault?: string; code?: string }) => ({
      name: error.name,
      // The SDK has more lines for errors of its own.
      message: error.message.split('\n')[0],
      // Of a success that cannot be read the SDK knows the status, which says nothing.
      status: error.$metadata?.httpStatusCode === 200 ? undefined : error.$metadata?.httpStatusCode,
      requestId: error.$metadata?.requestId,
      fault: error.$fault,
      code: error.code,
      isRetryable: isRetryable(error),
    }),
  );

/** A strategy of the SDK that does not wait. */
const atOnce = (attempts: number): RetryStrategyV2 => {
  const token = (retries: number): RetryToken => ({ getRetryCount: () => retries, getRetryDelay: () => 0 });
  return {
    acquireInitialRetryToken: async () => token(0),
    refreshRetryTokenForRetry: async (last) => {
      if (last.getRetryCount() + 1 >= attempts) throw new Error('no more attempts');
      return token(last.getRetryCount() + 1);
    },
    recordSuccess: () => {},
  };
};

describe('prepared calls', () => {
  let server: LoopbackServer;
  let endpoint: string;
  let answer: Answer;
  let seen: { headers: IncomingMessage['headers']; body: string }[];
  const open: { destroy: () => void }[] = [];
  const never = new AbortController().signal;
  setMaxListeners(0, never);
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };

  before(async () => {
    const service = createServer(async (request, response) => {
      seen.push({ headers: request.headers, body: await text(request) });
      answer(response);
    });
    server = await new LoopbackServer(service).start();
    endpoint = server.endpoint;
  });
  beforeEach(() => {
    seen = [];
    answer = reply(200, '{}');
  });
  afterEach(() => {
    for (const client of open.splice(0)) client.destroy();
  });
  after(() => server.stop());

  const dynamoDb = (options: Partial<ConstructorParameters<typeof DynamoDBClient>[0] & object> = {}) => {
    const client = new DynamoDBClient({ region: 'eu-west-1', endpoint, credentials, maxAttempts: 1, ...options });
    open.push(client);
    return client;
  };
  const kinesis = () => {
    const client = kinesisClient({ region: 'eu-west-1', endpoint, credentials });
    open.push(client);
    return client;
  };
  const getRecords = () => new GetRecordsCommand({ ShardIterator: 'here' });
  const batchWriteItem = () => new BatchWriteItemCommand({ RequestItems: {} });

  const services = {
    DynamoDB: {
      ours: () => preparedCalls(dynamoDb(), batchWriteItem())('{"RequestItems":{}}', never),
      theirs: () => dynamoDb().send(batchWriteItem()),
    },
    Kinesis: {
      ours: () => preparedCalls(kinesis(), new PutRecordsCommand({ Records: [] }))('{"Records":[]}', never),
      theirs: () => kinesis().send(new PutRecordsCommand({ Records: [] })),
    },
    'Kinesis, with a plain reply,': {
      ours: () => kinesis().send(withPlainReply(getRecords())),
      theirs: () => kinesis().send(getRecords()),
    },
  };

  for (const [service, { ours, theirs }] of Object.entries(services)) {
    for (const [failure, how] of Object.entries(FAILURES))
      it(`of ${service} read ${failure} as the SDK does`, async () => {
        answer = how;
        expect(await outcomeOf(ours())).to.deep.equal(await outcomeOf(theirs()));
      });

    it(`of ${service} send what the SDK sends`, async () => {
      await ours();
      await theirs();
      const [our, their] = seen.map(({ headers, body }) => {
        const { authorization, ...others } = headers;
        return {
          headers: Object.entries(others).filter(([name]) => !OF_ONE_CALL.has(name)),
          signed: /SignedHeaders=([^,]+)/.exec(String(authorization))?.[1],
          body,
        };
      });
      expect(our!.headers).to.have.deep.members(their!.headers);
      expect([our!.signed, our!.body]).to.deep.equal([their!.signed, their!.body]);
    });
  }

  /** What is another for each call. */
  const OF_ONE_CALL = new Set(['amz-sdk-invocation-id', 'x-amz-date']);

  it('are made again as often as the client says', async () => {
    answer = refusal(400, 'ThrottlingException');
    const call = preparedCalls(dynamoDb({ retryStrategy: atOnce(3) }), batchWriteItem());
    expect(await outcomeOf(call('{}', never))).to.include({ name: 'ThrottlingException' });
    expect(seen).to.have.length(3);
    answer = (response) => (seen.length < 5 ? refusal(500, 'InternalServerError') : reply(200, '{}'))(response);
    expect(await call('{}', never)).to.deep.equal({});
    expect(seen).to.have.length(5);
  });

  it('give the reply as JSON', async () => {
    const left = { UnprocessedItems: { table: [{ PutRequest: { Item: { Id: { S: '1' }, Bytes: { B: 'AAE=' } } } }] } };
    answer = reply(200, JSON.stringify(left));
    expect(await preparedCalls(dynamoDb(), batchWriteItem())('{}', never)).to.deep.equal(left);
  });

  it('give a reply of Kinesis as it comes, with its bytes in base64 and its times in seconds', async () => {
    const read = {
      NextShardIterator: 'there',
      Records: [{ Data: 'AAE=', ApproximateArrivalTimestamp: 1_795_178_096.123 }],
    };
    answer = reply(200, JSON.stringify(read));
    expect(await kinesis().send(withPlainReply(getRecords()))).to.deep.include(read);
  });

  it('are prepared once, however many begin at once', async () => {
    const client = dynamoDb();
    let prepared = 0;
    client.middlewareStack.add(
      (next) => (call) => {
        prepared += 1;
        return next(call);
      },
      { step: 'build' },
    );
    const call = preparedCalls(client, batchWriteItem());
    const bodies = Array.from({ length: 20 }, (_, index) => JSON.stringify({ index }));
    await Promise.all(bodies.map((body) => call(body, never)));
    await call('{"index":"last"}', never);
    expect(prepared).to.equal(1);
    expect(seen.map(({ body }) => body)).to.have.members([...bodies, '{"index":"last"}']);
    expect(new Set(seen.map(({ headers }) => headers.authorization))).to.have.length(21);
  });

  it('are prepared again where that failed', async () => {
    let asked = 0;
    const provider = async () => {
      asked += 1;
      if (asked === 1) throw Object.assign(new Error('no answer'), { name: 'CredentialsProviderError' });
      return credentials;
    };
    const call = preparedCalls(dynamoDb({ credentials: provider }), batchWriteItem());
    expect(await outcomeOf(call('{}', never))).to.include({ name: 'CredentialsProviderError', isRetryable: false });
    expect(await call('{}', never)).to.deep.equal({});
  });

  it('are signed with the credentials of the moment', async () => {
    let keys = 0;
    const provider = async () => {
      keys += 1;
      // They end at once, so that each call asks for others.
      return { accessKeyId: `KEY${keys}`, secretAccessKey: 'secret', expiration: new Date(0) };
    };
    const call = preparedCalls(dynamoDb({ credentials: provider }), batchWriteItem());
    await call('{}', never);
    await call('{}', never);
    const [first, second] = seen.map(({ headers }) => /Credential=(\w+)/.exec(String(headers.authorization))?.[1]);
    expect(first).to.match(/^KEY/);
    expect(second).to.match(/^KEY/);
    expect(second).not.to.equal(first);
  });

  it('end when their own signal is aborted', async () => {
    const aborted = new AbortController();
    const waiting: ServerResponse[] = [];
    answer = (response) => {
      if (waiting.push(response) === 3) aborted.abort();
    };
    const call = preparedCalls(dynamoDb(), batchWriteItem());
    const [before, ended, after] = [call('{}', never), call('{}', aborted.signal), call('{}', never)];
    expect(await outcomeOf(ended)).to.include({ name: 'AbortError' });
    for (const response of waiting) reply(200, '{}')(response);
    expect(await Promise.all([before, after])).to.deep.equal([{}, {}]);
  });
});
