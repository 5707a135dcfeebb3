import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { expect } from 'chai';
import { LOCAL_REGION, localCredentials } from '../../../aws/local-stack.ts';
import { accessPathTo } from '../../../ops/query/access-path.ts';
import npmRunQuery from '../../../ops/query/query.ts';
import { readQueryFlags, readQueryOptions } from '../../../ops/query/query-options.ts';
import { readRows } from '../../../ops/query/read-rows.ts';
import { localDynamoDb, TestServices } from '../../support/emulators.ts';
import { FakeStack } from '../../support/fake-stack.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { refusalOf } from '../../support/refusal.ts';
import { call, callAlone, type Finished, killAll, start } from '../../support/run.ts';
import { untilEqual } from '../../support/until.ts';

const QUERY = 'ops/query/query.ts';
const HUGE = '12345678901234567890123456789012345678';

const rowsIn = ({ stdout }: Finished): Record<string, unknown>[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
const idsIn = (finished: Finished): unknown[] => rowsIn(finished).map(({ Id }) => Id);

describe('npm run query', () => {
  const services = new TestServices();
  let plain: string;
  let indexed: string;
  let now: number;

  before(async () => {
    await services.start();
    plain = await services.createTable(['Username', 'Id']);
    indexed = await services.createIndexedTable();
    now = Date.now();
    // Rows of two users in turn, each a minute older than the one before it.
    for (const table of [plain, indexed])
      for (let index = 0; index < 8; index += 1)
        await put(table, {
          Username: index % 2 === 0 ? 'anna' : 'bob',
          Id: `row-${index}`,
          Timestamp: new Date(now - index * 60_000).toISOString(),
          Type: index < 5 ? 'tweet' : 'order',
          Message: `message ${index}`,
        });
    await put(plain, {
      Username: 'odd',
      Id: '=1+1',
      Timestamp: '2020-01-01T00:00:00.000Z',
      Type: 'json',
      Data: { bytes: Uint8Array.of(0, 255), text: 'a "b", c\u001b[31m' },
    });
  });
  after(() => services.stop());
  afterEach(killAll);

  const put = async (TableName: string, row: object): Promise<void> => {
    const Item = marshall(row);
    const data = Item.Data?.M;
    if (data) data.huge = { N: HUGE };
    await services.dynamoDb.send(new PutItemCommand({ TableName, Item }));
  };
  const query = (table: string, ...args: string[]): Promise<Finished> =>
    call(npmRunQuery, ['--local', '--endpoint', services.endpoints.dynamoDb, '--table', table, ...args]).finished;

  it('finds the rows of a Username in the order of their Ids, and does not read the rest', async () => {
    const all = await query(plain, '--key', 'anna', '--json');
    expect(idsIn(all)).to.deep.equal(['row-0', 'row-2', 'row-4', 'row-6']);
    expect(all.stderr).to.match(/^4 rows for [\d.]+ read units\.\n$/);
    expect(all.code).to.equal(0);
    expect(idsIn(await query(plain, '--key', 'anna', '--limit', '2', '--json'))).to.deep.equal(['row-0', 'row-2']);
    const since = new Date(now - 150_000).toISOString();
    expect(idsIn(await query(plain, '--key', 'anna', '--since', since, '--json'))).to.deep.equal(['row-0', 'row-2']);
    expect(idsIn(await query(plain, '--key', 'anna', '--type', 'order', '--json'))).to.deep.equal(['row-6']);
  });

  it('finds the rows of a type in the order of their times, where the table has the index', async () => {
    const found = await query(indexed, '--type', 'tweet', '--json');
    expect(idsIn(found)).to.deep.equal(['row-4', 'row-3', 'row-2', 'row-1', 'row-0']);
    expect(found.stderr).not.to.contain('whole table');
    const since = new Date(now - 150_000).toISOString();
    const late = await query(indexed, '--type', 'tweet', '--since', since, '--limit', '2', '--json');
    expect(idsIn(late)).to.deep.equal(['row-2', 'row-1']);
  });

  it('says that it reads the whole table, what that costs and how to do without', async () => {
    const found = await query(plain, '--type', 'tweet', '--json');
    expect(idsIn(found)).to.have.members(['row-0', 'row-1', 'row-2', 'row-3', 'row-4']);
    expect(found.stderr).to.contain('whole table').and.to.contain('TypeIndex=true');
    const limited = await query(plain, '--limit', '3', '--json');
    expect(rowsIn(limited)).to.have.length(3);
    expect(limited.stderr).to.contain('--key USERNAME');
  });

  it('reads on where DynamoDB cuts its answer after a megabyte', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    for (const Id of ids) await put(indexed, { Username: 'big', Id, Timestamp: 'x', Message: 'x'.repeat(300_000) });
    expect(idsIn(await query(indexed, '--key', 'big', '--json'))).to.deep.equal(ids);
    expect(idsIn(await query(indexed, '--key', 'big', '--json', '--limit', '4'))).to.deep.equal(ids.slice(0, 4));
  });

  it('has the next page under way while it prints one, and reads none that a limit throws away', async () => {
    const [ids, client] = [['a', 'b', 'c', 'd', 'e'], localDynamoDb(services.endpoints.dynamoDb)];
    for (const Id of ids) await put(indexed, { Username: 'wide', Id, Timestamp: 'x', Message: 'x'.repeat(300_000) });
    let requests = 0;
    client.middlewareStack.add(
      (next) => (call) => {
        requests += 1;
        return next(call);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    const path = accessPathTo({ username: 'wide' });
    const rowsOf = (limit: number) =>
      readRows(client, indexed, { path, limit, spent: { rows: 0, scanned: 0, units: 0 }, clock: new ManualClock() });
    for await (const { Id } of rowsOf(3)) expect(Id).to.equal(ids.shift());
    expect(ids).to.have.length(2);
    expect(requests).to.equal(1);
    const rows = rowsOf(Number.POSITIVE_INFINITY);
    await rows.next();
    await untilEqual(() => requests, 3);
    await rows.return(undefined);
    client.destroy();
  });

  it('speaks of one read unit', async () => {
    await put(plain, { Username: 'long', Id: '1', Timestamp: 'x', Message: 'x'.repeat(5_000) });
    expect((await query(plain, '--key', 'long')).stderr).to.equal('1 row for 1 read unit.\n');
  });

  it('asks for no more rows at once than DynamoDB takes for a number, however large the limit is', async () => {
    const client = localDynamoDb(services.endpoints.dynamoDb);
    const limits: unknown[] = [];
    client.middlewareStack.add(
      (next) => (call) => {
        limits.push(JSON.parse(String((call.request as { body: unknown }).body)).Limit);
        return next(call);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    for (const limit of [1, 9_999_999_999]) {
      const spent = { rows: 0, scanned: 0, units: 0 };
      const rows = readRows(client, plain, {
        path: accessPathTo({ username: 'anna' }),
        limit,
        spent,
        clock: new ManualClock(),
      });
      for await (const row of rows) expect(row.Username).to.equal('anna');
    }
    expect(limits).to.deep.equal([1, 1_048_576]);
    client.destroy();
  });

  it('outlasts a table that does not give the next page for a while, and tells at once why there is no first one', async () => {
    const client = localDynamoDb(services.endpoints.dynamoDb);
    const throttled = Object.assign(new Error('slower'), { name: 'ThrottlingException', $fault: 'client' });
    const broken = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    let [requests, refusesFrom, refusal]: [number, number, Error] = [0, 1, throttled];
    client.middlewareStack.add(
      (next) => (call) => {
        requests += 1;
        return requests > refusesFrom && requests <= refusesFrom + 12 ? Promise.reject(refusal) : next(call);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    const clock = new ManualClock();
    const ids = async (): Promise<unknown[]> => {
      const found: unknown[] = [];
      const [path, spent] = [accessPathTo({ username: 'many' }), { rows: 0, scanned: 0, units: 0 }];
      const rows = readRows(client, indexed, { path, limit: Number.POSITIVE_INFINITY, spent, clock });
      for await (const { Id } of rows) found.push(Id);
      return found;
    };
    const all = ['a', 'b', 'c', 'd', 'e'];
    for (const Id of all) await put(indexed, { Username: 'many', Id, Timestamp: 'x', Message: 'x'.repeat(300_000) });
    for (refusal of [throttled, broken]) {
      [requests, refusesFrom] = [0, 1];
      expect(await clock.advanceUntil(ids())).to.deep.equal(all);
      expect(requests).to.equal(14);
    }
    [requests, refusesFrom] = [0, 0];
    expect(await ids().catch((error: Error) => error)).to.equal(broken);
    expect(requests).to.equal(1);
    client.destroy();
  });

  it('ends well where its reader has seen enough', async () => {
    const { child, finished } = start(QUERY, [
      ...['--local', '--endpoint', services.endpoints.dynamoDb],
      ...['--table', plain, '--json'],
    ]);
    child.stdout?.destroy();
    const { code, stderr } = await finished;
    expect(stderr).not.to.contain('error');
    expect(code).to.equal(0);
  });

  it('keeps every digit of a number, bytes as base64, and control characters as escapes', async () => {
    const { stdout } = await query(plain, '--key', 'odd', '--json');
    expect(stdout).to.contain(`"huge":${HUGE}`).and.to.contain('"bytes":"AP8="').and.not.to.contain('\u001b');
    expect(rowsIn({ stdout, stderr: '', code: 0 })[0]).to.include({ Username: 'odd', Id: '=1+1' });
    const text = await query(plain, '--key', 'odd');
    expect(text.stdout).not.to.contain('\u001b');
    for (const line of text.stdout.split('\n')) expect(line.length, line).to.be.at.most(80);
  });

  it('shows the rows of one key, which may be of one minute, apart: by the second, and by an Id without its time', async () => {
    const rows = [
      {
        Id: '2026-11-20T12:00:01.500Z m-1',
        Timestamp: '2026-11-20T12:00:01.500Z',
        Type: 'view',
        Message: 'shop.example/tea',
      },
      { Id: '2026-11-20T12:00:02.000Z', Timestamp: '2026-11-20T12:00:02.000Z', Type: 'view', Message: 'shop.example' },
    ];
    for (const row of rows) await put(plain, { Username: 'visit', ...row });
    const { stdout } = await query(plain, '--key', 'visit');
    expect(stdout.split('\n')).to.deep.equal([
      'Id              Timestamp            Type         Message or Data',
      '──────────────  ───────────────────  ───────────  ──────────────────────────────',
      '…m-1            2026-11-20 12:00:01  view         shop.example/tea',
      '2026-11-20T12…  2026-11-20 12:00:02  view         shop.example',
      '',
    ]);
  });

  it('writes CSV that every reader takes and no spreadsheet runs', async () => {
    const { stdout } = await query(plain, '--key', 'odd', '--csv');
    const [heading, row, ...rest] = stdout.split('\r\n');
    expect(heading).to.equal('Username,Id,Timestamp,Type,Message,Data,Attributes');
    const data = `{"bytes":"AP8=","text":"a \\"b\\", c\\u001b[31m","huge":${HUGE}}`.replaceAll('"', '""');
    expect(row).to.equal(`odd,'=1+1,2020-01-01T00:00:00.000Z,json,,"${data}",`);
    expect(rest).to.deep.equal(['']);
  });

  it('reads the table of a stack, by its outputs', async () => {
    const stack = new FakeStack(services.endpoints.kinesis);
    await stack.start();
    try {
      stack.outputs = { Region: 'eu-west-1', EventDataTable: 'elsewhere' };
      const env = {
        AWS_ENDPOINT_URL_CLOUDFORMATION: stack.endpoint,
        AWS_ENDPOINT_URL_DYNAMODB: services.endpoints.dynamoDb,
        AWS_ACCESS_KEY_ID: 'operator',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_REGION: 'us-east-1',
      };
      const missing = await callAlone(npmRunQuery, ['--stack', 'mine', '--key', 'anna'], { env });
      expect(missing.stderr).to.contain('there is no table "elsewhere"');
      expect(missing.stdout).to.equal('');
      expect(missing.code).to.equal(1);
      expect([...stack.signed]).to.deep.equal(['cloudformation operator']);
    } finally {
      await stack.stop();
    }
  });

  const wrong: [name: string, args: string[], message: RegExp][] = [
    ['no place', [], /no table: give --stack NAME, --local or --table NAME/],
    ['two places', ['--local', '--stack', 'a'], /--stack and --local exclude each other/],
    ['two formats', ['--local', '--json', '--csv'], /--json and --csv exclude each other/],
    [
      'values that cannot be read',
      ['--local', '--key', '', '--since', 'soon', '--limit', '0'],
      /--key is empty.*\n.*--since is "soon".*\n.*--limit is "0"/,
    ],
  ];
  for (const [name, args, message] of wrong)
    it(`refuses ${name}`, () => {
      expect(refusalOf(() => readQueryOptions(readQueryFlags(args, {}), {}, 0))).to.match(message);
    });

  it('finds a local stack behind another address than loopback, such as of a container', () => {
    const args = ['--local', '--endpoint', 'http://dynamodb:4567'];
    const { region, credentials } = readQueryOptions(readQueryFlags(args, {}), {}, 0);
    expect(region).to.equal(LOCAL_REGION);
    expect(credentials).to.deep.equal(localCredentials());
  });
});
