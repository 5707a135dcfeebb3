import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import { decimal } from '../../../core/rollups/decimal.ts';
import { padded, totalsOf } from '../../../core/rollups/part.ts';
import { windowOf } from '../../../core/rollups/window.ts';
import { SHAPES } from '../../../core/shapes/index.ts';
import { partItem, ROLLUPS_KEY } from '../../../functions/event-rollups/part-item.ts';
import { REBUILD_ROWS } from '../../../functions/event-rollups/rebuild-store.ts';
import type { RollupsOutputs } from '../../../ops/outputs.ts';
import command from '../../../ops/rollups/rollups.ts';
import { readRollupsFlags, readRollupsOptions } from '../../../ops/rollups/rollups-options.ts';
import { windowsOf } from '../../../ops/rollups/windows.ts';
import { PROCESSORS } from '../../../processors/index.ts';
import { TestServices } from '../../support/emulators.ts';
import { FakeStack } from '../../support/fake-stack.ts';
import { refusalOf } from '../../support/refusal.ts';
import { call, callAlone, type Finished } from '../../support/run.ts';

/** Of a stack. */
const OUTPUTS: RollupsOutputs = {
  ...{ region: 'eu-west-1', eventDataTable: 'rows', rollupsTable: 'parts', processor: 'default' },
  ...{ retentionDays: 30, rollupsRetentionDays: 90, batchingWindowInSeconds: 300 },
};
const optionsOf = (args: string[], outputs?: RollupsOutputs) =>
  readRollupsOptions(readRollupsFlags(args, {}), {}, 0, outputs);
/** More digits than a number of DynamoDB has. */
const HUGE = '12345678901234567890123456789012345678901.25';

describe('npm run rollups', () => {
  const services = new TestServices();
  let table: string;
  let now: number;

  before(async () => {
    await services.start();
    table = await services.createTable(ROLLUPS_KEY);
    now = Date.now();
    const parts: [group: string, minutesAgo: number, count: number][] = [
      ['tweet', 3, 5],
      ['tweet', 1, 7],
      ['order # 東', 1, 4],
      ['=1+1', 2, 1],
      ['tweet', 15, 50],
      ['tweet', 90, 100],
      ['gone', 2, 0],
    ];
    for (const [group, minutesAgo, count] of parts)
      for (const shard of ['shardId-1', 'shardId-2'])
        await put(group, minutesAgo, shard, shard === 'shardId-1' ? count : 0);
  });
  after(() => services.stop());

  const put = async (
    group: string,
    minutesAgo: number,
    shard: string,
    count: number,
    expiresAt?: number,
  ): Promise<void> => {
    const at = new Date(now - minutesAgo * 60_000).toISOString();
    const rows = Array.from({ length: count }, (_, index) => ({
      sequence: padded(String(index)),
      sign: 1 as const,
      at,
      values: group === 'order # 東' ? [['amount', decimal(HUGE)] as const] : [],
    }));
    const part = { ...totalsOf(rows), through: padded(String(count)) };
    const key = { rollup: 'latency.1', window: windowOf('minute', at), group, shard };
    await services.dynamoDb.send(
      new PutItemCommand({ TableName: table, Item: partItem(key, part, expiresAt) as never }),
    );
  };
  const rollupsOf = (processor: string, ...args: string[]): Promise<Finished> =>
    call(command, [
      ...['--local', '--endpoint', services.endpoints.dynamoDb, '--table', table, '--processor', processor],
      ...args,
    ]).finished;
  const rollups = (...args: string[]): Promise<Finished> => rollupsOf('metrics', ...args);
  const linesOf = ({ stdout }: Finished): string[] => stdout.split('\n').filter((line) => line !== '');

  it('names where a row is that another program wrote', async () => {
    const Item = { Rollup: { S: `sources.1#${windowOf('hour', new Date(now).toISOString())}` }, Part: { S: 'a#b' } };
    await services.dynamoDb.send(new PutItemCommand({ TableName: table, Item }));
    const { code, stderr } = await rollupsOf('clickstream', '--name', 'sources', '--since', '0s');
    await services.dynamoDb.send(new DeleteItemCommand({ TableName: table, Key: Item }));
    expect({ code, stderr }).to.deep.equal({
      code: 1,
      stderr: `error: TypeError: a row of Rollups with the key "${Item.Rollup.S}" lacks Part, Count or Through; expected a part of a rollup: delete it if another program wrote it\n`,
    });
  });

  it('names both tables where one is not there', async () => {
    const args = ['--local', '--endpoint', services.endpoints.dynamoDb, '--table', 'no-such-rollups'];
    const { code, stderr } = await call(command, [...args, '--name', 'events', '--since', '0s']).finished;
    expect({ code, stderr }).to.deep.equal({
      code: 1,
      stderr: `error: there is no table "no-such-rollups" or "local-EventData" at ${services.endpoints.dynamoDb}; check its name and --region, or use --stack NAME\n`,
    });
  });

  it('tells on a terminal how many of its windows it has read', async () => {
    const stderr = Object.assign(new PassThrough(), { isTTY: true });
    const args = ['--local', '--endpoint', services.endpoints.dynamoDb, '--table', table, '--processor', 'metrics'];
    const given = { env: {}, dotEnv: new Set<string>(), stdin: () => new PassThrough(), signals: new EventEmitter() };
    const argv = [...args, '--name', 'latency', '--since', '1h'];
    await command.call({ ...given, argv, stdout: new PassThrough(), stderr });
    expect(String(stderr.read())).to.match(/reading "latency": \d+ %(, .+ left)?, \d+ windows?/);
  });

  it('says of which windows parts can have expired though others are there, as where RollupsRetentionDays was lowered', async () => {
    const threeDays = 3 * 1_440;
    await put('tweet', threeDays, 'shardId-1', 6);
    const at = (minutesAgo: number): string => new Date(now - minutesAgo * 60_000).toISOString();
    const window = windowOf('minute', at(threeDays));
    const said = `Parts of these windows can have expired (RollupsRetentionDays): ${window}. They may count too little.`;
    const range = ['--since', at(threeDays), '--until', at(threeDays - 1)];
    for (const args of [range, [...range, '--name', 'latency']]) {
      expect(linesOf(await rollups(...args, '--rollups-retention-days', '2')).at(-1)).to.equal(said);
      expect((await rollups(...args, '--rollups-retention-days', '4')).stdout).not.to.contain(said);
      expect((await rollups(...args)).stdout).not.to.contain(said);
    }
    const { stdout, stderr } = await rollups(...range, '--rollups-retention-days', '2', '--json');
    expect(stdout).to.contain('"count":6').and.not.to.contain(said);
    expect(stderr).to.contain(said);
  });

  it('says since when a rebuild is on, unless its time is over: whoever killed it may not know', async () => {
    const control = (expiresAt: number) => ({
      ...REBUILD_ROWS.control,
      Id: { S: 'id' },
      ExpiresAt: { N: String(expiresAt) },
    });
    const begun = Math.floor(now / 1_000) - 3_600;
    const lastLine = async (expiresAt: number) => {
      await services.dynamoDb.send(new PutItemCommand({ TableName: table, Item: control(expiresAt) }));
      return linesOf(await rollups()).at(-1);
    };
    expect(await lastLine(begun + 30 * 86_400)).to.equal(
      `A rebuild is on since ${new Date(begun * 1_000).toISOString()}. If its command has ended, npm run rollups -- --rebuild goes on with it.`,
    );
    expect(await lastLine(begun)).to.match(/^latency\.1 /);
    await services.dynamoDb.send(new DeleteItemCommand({ TableName: table, Key: REBUILD_ROWS.control }));
  });

  it('lists the rollups of the processor, with what their latest windows hold', async () => {
    const found = await rollups();
    expect(found.stderr).to.equal('');
    const [heading, , row, ...rest] = linesOf(found);
    expect(heading!.split(/ {2,}/)).to.deep.equal([
      ...['Rollup', 'Every', 'Since', 'Windows', 'Groups', 'Rows', 'Last window'],
    ]);
    const cells = row!.split(/ {2,}/);
    expect(cells.slice(0, 2)).to.deep.equal(['latency.1', 'minute']);
    expect(cells.slice(3)).to.deep.equal(['4', '3', '67', windowOf('minute', new Date(now - 60_000).toISOString())]);
    expect(rest).to.deep.equal([]);
    expect(found.code).to.equal(0);
  });

  it('shows the largest groups of a rollup as bars, and says what it left out', async () => {
    const all = linesOf(await rollups('--name', 'latency', '--since', '10m'));
    expect(all[0]).to.contain('latency.1 by minute').and.to.contain('17 rows in 3 groups');
    expect(all.slice(1).map((line) => line.split(/ {2,}/)[0])).to.deep.equal(['tweet', 'order # 東', '=1+1']);
    for (const line of all.slice(1)) expect(line).to.contain('█');
    const few = linesOf(await rollups('--name', 'latency', '--since', '10m', '--top', '1'));
    expect(few).to.have.length(3);
    expect(few[2]).to.equal('and 2 groups more: --top N');
    const older = linesOf(await rollups('--name', 'latency', '--since', '20m'));
    expect(older[0]).to.contain('67 rows');
    const sums = linesOf(await rollups('--name', 'latency', '--since', '10m', '--value', 'amount', '--top', '1'));
    expect(sums[1]).to.match(/^order # 東 +49,382,715,604,938,271,560,493,827,156,049,382,715,605 /);
  });

  it('says how to look further back where the usual windows are empty, to a person who has not done so', async () => {
    const hint = 'No rows in these windows. --since TIME looks further back.\n';
    for (const args of [[], ['--name', 'events']]) {
      expect((await rollupsOf('default', ...args)).stdout.endsWith(`\n${hint}`), args.join()).to.equal(true);
      expect((await rollupsOf('default', ...args, '--since', '1m')).stdout).not.to.contain(hint);
    }
    expect(await rollupsOf('default', '--json')).to.include({ stdout: '', stderr: hint });
    expect((await rollupsOf('default', '--csv')).stderr).to.equal(hint);
    expect((await rollupsOf('default', '--json', '--since', '1m')).stderr).to.equal('');
    expect((await rollups()).stdout).not.to.contain(hint);
  });

  it('prints a line for each group and window as JSON, with every digit, or as CSV that no spreadsheet runs', async () => {
    const json = linesOf(await rollups('--name', 'latency', '--since', '10m', '--json'));
    expect(json.map((line) => JSON.parse(line)).map(({ group, count }) => [group, count])).to.deep.equal([
      ...[
        ['tweet', 5],
        ['=1+1', 1],
        ['tweet', 7],
        ['order # 東', 4],
      ],
    ]);
    expect(json.at(-1)).to.contain('"sum":49382715604938271560493827156049382715605').and.to.contain(`"min":${HUGE}`);
    const csv = (await rollups('--name', 'latency', '--since', '10m', '--csv')).stdout.split('\r\n');
    expect(csv[0]).to.equal('Rollup,Window,Group,Rows,Value,Count,Sum,Min,Max,Last,LastAt');
    expect(csv[2]).to.match(/^latency\.1,[^,]+,'=1\+1,1,,,,,,,$/);
    expect(csv[4]).to.contain(`,amount,4,49382715604938271560493827156049382715605,${HUGE},`);
    expect(linesOf(await rollups('--since', '10m', '--json')), 'of every rollup').to.deep.equal(json);
    const ofTwo = await rollupsOf('clickstream', '--since', '1m', '--csv');
    expect(ofTwo.stdout.split('\r\n'), 'one heading').to.have.length(2);
  });

  it('has every character of a group in CSV that goes into a file', async () => {
    const group = 'שלום\u200f\nb';
    await put(group, 3, 'shardId-1', 2);
    try {
      const { stdout } = await rollups('--name', 'latency', '--since', '10m', '--csv');
      expect(stdout).to.contain(`,"${group}",2,`);
    } finally {
      await put(group, 3, 'shardId-1', 0);
    }
  });

  it('verifies in JSON without what a terminal must not see raw', async () => {
    const group = 'evil\u009b1m\u202e';
    const empty = await services.createTable(['Username', 'Id']);
    await put(group, 3, 'shardId-1', 2);
    try {
      const { stdout } = await rollups('--event-data', empty, '--verify', '--patience', '0', '--json');
      expect(stdout).to.contain('evil\\u009b1m\\u202e');
      expect(JSON.parse(stdout).differences.map((one: { key: { group: string } }) => one.key.group)).to.include(group);
    } finally {
      await put(group, 3, 'shardId-1', 0);
    }
  });

  it('leaves out a window whose time is over, of which DynamoDB has deleted some parts and not yet the others', async () => {
    const second = Math.floor(now / 1_000);
    await put('expired', 3, 'shardId-1', 6, second);
    await put('kept', 3, 'shardId-1', 2, second + 86_400);
    try {
      const shown = linesOf(await rollups('--name', 'latency', '--since', '10m', '--json'));
      const groups = shown.map((line) => JSON.parse(line).group);
      expect(groups).to.include('kept').and.not.to.include('expired');
    } finally {
      for (const group of ['expired', 'kept']) await put(group, 3, 'shardId-1', 0);
    }
  });

  it('says where there are too many windows, which a month of minutes is not', async () => {
    const { stderr } = await rollups('--name', 'latency', '--since', '999999999d');
    expect(stderr).to.contain(
      '"latency" has more than 50,000 windows in that time; give a later --since, or an earlier --until',
    );
    const latency = { name: 'latency', every: 'minute', of: () => undefined } as const;
    expect(windowsOf(latency, now, { since: now - 31 * 86_400_000 })).to.have.length(31 * 24 * 60 + 1);
  });

  it('shows windows of events from before 1970 and of the future', async () => {
    for (const [day, since] of [
      ['1969-07-20', '--since=1969-07-20T20:00'],
      ['2090-01-01', '--since=2090-01-01T20:00'],
    ] as const) {
      await put(day, (now - Date.parse(`${day}T20:17Z`)) / 60_000, 'shardId-1', 5);
      const shown = await rollups('--name', 'latency', since, '--until', `${day}T20:30`);
      expect(linesOf(shown)[0]).to.contain(`${day}T20:00Z to ${day}T20:29Z: 5 rows in 1 group`);
    }
    expect((await rollups('--until', '0000-01-01')).code).to.equal(0);
  });

  it('shows any minutes, however long ago, and no window that begins at --until or later', async () => {
    const minutesAgo = 400 * 24 * 60;
    await put('old', minutesAgo, 'shardId-1', 3);
    await put('old', minutesAgo - 1, 'shardId-1', 4);
    const minuteAgo = (minutes: number) => windowOf('minute', new Date(now - minutes * 60_000).toISOString());
    const [minute, next] = [minuteAgo(minutesAgo), minuteAgo(minutesAgo - 1)];
    const range = ['--since', minuteAgo(minutesAgo + 60), '--until', next];
    const heading = linesOf(await rollups('--name', 'latency', ...range))[0];
    expect(heading).to.contain(` to ${minute}: 3 rows in 1 group`);
    expect(linesOf(await rollups('--name', 'latency', '--until', next))[0], 'the hour before').to.equal(heading);
    expect(linesOf(await rollups('--until', '1970-01-01'))[2]).to.contain(' 1969-12-31T22:59Z ');
    expect(linesOf(await rollups(...range))[2]).to.match(/ 1 +1 +3 +\S+$/);
  });

  it('says which numbers a rollup has where nobody has the one that is asked for', async () => {
    const found = await rollups('--name', 'latency', '--since', '10m', '--value', 'amuont');
    expect(found).to.include({ code: 1, stdout: '' });
    expect(found.stderr).to.equal('error: no row of "latency" has the number "amuont"; expected amount\n');
  });

  it('finds tables and processor of a stack, and says where a stack has no rollups', async () => {
    const stack = new FakeStack(services.endpoints.kinesis);
    await stack.start();
    const env = {
      AWS_ENDPOINT_URL_CLOUDFORMATION: stack.endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: services.endpoints.dynamoDb,
      AWS_ACCESS_KEY_ID: 'operator',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_REGION: 'us-east-1',
    };
    try {
      stack.outputs = { Region: 'us-east-1', EventDataTable: 'events', RollupsTable: table };
      stack.parameters = {
        ...{ Processor: 'metrics', RetentionDays: '30' },
        ...{ RollupsRetentionDays: '90', RollupsBatchingWindowInSeconds: '1' },
      };
      const found = await callAlone(command, ['--stack', 'mine', '--name', 'latency', '--since', '10m'], { env });
      expect(found.stdout).to.contain('17 rows');
      stack.outputs = { Region: 'us-east-1', EventDataTable: 'events' };
      const without = await callAlone(command, ['--stack', 'mine'], { env });
      expect(without.stderr).to.contain('the stack "mine" has no rollups').and.to.contain('Rollups=true');
      expect(without.code).to.equal(1);
    } finally {
      await stack.stop();
    }
  });

  it('waits before a correction as long as the mapping of the stack may wait for a batch, and ten seconds', () => {
    const settled = (args: string[], outputs?: RollupsOutputs) =>
      optionsOf(['--rebuild', ...(outputs ? ['--stack', 'mine'] : ['--local']), ...args], outputs).settleMs;
    expect(settled([])).to.equal(11_000);
    expect(settled([], OUTPUTS)).to.equal(310_000);
    expect(settled(['--settle', '0'])).to.equal(0);
    expect(() => settled(['--settle', 'x'])).to.throw(/--settle is "x"/);
    expect(() => optionsOf(['--local', '--settle', '0'])).to.throw(/--settle needs/);
  });

  it('shows a person ten groups and a program all, compares for a minute, and has a rebuild wait for ten, unless told', () => {
    const chosen = (...args: string[]) => {
      const { task, patienceMs, restarts, top } = optionsOf(['--local', ...args]);
      return { task, patienceMs, restarts, top };
    };
    const usual = { patienceMs: 60_000, restarts: false, top: 10 };
    expect(chosen()).to.deep.equal({ ...usual, task: 'list' });
    expect(chosen('--name', 'events')).to.deep.equal({ ...usual, task: 'show' });
    for (const format of ['--json', '--csv']) {
      const forProgram = { ...usual, task: 'show', top: Number.POSITIVE_INFINITY };
      expect(chosen(format), 'all groups').to.deep.equal(forProgram);
      expect(chosen(format, '--top', '3')).to.deep.equal({ ...forProgram, top: 3 });
    }
    expect(chosen('--verify', '--name', 'events')).to.deep.equal({ ...usual, task: 'verify' });
    expect(chosen('--verify', '--patience', '5')).to.deep.equal({ ...usual, task: 'verify', patienceMs: 5_000 });
    expect(chosen('--rebuild')).to.deep.equal({ ...usual, task: 'rebuild', patienceMs: 600_000 });
    const restart = chosen('--rebuild', '--restart', '--patience', '0');
    expect(restart).to.deep.equal({ ...usual, task: 'rebuild', patienceMs: 0, restarts: true });
  });

  it('refuses what cannot be read, and options that do not go together, each of them', () => {
    for (const [args, message] of [
      [['--stack', 'a'], '--stack and --local exclude each other'],
      [['--json', '--csv'], '--json and --csv exclude each other'],
      [['--verify', '--rebuild'], '--verify and --rebuild exclude each other'],
      [['--rebuild', '--name', 'latency'], 'leave --name and --since out'],
      [['--rebuild', '--since', '1h'], '--rebuild makes all rollups anew'],
      [['--verify', '--until', '1h'], '--until and --verify exclude each other'],
      [['--since', '9999-01-01'], '--since is "9999-01-01", which is in the future; give --until too'],
      [['--since', '1h', '--until', '2h'], '--until is "2h"; expected a time after --since, which is "1h"'],
      [['--rebuild', '--top', '3'], '--top and --rebuild exclude each other'],
      [['--verify', '--top', '3'], '--top and --verify exclude each other'],
      [['--verify', '--csv'], '--csv and --verify exclude each other'],
      [['--verify', '--name', 'events', '--value', 'x'], '--value and --verify exclude each other'],
      [['--restart'], '--restart needs --rebuild'],
      [['--patience', '5'], '--patience needs --verify or --rebuild'],
      [['--value', 'x'], '--value needs --name NAME'],
      [['--verify', '--patience', '86401'], '--patience is "86401"'],
      [['--name', 'events', '--processor', 'order-processing'], 'has no rollup "events"; expected'],
      [['--processor', 'toString'], 'there is no processor "toString"; expected one of'],
      [['--retention-days', 'x'], '--retention-days is "x"'],
      [['--since', 'soon'], '--since is "soon"'],
      [['--top', '0'], '--top is "0"'],
    ] as const)
      expect(refusalOf(() => optionsOf(['--local', ...args]))).to.contain(message);
    for (const table of [[], ['--table', 'x'], ['--event-data', 'x']])
      expect(refusalOf(() => optionsOf(['--region', 'eu-west-1', ...table]))).to.contain(
        'no tables: give --stack NAME',
      );
  });

  it('verifies and rebuilds no rollups of a processor that has none: every row would be written for nothing', () => {
    Object.assign(PROCESSORS, { bare: { shapes: SHAPES } });
    try {
      for (const task of ['--verify', '--rebuild'])
        expect(refusalOf(() => optionsOf(['--local', '--processor', 'bare', task]))).to.contain(
          'the processor "bare" has no rollups; expected a processor with rollups: --processor NAME',
        );
      expect(optionsOf(['--local', '--processor', 'bare']).rollups).to.deep.equal([]);
    } finally {
      Reflect.deleteProperty(PROCESSORS, 'bare');
    }
  });

  it('lowers counts only where it is asked to', () => {
    expect(optionsOf(['--local', '--rebuild']).mayLower).to.equal(false);
    expect(optionsOf(['--local', '--rebuild', '--lower']).mayLower).to.equal(true);
    expect(() => optionsOf(['--local', '--verify', '--lower'])).to.throw(/--lower needs --rebuild/);
  });

  it('knows how long both tables keep what they hold: as the flags say, or the stack, and here for ever', () => {
    const stack = ['--stack', 'mine'];
    expect(optionsOf(stack, OUTPUTS).retention).to.deep.equal({ rowDays: 30, partDays: 90 });
    const kept = { ...OUTPUTS, retentionDays: 0, rollupsRetentionDays: 0 };
    expect(optionsOf(stack, kept).retention).to.deep.equal({});
    const flags = ['--retention-days', '0', '--rollups-retention-days', '7'];
    expect(optionsOf([...stack, ...flags], OUTPUTS).retention).to.deep.equal({ partDays: 7 });
    expect(optionsOf(['--local', '--verify']).retention).to.deep.equal({});
    const tables = ['--region', 'eu-west-1', '--table', 'parts', '--event-data', 'rows'];
    expect(optionsOf([...tables, '--verify', ...flags]).retention).to.deep.equal({ partDays: 7 });
    expect(optionsOf(tables).retention).to.deep.equal({});
    for (const task of ['--verify', '--rebuild'])
      expect(refusalOf(() => optionsOf([...tables, task]))).to.match(
        /--retention-days is missing.*\n.*--rollups-retention-days is missing/,
      );
  });
});
