import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import { type Console, type ConsoleOptions, startConsole } from '../../../local/console/console.ts';
import { TestServices } from '../../support/emulators.ts';
import { bytes } from '../../support/events.ts';

const listening = async (server: Server): Promise<number> => {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  return (server.address() as AddressInfo).port;
};
const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

describe('the console', () => {
  const services = new TestServices();
  let tables: Console | undefined;
  before(() => services.start());
  after(() => services.stop());
  afterEach(async () => {
    await tables?.close();
    tables = undefined;
  });

  const open = async (options: Partial<ConsoleOptions> = {}): Promise<string> => {
    const { dynamoDb: endpoint } = services.endpoints;
    const onProblem = (message: string) => expect.fail(message);
    tables = await startConsole({ port: 0, endpoint, region: 'us-east-1', env: {}, onProblem, ...options });
    return tables.url;
  };
  const itemsOf = async (url: string, table: string): Promise<Record<string, unknown>[]> => {
    const answer = await fetch(`${url}/tables/${table}/items`);
    expect(answer.status).to.equal(200);
    const { Items } = (await answer.json()) as { Items: Record<string, unknown>[] };
    return Items.map(({ __key, ...item }) => item);
  };
  const save = (url: string, table: string, key: string, item: object): Promise<Response> =>
    fetch(`${url}/tables/${table}/items/${encodeURIComponent(key)}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(item),
    });

  it('has every page of a table', async () => {
    const table = await services.createTable(['Username', 'Id']);
    const url = await open();
    expect(url).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await (await fetch(url)).text()).to.contain(table);
    for (const page of ['', '/get', '/meta', '/ttl', '/add-item', '/items']) {
      const answer = await fetch(`${url}/tables/${table}${page}`);
      expect(answer.status, page).to.equal(200);
      await answer.arrayBuffer();
    }
  });

  it('shows bytes and large numbers, in the list and alone', async () => {
    const table = await services.createTable(['Id']);
    const Item = { Id: { S: 'r-1' }, Data: { B: bytes('{"cut": "東京') }, Size: { N: '12345678901234567890' } };
    await services.dynamoDb.send(new PutItemCommand({ TableName: table, Item }));
    const url = await open();
    const shown = { Id: 'r-1', Data: '{"cut": "東京', Size: '12345678901234567890' };
    expect(await itemsOf(url, table)).to.deep.equal([shown]);
    const page = await (await fetch(`${url}/tables/${table}/items/r-1`)).text();
    expect(page).to.contain('東京').and.to.contain('12345678901234567890');
  });

  it('saves an item that it shows as it is, and never turns the bytes of another into text', async () => {
    const table = await services.createTable(['Username', 'Id']);
    const key = { Username: { S: '名前 🦊' }, Id: { S: '1' } };
    const other = { Username: { S: '名前 🦊' }, Id: { S: '2' }, Data: { B: bytes('{"cut') } };
    for (const Item of [key, other]) await services.dynamoDb.send(new PutItemCommand({ TableName: table, Item }));
    const url = await open();

    const text = { Username: '名前 🦊', Id: '1', Message: '晴れ ☀️' };
    expect((await save(url, table, '名前 🦊,1', text)).status).to.equal(200);
    const refused = await save(url, table, '名前 🦊,2', { Username: '名前 🦊', Id: '2', Data: '{"cut' });
    expect(await refused.json()).to.deep.equal({
      message: 'this item holds what JSON cannot, such as bytes; change it with the AWS CLI and --endpoint-url',
    });
    expect(refused.status).to.equal(500);
    const rows = await services.rows(table);
    expect(rows.find(({ Id }) => Id === '1')).to.deep.equal(text);
    expect(rows.find(({ Id }) => Id === '2')?.Data).to.deep.equal(new Uint8Array(bytes('{"cut')));
  });

  it('asks the local DynamoDB alone, with local credentials, whatever the AWS settings of the user say', async () => {
    const asked: string[] = [];
    const listener = (name: string) =>
      createServer((request, response) => {
        const credential = /Credential=([^/]*)/.exec(String(request.headers.authorization))?.[1];
        asked.push(`${name} ${credential} ${request.headers['x-amz-security-token']}`);
        request.resume();
        response.setHeader('content-type', 'application/x-amz-json-1.0').end('{"TableNames":[]}');
      });
    const [local, elsewhere] = [listener('local'), listener('elsewhere')];
    try {
      const endpoint = `http://127.0.0.1:${await listening(local)}`;
      const theirs = `http://127.0.0.1:${await listening(elsewhere)}`;
      const env = {
        AWS_ACCESS_KEY_ID: 'AKIATHEIRS',
        AWS_SECRET_ACCESS_KEY: 'theirs',
        AWS_SESSION_TOKEN: 'theirs',
        AWS_REGION: 'eu-west-1',
        AWS_PROFILE: 'theirs',
        AWS_ENDPOINT_URL: theirs,
        AWS_ENDPOINT_URL_DYNAMODB: theirs,
        DYNAMO_ENDPOINT: theirs,
        // An endpoint of one's own and FIPS exclude each other: where this arrives, no call succeeds.
        AWS_USE_FIPS_ENDPOINT: 'true',
      };
      const url = await open({ endpoint, env });
      expect((await fetch(url)).status).to.equal(200);
      expect(asked).to.deep.equal(['local local undefined']);
    } finally {
      await closed(local);
      await closed(elsewhere);
    }
  });

  it('says which port is in use', async () => {
    const server = createServer();
    const port = await listening(server);
    const error = await open({ port }).catch((thrown: Error) => thrown);
    await closed(server);
    expect(error).to.include({
      name: 'PortInUseError',
      message: `port ${port} of 127.0.0.1 is in use; choose another one, or 0 for any free port`,
    });
  });

  it('does not answer any more once it is closed, even to those that keep their connections', async () => {
    const url = await open();
    await (await fetch(url)).arrayBuffer();
    await tables?.close();
    tables = undefined;
    const answer = await fetch(url).then(
      () => 'answered',
      () => 'refused',
    );
    expect(answer).to.equal('refused');
  });
});
