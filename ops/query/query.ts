import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DescribeTableCommand, DynamoDBClient, type TableDescription } from '@aws-sdk/client-dynamodb';
import { awsClient } from '../../aws/client.ts';
import { systemClocks } from '../../aws/command-clocks.ts';
import { forgetKeysOfDotEnv } from '../../aws/credentials.ts';
import { type Call, command } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit-code.ts';
import { count, number } from '../../cli/numbers.ts';
import { beginStep, progressOn } from '../../cli/progress.ts';
import { columnsOf, isTerminal } from '../../cli/terminal.ts';
import { UserError } from '../../cli/user-error.ts';
import { defined } from '../../core/defined.ts';
import { explainStore } from '../explain-store.ts';
import { type QueryOutputs, queryOutputs } from '../outputs.ts';
import { outputsOf } from '../place.ts';
import { type AccessPath, accessPathTo } from './access-path.ts';
import { QUERY_HELP, type QueryOptions, readQueryFlags, readQueryOptions } from './query-options.ts';
import { readRows, type Spent } from './read-rows.ts';
import { formatOf, type RowFormat } from './row-formats.ts';
import { scanWarning } from './scan-warning.ts';

const describe = async (client: DynamoDBClient, { table }: QueryOptions): Promise<TableDescription> =>
  (await client.send(new DescribeTableCommand({ TableName: table }))).Table ?? {};

/** Prints the rows as they are read, no faster than the output takes them. @param onRow called before the heading and before each of them */
const print = async (
  rows: ReturnType<typeof readRows>,
  { format, output, onRow }: { format: RowFormat; output: Writable; onRow: () => void },
): Promise<void> => {
  const lines = async function* (): AsyncGenerator<string> {
    let next = await rows.next();
    onRow();
    // Where no row can be read there is no table to begin.
    if (format.heading !== '') yield format.heading;
    for (; !next.done; next = await rows.next()) {
      onRow();
      yield format.row(next.value);
    }
  };
  let isUnwritable = false;
  output.once('error', () => {
    isUnwritable = true;
  });
  try {
    await pipeline(Readable.from(lines()), output, { end: false });
  } catch (error) {
    // A reader such as head has seen enough, and of a full disk the command tells by itself.
    if (!isUnwritable) throw error;
  }
};

const query = async (
  client: DynamoDBClient,
  options: QueryOptions,
  { env, stdout, stderr, clocks: { clock, calendar } = systemClocks }: Call,
): Promise<void> => {
  const { selection, table, format, limit = Number.POSITIVE_INFINITY } = options;
  const description = selection.username === undefined ? await describe(client, options) : undefined;
  const path: AccessPath = accessPathTo(selection, description);
  if (path.kind === 'scan') for (const line of scanWarning(options, description ?? {})) stderr.write(`${line}\n`);
  const spent: Spent = { rows: 0, scanned: 0, units: 0 };
  const isOnTerminal = isTerminal(stdout, env);
  const progress = progressOn(stderr, calendar, { env, isQuietInLog: true });
  const total = path.kind === 'scan' ? description?.ItemCount || undefined : undefined;
  const step = beginStep('reading', clock, { unit: 'row', total });
  const line = (): string => {
    step.done = spent.scanned;
    return `${step.line()}, ${number(spent.rows)} found`;
  };
  const rows = readRows(client, table, { path, limit, spent, clock, onPage: () => progress.show(line) });
  // On a terminal that shows rows and progress, the line gives way to each row.
  const onRow = isOnTerminal ? progress.end : () => {};
  const columns = isOnTerminal ? columnsOf(stdout) : undefined;
  await print(rows, { format: formatOf(format, columns, selection.username !== undefined), output: stdout, onRow });
  progress.end();
  stderr.write(`${count(spent.rows, 'row')} for ${count(spent.units, 'read unit')}.\n`);
};

const main = async (call: Call): Promise<number> => {
  const { argv, env, clocks = systemClocks } = call;
  forgetKeysOfDotEnv(call);
  const flags = readQueryFlags(argv, env);
  const read = (outputs?: QueryOutputs) => readQueryOptions(flags, env, clocks.calendar.now(), outputs);
  const options = read(await outputsOf(queryOutputs, flags, env, read));
  const { table, region, endpoint, credentials } = options;
  const client = awsClient(DynamoDBClient, { region, ...defined({ endpoint, credentials }) });
  try {
    await query(client, options, call);
    return EXIT.ok;
  } catch (error) {
    const permissions = 'dynamodb:Query, dynamodb:Scan and dynamodb:DescribeTable';
    const store = { name: `the table "${table}"`, permissions, where: endpoint ?? region };
    throw new UserError(explainStore(error as Error, store), { cause: error });
  } finally {
    client.destroy();
  }
};

export default command(main, 'npm run query -- --help', QUERY_HELP, import.meta.url);
