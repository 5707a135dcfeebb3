import { LOCAL } from '../../aws/local-stack.ts';
import type { Environment } from '../../cli/environment.ts';
import {
  readCount,
  readFlags,
  readTime,
  readWhole,
  readWithin,
  refuseBoth,
  switches,
  values,
} from '../../cli/flags.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { defined } from '../../core/defined.ts';
import type { Rollup } from '../../core/processor.ts';
import type { Retention } from '../../core/rollups/verify.ts';
import { readProcessor } from '../../processors/index.ts';
import type { RollupsOutputs } from '../outputs.ts';
import { isUnread, readTablesPlace, type TablesPlace } from '../place.ts';
import type { Range } from './windows.ts';

export const ROLLUPS_HELP = `Shows the rollups of a stack, compares them with their table, and makes them anew.

  npm run rollups -- --stack NAME [options]
  npm run rollups -- --local [options]

Without --name it lists the rollups of the stack's processor; --json and --csv print the figures of all of them.

Which figures
  --name NAME          this rollup: its groups with most rows, as bars
  --since TIME         only windows from then on: 1h, 30m, 7d, or 2026-11-20T12:00:00Z
                       [default: an hour of minutes, a day of hours, 30 days of days]
  --until TIME         only windows that begin before then                       [default: now]
  --top N              at most N groups                 [default 10; all of them with --json and --csv]
  --value NAME         the groups with the largest sum of this number

Whether they are right
  --verify             computes every rollup from EventData again, and names what differs
                       With --name only this rollup, with --since only windows from then on.
  --patience S         seconds for which groups that differ are compared again   [default 60],
                       or for which a rebuild waits for the function, or for EventData  [default 600]
  --rebuild            makes every rollup anew from EventData, while events go on coming. It writes each row once, so that
                       the change stream has it. It may be killed; started again, it goes on. It raises counts; a group
                       whose count would fall stays as it is, and is named.
  --lower              lets a rebuild lower counts too: right where rows were counted twice. Where rows have expired, also
                       under an earlier RetentionDays, it takes them out of the rollups.
  --settle S           seconds that a deletion may take to reach the function                   [default: the
                       stack's RollupsBatchingWindowInSeconds, or 1, and 10 more]
  --restart            gives up a rebuild that was killed, and begins anew

Where they are
  --stack NAME         the outputs of this stack name the tables and the processor
  --local              the stack of npm run local, on its usual port
  --region NAME        the region                                [AWS_REGION]
  --table NAME         the table of rollups
  --event-data NAME    the table of events
  --processor NAME     the processor that defines them           [default: the stack's, or default]
  --retention-days N   days for which EventData keeps a row; 0 is for ever       [default: the stack's]
  --rollups-retention-days N
                       days for which a rollup is kept after its window; 0 is for ever       [default: the stack's]
  --endpoint URL       a DynamoDB other than AWS's               [AWS_ENDPOINT_URL_DYNAMODB]

Output
  --json               one JSON object for each group and window, with every digit of its numbers
  --csv                CSV with a heading, a line for each group, window and number
  -h, --help           this text

npm writes its own lines before them, which npm run --silent rollups -- … leaves out: for a file, or another program.

It signs with your own AWS credentials, as the AWS CLI does. The keys in .env belong to the client user and are not used.
The exit code is 0, 1 after an error or where a rollup is not equal to its table, 2 if the command was called wrongly.
`;

const FLAGS = {
  ...values('stack', 'region', 'table', 'event-data', 'processor', 'endpoint'),
  ...values('retention-days', 'rollups-retention-days'),
  ...values('name', 'since', 'until', 'top', 'value', 'patience', 'settle'),
  ...switches('local', 'verify', 'rebuild', 'lower', 'restart', 'json', 'csv'),
};

export type RollupsFlags = ReturnType<typeof readFlags<typeof FLAGS>>;

/** What the command line says, before the stack's outputs are known. @throws {UsageError} */
export const readRollupsFlags = (argv: readonly string[], env: Environment): RollupsFlags =>
  readFlags(argv, FLAGS, env);

/** Where the rollups are, and what they are of. */
interface Place extends TablesPlace {
  /** The table of rollups. */
  table: string;
  eventData: string;
  retention: Retention;
}

export interface RollupsOptions extends Place {
  task: 'list' | 'show' | 'verify' | 'rebuild';
  /** The name of the processor. */
  processor: string;
  /** Those of the processor, or the one that is asked for. */
  rollups: readonly Rollup[];
  range: Range;
  top: number;
  value?: string;
  /** How long groups that differ are compared again, or a rebuild waits for the function. Milliseconds. */
  patienceMs: number;
  /** How long a rebuild waits for deletions that are under way. Milliseconds. */
  settleMs: number;
  /** Whether a rebuild may lower counts. */
  mayLower: boolean;
  /** Whether a rebuild that is on is given up. */
  restarts: boolean;
  format: 'text' | 'json' | 'csv';
}

/** What a change takes to reach the function at most besides the wait for a batch: a poll and the call before. Seconds. */
const SETTLE_S = 10;

/**
 * The options of the command: flags, then the stack's outputs or the local stack's names, then the environment.
 *
 * @param now the start of the run, milliseconds since 1970
 * @throws {UsageError} with every problem at once
 */
export const readRollupsOptions = (
  flags: RollupsFlags,
  env: Environment,
  now: number,
  outputs?: RollupsOutputs,
): RollupsOptions => {
  const problems: string[] = [];
  refuseMisfits(flags, problems);
  const place = readPlace(flags, env, problems, outputs);
  const { processor, rollups } = readRollups(flags, problems, outputs);
  const range = readRange(flags, now, problems);
  const topGroups = readCount('top', flags.top, problems);
  const patience = readWithin('patience', flags.patience, 0, 86_400, problems) ?? (flags.rebuild ? 600 : 60);
  const settle =
    readWithin('settle', flags.settle, 0, 86_400, problems) ?? SETTLE_S + (outputs?.batchingWindowInSeconds ?? 1);
  if (problems.length > 0 || !place) throw new UsageError(problems);
  const format = flags.json ? 'json' : flags.csv ? 'csv' : 'text';
  return {
    ...place,
    task: taskOf(flags, format),
    processor,
    rollups,
    // A person looks at the largest, and a program would not know what is missing.
    top: topGroups ?? (format === 'text' ? 10 : Number.POSITIVE_INFINITY),
    patienceMs: patience * 1_000,
    settleMs: settle * 1_000,
    mayLower: flags.lower ?? false,
    restarts: flags.restart ?? false,
    format,
    range,
    ...defined({ value: flags.value }),
  };
};

/** Adds to `problems` which flags do not go together, and which need another. */
const refuseMisfits = (flags: RollupsFlags, problems: string[]): void => {
  refuseBoth(flags, 'json', 'csv', problems);
  refuseBoth(flags, 'verify', 'rebuild', problems);
  for (const task of ['verify', 'rebuild'] as const)
    for (const name of ['until', 'top', 'value', 'csv'] as const) refuseBoth(flags, name, task, problems);
  if (flags.patience !== undefined && !flags.verify && !flags.rebuild)
    problems.push('--patience needs --verify or --rebuild');
  if (flags.rebuild && (flags.name !== undefined || flags.since !== undefined))
    problems.push('--rebuild makes all rollups anew; leave --name and --since out');
  for (const name of ['lower', 'restart', 'settle'] as const)
    if (flags[name] !== undefined && !flags.rebuild) problems.push(`--${name} needs --rebuild`);
  if (flags.value !== undefined && flags.name === undefined) problems.push('--value needs --name NAME');
};

const taskOf = ({ rebuild, verify, name }: RollupsFlags, format: RollupsOptions['format']): RollupsOptions['task'] => {
  if (rebuild) return 'rebuild';
  if (verify) return 'verify';
  return name === undefined && format === 'text' ? 'list' : 'show';
};

const readRange = (flags: RollupsFlags, now: number, problems: string[]): Range => {
  const since = readTime('since', flags.since, now, problems);
  const until = readTime('until', flags.until, now, problems);
  if (since !== undefined && until !== undefined && until <= since)
    problems.push(`--until is "${flags.until}"; expected a time after --since, which is "${flags.since}"`);
  if (since !== undefined && since > now && until === undefined && !flags.verify)
    problems.push(`--since is "${flags.since}", which is in the future; give --until too`);
  return defined({ since, until });
};

const readPlace = (
  flags: RollupsFlags,
  env: Environment,
  problems: string[],
  outputs: RollupsOutputs | undefined,
): Place | undefined => {
  const place = readTablesPlace(flags, env, problems, outputs);
  const local = flags.local ? LOCAL : undefined;
  const table = flags.table ?? outputs?.rollupsTable ?? local?.rollupsTable;
  const eventData = flags['event-data'] ?? outputs?.eventDataTable ?? local?.eventDataTable;
  if ((!table || !eventData) && !isUnread(flags, outputs))
    problems.push('no tables: give --stack NAME, --local, or --table NAME and --event-data NAME');
  const retention = readRetention(flags, problems, outputs);
  if (!table || !eventData || !place) return undefined;
  return { ...place, table, eventData, retention };
};

/** Nothing expires on this machine. Tables that are named without their stack may expire, and only the caller knows when. */
const readRetention = (flags: RollupsFlags, problems: string[], outputs: RollupsOutputs | undefined): Retention => {
  const isTold = flags.stack !== undefined || flags.local || flags['event-data'] === undefined;
  const read = (name: 'retention-days' | 'rollups-retention-days', ofStack: number | undefined) => {
    if ((flags.verify || flags.rebuild) && !isTold && flags[name] === undefined)
      problems.push(`--${name} is missing; without --stack or --local it must be said, and 0 is for ever`);
    return (readWhole(name, flags[name], 0, 9_999, problems) ?? ofStack) || undefined;
  };
  return defined({
    rowDays: read('retention-days', outputs?.retentionDays),
    partDays: read('rollups-retention-days', outputs?.rollupsRetentionDays),
  });
};

const readRollups = (
  flags: RollupsFlags,
  problems: string[],
  outputs: RollupsOutputs | undefined,
): Pick<RollupsOptions, 'processor' | 'rollups'> => {
  const processor = flags.processor ?? outputs?.processor ?? 'default';
  const isKnown = flags.processor !== undefined || !isUnread(flags, outputs);
  const found = isKnown ? readProcessor(processor, problems) : undefined;
  const all = found?.rollups ?? [];
  const rollups = flags.name === undefined ? all : all.filter(({ name }) => name === flags.name);
  const asked = flags.name === undefined ? 'rollups' : `rollup "${flags.name}"`;
  // A rebuild would write every row for nothing.
  if (found && rollups.length === 0 && (flags.name !== undefined || flags.verify || flags.rebuild))
    problems.push(
      `the processor "${processor}" has no ${asked}; expected ${all.map(({ name }) => name).join(', ') || 'a processor with rollups: --processor NAME'}`,
    );
  return { processor, rollups };
};
