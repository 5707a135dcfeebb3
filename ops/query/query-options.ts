import type { Credentials } from '../../aws/credentials.ts';
import { isLoopback, readEndpoint, readRegion } from '../../aws/endpoint.ts';
import { LOCAL_PORTS, LOCAL_REGION, localCredentials } from '../../aws/local-stack.ts';
import type { QueryOutputs } from '../../aws/stack-outputs.ts';
import { type Environment, present } from '../../cli/environment.ts';
import { readCount, readFlags } from '../../cli/flags.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { defined } from '../../core/defined.ts';
import { readTime } from '../redrive/redrive-flags.ts';
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

Rows go to standard output as they are read, everything else to standard error. It signs with your own AWS credentials, as
the AWS CLI does; the keys in .env belong to the client user and are not used.
The exit code is 0, 1 after an error, 2 if the command was called wrongly.
`;

const FLAGS = {
  stack: { type: 'string' },
  local: { type: 'boolean' },
  region: { type: 'string' },
  table: { type: 'string' },
  endpoint: { type: 'string' },
  key: { type: 'string' },
  type: { type: 'string' },
  since: { type: 'string' },
  limit: { type: 'string' },
  json: { type: 'boolean' },
  csv: { type: 'boolean' },
} as const;

export type QueryFlags = ReturnType<typeof readFlags<typeof FLAGS>>;

/** What the command line says, before the stack's outputs are known. @throws {UsageError} */
export const readQueryFlags = (argv: readonly string[]): QueryFlags => readFlags(argv, FLAGS);

export interface QueryOptions {
  table: string;
  region: string;
  endpoint?: string;
  /** Those of a stack on this machine; at AWS the credential chain decides. */
  credentials?: Credentials;
  selection: Selection;
  /** Rows. */
  limit?: number;
  format: 'text' | 'json' | 'csv';
}

/** What `npm run local` uses. */
const LOCAL = { endpoint: `http://127.0.0.1:${LOCAL_PORTS.dynamoDb}`, table: 'local-EventData' };

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
  if (flags.stack !== undefined && flags.local)
    problems.push('--stack and --local exclude each other; give one of them');
  if (flags.json && flags.csv) problems.push('--json and --csv exclude each other; give one of them');
  for (const name of ['key', 'type', 'table'] as const) if (flags[name] === '') problems.push(`--${name} is empty`);
  const local = flags.local ? LOCAL : undefined;
  const endpoint = readEndpoint(
    flags.endpoint ?? local?.endpoint ?? present(env.AWS_ENDPOINT_URL_DYNAMODB) ?? present(env.AWS_ENDPOINT_URL),
    problems,
  );
  const isLocal = endpoint !== undefined && isLoopback(endpoint);
  const table = flags.table ?? outputs?.eventDataTable ?? local?.table;
  if (table === undefined) problems.push('no table: give --stack NAME, --local or --table NAME');
  const region = readRegion(flags, env) ?? outputs?.region ?? (isLocal ? LOCAL_REGION : undefined);
  if (region === undefined) problems.push('no region: give --region NAME or AWS_REGION');
  const since = readTime('since', flags.since, now, problems);
  const limit = readCount('limit', flags.limit, problems);
  if (problems.length > 0 || table === undefined || region === undefined) throw new UsageError(problems);
  return {
    table,
    region,
    selection: defined({
      username: flags.key,
      type: flags.type,
      since: since === undefined ? undefined : new Date(since).toISOString(),
    }),
    format: flags.json ? 'json' : flags.csv ? 'csv' : 'text',
    ...defined({ endpoint, credentials: isLocal ? localCredentials() : undefined, limit }),
  };
};
