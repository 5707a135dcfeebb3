import { once } from 'node:events';
import { type Agent, createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BatchWriteItemCommand, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { expect } from 'chai';
import { preparedCalls } from '../../aws/prepared-calls.ts';
import { isRetryable } from '../../aws/service-error.ts';
import { dynamoDbClient } from '../../functions/dynamodb-client.ts';
import { CREDENTIALS } from '../support/emulators.ts';
import { until } from '../support/until.ts';

const ANSWER = '{"UnprocessedItems":{}}';

/** Where a server falls silent, for ever. */
const SILENCES: Record<string, (response: ServerResponse) => void> = {
  'before its answer': () => {},
  'after the headers': (response) => {
    response.writeHead(200, { 'content-length': ANSWER.length }).flushHeaders();
  },
  'in the middle of its answer': (response) => {
    response.writeHead(200, { 'content-length': ANSWER.length }).write(ANSWER.slice(0, 9));
  },
  'in the middle of an error': (response) => {
    response.writeHead(500, { 'content-length': 100 }).write('{"__type":"Inter');
  },
};

describe('the client of a function', () => {
  let server: Server;
  let client: DynamoDBClient;
  let answer: (response: ServerResponse) => void;
  let connections: number;
  const never = new AbortController().signal;

  beforeEach(async () => {
    connections = 0;
    server = createServer((request, response) => {
      request.resume().once('end', () => answer(response));
    });
    server.on('connection', () => {
      connections += 1;
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(async () => {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const start = (silenceMs?: number): void => {
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    client = dynamoDbClient(silenceMs, { endpoint, region: 'us-east-1', credentials: CREDENTIALS });
  };
  const calls: Record<string, () => Promise<unknown>> = {
    'a prepared call': () =>
      preparedCalls(client, new BatchWriteItemCommand({ RequestItems: {} }))('{"RequestItems":{}}', never),
    'a call of the SDK': () => client.send(new GetItemCommand({ TableName: 't', Key: { Id: { S: '1' } } })),
  };

  for (const [where, silence] of Object.entries(SILENCES))
    for (const [what, call] of Object.entries(calls))
      it(`ends ${what} where DynamoDB falls silent ${where}, and the caller may try again`, async () => {
        answer = silence;
        start(20);
        const error = await call().catch((thrown: Error) => thrown);
        expect(error).to.have.property('name', 'TimeoutError');
        expect(isRetryable(error)).to.equal(true);
      });

  it('keeps a connection that waits for its next request without a limit of time', async () => {
    answer = (response) => response.end(ANSWER);
    start();
    await calls['a prepared call']!();
    // The SDK makes its agent of connections by itself.
    const { httpAgentProvider } = (client.config.requestHandler as NodeHttpHandler).httpHandlerConfigs() as {
      httpAgentProvider?: () => Promise<Agent>;
    };
    const { freeSockets } = await httpAgentProvider!();
    const waiting = () => Object.values(freeSockets).flatMap((sockets) => sockets ?? []);
    await until(() => waiting().length > 0);
    expect(waiting().map(({ timeout }) => timeout)).to.deep.equal([0]);
    await calls['a prepared call']!();
    expect(connections).to.equal(1);
  });

  it('fails once where every connection that waits is dead, as after Lambda froze the function', async () => {
    const waiting: ServerResponse[] = [];
    answer = (response) => {
      waiting.push(response);
      if (waiting.length === 3) for (const each of waiting) each.end(ANSWER);
    };
    start();
    const call = calls['a prepared call']!;
    await Promise.all([call(), call(), call()]);
    const dead = new Set(waiting.map(({ req }) => req.socket));
    answer = (response) => {
      if (dead.has(response.req.socket)) response.req.socket.resetAndDestroy();
      else response.end(ANSWER);
    };
    expect(await call().catch((thrown: Error) => isRetryable(thrown))).to.equal(true);
    await call();
    expect(connections).to.equal(4);
  });
});
