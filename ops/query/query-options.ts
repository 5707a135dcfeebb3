import { LOCAL } from '../../aws/local-stack.ts';
import type { Environment } from '../../cli/environment.ts';
import { readCount, readFlags, readPast, refuseBoth, switches, values } from '../../cli/flags.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { defined } from '../../core/defined.ts';
import type { QueryOutputs } from '../outputs.ts';
import { isUnread, readTablesPlace, type TablesPlace } from '../place.ts';
import type { Selection } from './access-path.ts';

export const QUERY_HELP = `Prints rows of EventData. It only reads.

  npm run query -- --stack NAME [options]
  npm run query -- --local [options]

Which rows
  --key USERNAME   those of one Username, in the order of their Ids
  --type TYPE      those of one type, in the order of their times; with --key, only these of its rows
                   It needs the index of the parameter TypeIndex. Without it the whole table is read.
  --since TIME     only rows since then: 1h, 30m, 7d, or 2026-11-20T12:00:00Z
  --limit N        at most N rows

Where they are
  --stack NAME     the outputs of this stack name the table
  --local          the stack of npm run local, on its usual port
  --region NAME    the region                                [AWS_REGION]
  --table NAME     the table
  --endpoint URL   a DynamoDB other than AWS's               [AWS_ENDPOINT_URL_DYNAMODB]

Output
  --json           one JSON object for each row, with every digit of its numbers; bytes are base64
  --csv            CSV with a heading. A text that a spreadsheet would run as a formula begins with an apostrophe
  -h, --help       this text

Rows go to standard output as they are read, everything else to standard error. npm writes its own lines before them, which
npm run --silent query -- … leaves out: for a file, or another program.
It signs with your own AWS credentials, as the AWS CLI does; the keys in .env belong to the client user and are not used.
The exit code is 0, 1 after an error, 2 if the command was called wrongly.
`;

const FLAGS = {
  ...values('stack', 'region', 'table', 'endpoint', 'key', 'type', 'since', 'limit'),
  ...switches('local', 'json', 'csv'),
};

export type QueryFlags = ReturnType<typeof readFlags<typeof FLAGS>>;

/** What the command line says, before the stack's outputs are known. @throws {UsageError} */
export const readQueryFlags = (argv: readonly string[], env: Environment): QueryFlags => readFlags(argv, FLAGS, env);

export interface QueryOptions extends TablesPlace {
  table: string;
  selection: Selection;
  /** Rows. */
  limit?: number;
  format: 'text' | 'json' | 'csv';
}

/**
 * The options of a query: flags, then the stack's outputs or the local stack's names, then the environment.
 *
 * @param now the start of the run, milliseconds since 1970
 * @throws {UsageError} with every problem at once
 */
export const readQueryOptions = (
  flags: QueryFlags,
  env: Environment,
  now: number,
  outputs?: QueryOutputs,
): QueryOptions => {
  const problems: string[] = [];
  const place = readTablesPlace(flags, env, problems, outputs);
  refuseBoth(flags, 'json', 'csv', problems);
  for (const name of ['key', 'type', 'table'] as const) if (flags[name] === '') problems.push(`--${name} is empty`);
  const table = flags.table ?? outputs?.eventDataTable ?? (flags.local ? LOCAL.eventDataTable : undefined);
  if (table === undefined && !isUnread(flags, outputs))
    problems.push('no table: give --stack NAME, --local or --table NAME');
  const since = readPast('since', flags.since, now, problems);
  const limit = readCount('limit', flags.limit, problems);
  if (problems.length > 0 || table === undefined || !place) throw new UsageError(problems);
  return {
    ...place,
    table,
    selection: defined({
      username: flags.key,
      type: flags.type,
      since: since === undefined ? undefined : new Date(since).toISOString(),
    }),
    format: flags.json ? 'json' : flags.csv ? 'csv' : 'text',
    ...defined({ limit }),
  };
};
