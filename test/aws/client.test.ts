import http from 'node:http';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import { awsClient } from '../../aws/client.ts';
import { putRecordsTo } from '../../aws/kinesis.ts';
import { isRetryable } from '../../aws/service-error.ts';
import type { Environment } from '../../cli/environment.ts';
import { ConnectProxy } from '../support/connect-proxy.ts';
import { LoopbackServer } from '../support/loopback-server.ts';
import { REFUSED } from '../support/refused.ts';
import { inEnvironment } from '../support/run.ts';
import { SOURCES } from '../support/sources.ts';
import { TLS_HOST, TlsKinesis } from '../support/tls-kinesis.ts';

const credentials = () => ({ accessKeyId: 'test', secretAccessKey: 'test' });
const never = new AbortController().signal;
const records = [{ partitionKey: 'k', data: Buffer.from('event 🦊') }];

describe('a client of AWS', () => {
  let kinesis: TlsKinesis;
  let proxy: ConnectProxy;
  let clients: { destroy: () => void }[];
  beforeEach(async () => {
    kinesis = await TlsKinesis.start();
    proxy = await ConnectProxy.start(kinesis.port);
    clients = [];
  });
  afterEach(async () => {
    for (const client of clients) client.destroy();
    await proxy.stop();
    await kinesis.stop();
  });

  const clientOf = (env: Environment, host = 'localhost') => {
    const endpoint = `https://${host}:${kinesis.port}`;
    const options = { region: 'eu-west-1', endpoint, credentials: credentials(), maxAttempts: 1 };
    const client = awsClient(KinesisClient, options, { env, ca: kinesis.cert });
    clients.push(client);
    return client;
  };
  /** Puts records in rounds of several requests at once. */
  const put = async (client: KinesisClient, { rounds, atOnce }: { rounds: number; atOnce: number }): Promise<void> => {
    const putRecords = putRecordsTo(client, 's');
    for (let round = 0; round < rounds; round += 1)
      await Promise.all(Array.from({ length: atOnce }, () => putRecords(records, never)));
  };

  it('reaches an endpoint of its own where the machine is set to those of AWS with FIPS and IPv6', async () => {
    const env = { AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'true' };
    await inEnvironment(env, () => put(clientOf(env), { rounds: 1, atOnce: 1 }));
    expect(kinesis.requests).to.equal(1);
  });

  it('opens no more connections by TLS than requests are in flight, and keeps them', async () => {
    await put(clientOf({}), { rounds: 8, atOnce: 4 });
    expect(kinesis.requests).to.equal(32);
    expect(kinesis.handshakes).to.be.within(1, 4);
  });

  it('goes through the proxy of the environment, and keeps the connections there too', async () => {
    await put(clientOf({ HTTPS_PROXY: proxy.url }, TLS_HOST), { rounds: 8, atOnce: 4 });
    expect(kinesis.requests).to.equal(32);
    expect(kinesis.handshakes).to.be.within(1, 4);
    expect(new Set(proxy.asked)).to.deep.equal(new Set([`${TLS_HOST}:${kinesis.port}`]));
    expect(proxy.asked).to.have.length(kinesis.handshakes);
  });

  it('tells the proxy the login that its URL has', async () => {
    const url = proxy.url.replace('//', '//us%40er:pass%3Aword@');
    await put(clientOf({ https_proxy: url }, TLS_HOST), { rounds: 1, atOnce: 1 });
    expect(proxy.logins).to.deep.equal([`Basic ${Buffer.from('us@er:pass:word').toString('base64')}`]);
  });

  it('reaches this machine, and what NO_PROXY names, without the proxy', async () => {
    await put(clientOf({ HTTPS_PROXY: proxy.url }), { rounds: 1, atOnce: 1 });
    await put(clientOf({ HTTPS_PROXY: proxy.url, NO_PROXY: 'localhost' }), { rounds: 1, atOnce: 1 });
    expect(proxy.asked).to.deep.equal([]);
    expect(kinesis.requests).to.equal(2);
  });

  it('says what the proxy answers where it opens no tunnel', async () => {
    proxy.refusal = 407;
    const error = await put(clientOf({ HTTPS_PROXY: proxy.url }, TLS_HOST), { rounds: 1, atOnce: 1 }).catch(
      (thrown: Error) => thrown,
    );
    expect(error).to.have.property(
      'message',
      `the proxy ${proxy.host} answered 407 for ${TLS_HOST}:${kinesis.port}; check HTTPS_PROXY and NO_PROXY`,
    );
    expect(kinesis.handshakes).to.equal(0);
    expect(isRetryable(error)).to.equal(false);
  });

  it('takes a proxy that is away, or has no room, for one that comes back', async () => {
    const once = { rounds: 1, atOnce: 1 };
    proxy.refusal = 503;
    const full = await put(clientOf({ HTTPS_PROXY: proxy.url }, TLS_HOST), once).catch((thrown: Error) => thrown);
    const away = await put(clientOf({ HTTPS_PROXY: REFUSED }, TLS_HOST), once).catch((thrown: Error) => thrown);
    expect([isRetryable(full), isRetryable(away)]).to.deep.equal([true, true]);
    expect(away).to.have.property('message').that.contains('cannot be reached (ECONNREFUSED)');
  });

  it('closes the connections that wait once a request has failed', async () => {
    const client = clientOf({});
    await put(client, { rounds: 1, atOnce: 3 });
    const before = kinesis.handshakes;
    const given = new AbortController();
    const failed = putRecordsTo(client, 's')(records, given.signal).catch((error: Error) => error.name);
    given.abort();
    expect(await failed).to.equal('AbortError');
    await put(client, { rounds: 1, atOnce: 3 });
    expect(kinesis.handshakes).to.equal(before + 3);
  });
});

describe('every client of AWS', () => {
  /** The function has a client of its own, made for Lambda. The peers of a benchmark are what others do. */
  const OWN_WAY = /^(functions|proof\/bench)\//;
  const making = (pattern: RegExp) => [...SOURCES].filter(([, code]) => pattern.test(code)).map(([file]) => file);

  it('is made in one place', () => {
    const made = making(/new (?:KinesisClient|DynamoDBClient|S3Client|CloudFormationClient|SecretsManagerClient)\b/);
    expect(made.filter((file) => !OWN_WAY.test(file))).to.deep.equal([]);
  });

  it('has its request handler from there', () => {
    expect(making(/\bnew \w*HttpHandler\b|extends NodeHttpHandler/)).to.deep.equal(['aws/keeping-handler.ts']);
  });

  it('ends a request to a service that falls silent, and the caller may make it again', async () => {
    const server = await new LoopbackServer(http.createServer((request) => request.resume())).start();
    const options = { region: 'eu-west-1', endpoint: server.endpoint, credentials: credentials(), maxAttempts: 1 };
    const client = awsClient(DynamoDBClient, options, { env: {}, silenceMs: 20 });
    const error = await client.send(new ListTablesCommand({})).catch((thrown: Error) => thrown);
    const { endpoint } = server;
    client.destroy();
    await server.stop();
    expect(error).to.include({
      name: 'TimeoutError',
      message: `${endpoint} takes requests but does not answer; check the network and --endpoint, or try again later`,
    });
    expect(isRetryable(error)).to.equal(true);
  });

  it('says that no connection comes about, and the caller may try again', async () => {
    const proxy = await new LoopbackServer(http.createServer().on('connect', () => {})).start();
    const options = {
      region: 'eu-west-1',
      endpoint: `https://${TLS_HOST}`,
      credentials: credentials(),
      maxAttempts: 1,
    };
    const client = awsClient(DynamoDBClient, options, { env: { HTTPS_PROXY: proxy.endpoint }, connectMs: 20 });
    const error = await client.send(new ListTablesCommand({})).catch((thrown: Error) => thrown);
    client.destroy();
    await proxy.stop();
    expect(error).to.include({
      name: 'TimeoutError',
      message: `https://${TLS_HOST} cannot be reached (no connection in time); check the network, --region and --endpoint`,
    });
    expect(isRetryable(error)).to.equal(true);
  });

  it('can be one of any service', async () => {
    const kinesis = await TlsKinesis.start();
    const endpoint = `https://localhost:${kinesis.port}`;
    const options = { region: 'eu-west-1', endpoint, credentials: credentials() };
    const client = awsClient(DynamoDBClient, options, { env: {}, ca: kinesis.cert });
    for (let call = 0; call < 3; call += 1) await client.send(new ListTablesCommand({}));
    client.destroy();
    await kinesis.stop();
    expect([kinesis.requests, kinesis.handshakes]).to.deep.equal([3, 1]);
  });
});
