import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListStreamsCommand } from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import { startWatchServer, type WatchServer } from '../../local/watch/watch-server.ts';
import { listen } from '../../proof/bench/null-server/server.ts';
import { startFaultProxy } from '../../proof/fault-proxy.ts';
import { localDynamoDb, localKinesis, TestServices } from '../support/emulators.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { SOURCES } from '../support/sources.ts';

const SIGNED = {
  authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/x/aws4_request, SignedHeaders=host, Signature=0',
  'x-amz-date': '20260101T000000Z',
};

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A request whose every header is given, as only a program of one's own can send it. */
const send = (url: string, headers: OutgoingHttpHeaders, { method = 'POST', body = '' } = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { ...headers, 'content-length': body.length } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: text }));
    });
    sent.on('error', reject).end(body);
  });

describe('a server of this machine', () => {
  const services = new TestServices();
  const open: (() => Promise<unknown>)[] = [];
  let live: WatchServer;
  /** A request that each server answers with 200 where it comes from nobody's page. */
  let servers: { name: string; url: string; method: string; headers: OutgoingHttpHeaders; body: string }[];

  before(async () => {
    await services.start();
    const { kinesis, dynamoDb } = services.endpoints;
    const about = { name: 'none', where: 'here' };
    const rows = async () => ({ rows: [], note: '' });
    live = await startWatchServer({
      watched: { about, look: async () => ({}), rowsOfKey: rows, rowsOfGroup: rows },
      port: 0,
      clock: new ManualClock(),
    });
    const proxy = await startFaultProxy(dynamoDb, () => undefined);
    const empty = await listen({}, { now: () => 0 });
    open.push(live.close, proxy.close, empty.close);
    const api = (target: string, version: string) => ({
      method: 'POST',
      headers: { ...SIGNED, 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target },
      body: '{}',
    });
    const listTables = api('DynamoDB_20120810.ListTables', '1.0');
    const putRecords = { ...api('Kinesis_20131202.PutRecords', '1.1'), body: '{"Records":[]}' };
    servers = [
      { name: 'Kinesis', url: kinesis, ...api('Kinesis_20131202.ListStreams', '1.1') },
      { name: 'DynamoDB', url: dynamoDb, ...listTables },
      { name: 'the fault proxy', url: proxy.endpoint, ...listTables },
      { name: 'the null server', url: empty.endpoint, ...putRecords },
      { name: 'the live page', url: `${live.url}about`, method: 'GET', headers: {}, body: '' },
    ];
  });
  after(async () => {
    for (const close of open) await close();
    await services.stop();
  });

  const each = async (
    headers: (host: string) => OutgoingHttpHeaders,
    check: (answer: Answer, name: string) => void,
  ) => {
    for (const { name, url, method, headers: own, body } of servers) {
      const { host } = new URL(url);
      check(await send(url, { ...own, host, ...headers(host) }, { method, body }), name);
    }
  };
  const isServed = ({ status, headers }: Answer, name: string): void => {
    expect(status, name).to.equal(200);
    expect(Object.keys(headers).join(), name).not.to.contain('access-control');
  };
  const isRefused = ({ status, headers, body }: Answer, name: string): void => {
    expect(status, name).to.equal(403);
    expect(Object.keys(headers).join(), name).not.to.contain('access-control');
    expect(JSON.parse(body), name).to.include({ __type: 'AccessDeniedException' });
  };

  it('answers programs and its own pages by every name of this machine, and grants nothing to an origin', async () => {
    await each(() => ({}), isServed);
    for (const host of ['localhost:8000', 'LOCALHOST', '127.0.0.1', '[::1]:8000', 'kinesis.localhost', hostname()])
      await each(() => ({ host }), isServed);
    for (const host of ['host.docker.internal:8000', 'host.containers.internal'])
      await each(() => ({ host }), isServed);
    await each((host) => ({ origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }), isServed);
    await each(() => ({ 'sec-fetch-site': 'none' }), isServed);
  });

  it('refuses a Host that somebody else may own, as after DNS rebinding', async () => {
    for (const host of ['rebound.example', 'rebound.example:8000', '127.0.0.1.rebound.example', 'localhost.example'])
      await each(() => ({ host }), isRefused);
    // A name of a colleague's machine, or in the domain of a cloud.
    for (const host of ['wiki.corp.internal', 'ip-10-0-0-7.ec2.internal', 'docker.internal'])
      await each(() => ({ host }), isRefused);
    for (const host of ['localhost@rebound.example', 'rebound.example/localhost', '[rebound.example]:80'])
      await each(() => ({ host }), isRefused);
    // Here even the page's origin is the same.
    await each(() => ({ host: 'rebound.example', origin: 'http://rebound.example' }), isRefused);
  });

  it('refuses every other origin, another port of this machine included', async () => {
    for (const origin of ['http://elsewhere.example', 'null', 'http://127.0.0.1:1', 'http://localhost', ''])
      await each(() => ({ origin }), isRefused);
    await each((host) => ({ origin: `https://${host}` }), isRefused);
  });

  it('refuses what a page elsewhere loads, but not a link to it', async () => {
    for (const site of ['cross-site', 'same-site'])
      for (const dest of ['script', 'image', 'iframe', 'empty'])
        await each(() => ({ 'sec-fetch-site': site, 'sec-fetch-dest': dest }), isRefused);
    const link = { host: new URL(live.url).host, 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' };
    const page = await send(live.url, link, { method: 'GET' });
    expect(page.status).to.equal(200);
    expect(page.headers['content-security-policy']).to.contain("frame-ancestors 'none'");
    expect(page.headers['cross-origin-resource-policy']).to.equal('same-origin');
    // A form elsewhere is sent like a link.
    isRefused(await send(`${live.url}put-back`, link), 'a form');
  });

  it('grants no preflight', async () => {
    for (const { name, url } of servers) {
      const origin = 'http://elsewhere.example';
      const asked = {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-amz-target',
      };
      isRefused(await send(url, { host: new URL(url).host, ...asked }, { method: 'OPTIONS' }), name);
    }
  });

  it('deletes nothing for a page elsewhere', async () => {
    const table = await services.createTable(['Id']);
    const { dynamoDb } = services.endpoints;
    const { host } = new URL(dynamoDb);
    const call = {
      ...SIGNED,
      host,
      'x-amz-target': 'DynamoDB_20120810.DeleteTable',
      'content-type': 'application/json',
    };
    const body = JSON.stringify({ TableName: table });
    isRefused(await send(dynamoDb, { ...call, origin: 'http://elsewhere.example' }, { body }), 'DeleteTable');
    isRefused(await send(`${live.url}put-back`, { host: `rebound.example` }), 'the live page');
    expect(await services.rows(table)).to.deep.equal([]);
  });

  it('shows an SDK why it is refused', async () => {
    const { dynamoDb, kinesis } = services.endpoints;
    const asForeign = (client: { middlewareStack: { add: (...args: never[]) => void } }): void =>
      client.middlewareStack.add(
        ...([
          (next: (args: unknown) => unknown) => (args: { request: { headers: Record<string, string> } }) => {
            args.request.headers.host = 'rebound.example';
            return next(args);
          },
          { step: 'finalizeRequest', priority: 'low' },
        ] as never[]),
      );
    const tablesOf = localDynamoDb(dynamoDb);
    const streamsOf = localKinesis(kinesis);
    asForeign(tablesOf);
    asForeign(streamsOf);
    const askings = [() => tablesOf.send(new ListTablesCommand({})), () => streamsOf.send(new ListStreamsCommand({}))];
    for (const ask of askings) {
      const error = await ask().then(
        () => undefined,
        (refused: Error) => refused,
      );
      expect(error).to.include({ name: 'AccessDeniedException' });
      expect(error?.message).to.contain('the Host of the request is "rebound.example"');
    }
    tablesOf.destroy();
    streamsOf.destroy();
  });
});

describe('servers on an address that others reach', () => {
  const services = new TestServices();
  before(() => services.start({ host: '0.0.0.0' }));
  after(() => services.stop());

  it('answer by every address and by the name of this machine, and refuse foreign ones as well', async () => {
    const { port } = new URL(services.endpoints.dynamoDb);
    const ask = async (headers: OutgoingHttpHeaders): Promise<number> =>
      (await send(`http://127.0.0.1:${port}`, headers, { method: 'GET' })).status;
    expect(await ask({ host: `192.0.2.7:${port}` })).to.equal(200);
    expect(await ask({ host: `${hostname()}:${port}` })).to.equal(200);
    expect(await ask({ host: `rebound.example:${port}` })).to.equal(403);
    expect(await ask({ host: `192.0.2.7:${port}`, origin: 'http://elsewhere.example' })).to.equal(403);
  });
});

describe('every HTTP server of the sources', () => {
  it('refuses foreign requests', () => {
    const starting = [...SOURCES].filter(([, code]) =>
      /\bcreateServer\b.* from 'node:https?'|from '(kinesal|dynal)ite'/.test(code),
    );
    const unguarded = starting.filter(([, code]) => !code.includes('refuseForeign(')).map(([file]) => file);
    expect(starting).to.have.length.above(unguarded.length);
    // Each emulator is opened in a file of its own, for a thread that lets it listen behind the guard.
    const inRoom = (file: string) => join('local', 'emulators', file);
    expect(unguarded.toSorted()).to.deep.equal([inRoom('dynamodb.ts'), inRoom('kinesis.ts')]);
    const opening = [...SOURCES].filter(([, code]) => /\bopen(Kinesis|DynamoDb)\b.* from /.test(code));
    expect(opening.map(([file]) => file).toSorted()).to.deep.equal([
      inRoom('dynamodb-worker.ts'),
      inRoom('kinesis-worker.ts'),
    ]);
    for (const [file, code] of opening)
      expect(code, file)
        .to.match(/^serve\(server, /m)
        .and.not.contain('listen(');
    expect(SOURCES.get(inRoom('serve.ts'))).to.contain('guard(server, host)');
    expect(SOURCES.get(inRoom('guard.ts'))).to.contain('refuseForeign(');
  });
});
