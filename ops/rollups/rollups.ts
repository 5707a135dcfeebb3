import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { awsClient } from '../../aws/client.ts';
import { readRegion } from '../../aws/endpoint.ts';
import type { RollupsOutputs } from '../../aws/stack-outputs.ts';
import { monotonicClock, systemClock } from '../../aws/system-clock.ts';
import { type Call, command } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit-code.ts';
import { count } from '../../cli/numbers.ts';
import { progressOn } from '../../cli/progress.ts';
import { isTerminal } from '../../cli/terminal.ts';
import { UserError } from '../../cli/user-error.ts';
import { defined } from '../../core/defined.ts';
import { explainOutputs, explainStore } from '../redrive/explain-store.ts';
import { list } from './list.ts';
import { viewOfWindows } from './read-parts.ts';
import { rebuild } from './rebuild.ts';
import { RebuildTables } from './rebuild-tables.ts';
import {
  ROLLUPS_HELP,
  type RollupsFlags,
  type RollupsOptions,
  readRollupsFlags,
  readRollupsOptions,
} from './rollups-options.ts';
import { RollupsProgress, sizesOf } from './rollups-progress.ts';
import { toBars, toCsv, toJsonLines } from './show.ts';
import { readersOf, verificationText, verifyRollups } from './verify-rollups.ts';
import { windowsOf } from './windows.ts';

/** The stack's outputs, read with the operator's own credentials. */
const outputsOf = async ({ stack, ...flags }: RollupsFlags): Promise<RollupsOutputs | undefined> => {
  if (stack === undefined || flags.local) return undefined;
  const region = readRegion(flags, process.env);
  const { CloudFormationClient } = await import('@aws-sdk/client-cloudformation');
  const { readRollupsOutputs } = await import('../../aws/stack-outputs.ts');
  const client = awsClient(CloudFormationClient, defined({ region }));
  return readRollupsOutputs(stack, client).catch((error: Error) => {
    throw new UserError(explainOutputs(error, stack, region), { cause: error });
  });
};

const show = async (client: DynamoDBClient, options: RollupsOptions): Promise<string> => {
  const { table, rollups, since, top, value, format } = options;
  const rollup = rollups[0]!;
  const windows = windowsOf(rollup, systemClock.now(), since);
  const view = await viewOfWindows(client, table, new Map([[rollup, windows]]));
  const shown = { rollup, windows, view, top, ...defined({ value }) };
  if (format === 'json') return toJsonLines(shown);
  if (format === 'csv') return toCsv(shown);
  return toBars(shown, isTerminal(process.stdout, process.env) ? (process.stdout.columns ?? 80) : 80);
};

const run = async (client: DynamoDBClient, options: RollupsOptions): Promise<number> => {
  if (options.task === 'verify') return verify(client, options);
  if (options.task === 'rebuild') return makeAnew(client, options);
  if (options.task === 'show') process.stdout.write(await show(client, options));
  if (options.task === 'list') {
    const lines = await list(client, options, systemClock.now());
    process.stdout.write(
      options.rollups.length > 0
        ? `${lines.join('\n')}\n`
        : `The processor "${options.processor}" has no rollups. docs/processors.md says how to define one.\n`,
    );
  }
  return EXIT.delivered;
};

const verify = async (client: DynamoDBClient, options: RollupsOptions): Promise<number> => {
  const { retentionDays, patienceMs } = options;
  const { line, onItems, onVerifyStep } = new RollupsProgress(await sizesOf(client, options), monotonicClock);
  const checked = await progressOn(process.stderr, systemClock).during(line, () =>
    verifyRollups(readersOf(client, options, onItems), {
      clock: systemClock,
      patienceMs,
      ...defined({ retentionDays }),
      onStep: onVerifyStep,
    }),
  );
  process.stdout.write(options.format === 'json' ? `${JSON.stringify(checked)}\n` : verificationText(checked));
  return checked.differences.length + checked.changing.length > 0 ? EXIT.error : EXIT.delivered;
};

/** A rebuild, and the verification that it is right. */
const makeAnew = async (client: DynamoDBClient, options: RollupsOptions): Promise<number> => {
  const { table, eventData, region, endpoint, credentials, rollups, retentionDays, patienceMs, settleMs } = options;
  const once = awsClient(DynamoDBClient, { region, maxAttempts: 1, ...defined({ endpoint, credentials }) });
  const tables = new RebuildTables({
    ...{ client, once, table, eventData, rollups, now: systemClock.now },
    ...defined({ retentionDays }),
  });
  const { line, onRebuildStep } = new RollupsProgress(await sizesOf(client, options), monotonicClock);
  try {
    if (options.restarts) await tables.giveUp();
    const { rows, corrected } = await progressOn(process.stderr, systemClock).during(line, () =>
      rebuild(tables, { clock: systemClock, patienceMs, settleMs, onStep: onRebuildStep }),
    );
    process.stderr.write(`${count(rows, 'row')} read, ${count(corrected, 'group')} corrected.\n`);
  } finally {
    once.destroy();
  }
  return verify(client, { ...options, patienceMs: VERIFY_MS });
};

/** How long a rebuild that is done waits for groups that differ still. */
const VERIFY_MS = 60_000;

/** The keys in .env are usually the client user's, which may only put events. */
const KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

const main = async ({ argv, dotEnv }: Call): Promise<number> => {
  for (const name of KEYS) if (dotEnv.has(name)) delete process.env[name];
  const flags = readRollupsFlags(argv);
  if (flags.help) {
    process.stdout.write(ROLLUPS_HELP);
    return EXIT.delivered;
  }
  const options = readRollupsOptions(flags, process.env, systemClock.now(), await outputsOf(flags));
  const { table, eventData, region, endpoint, credentials } = options;
  const client = awsClient(DynamoDBClient, { region, ...defined({ endpoint, credentials }) });
  try {
    return await run(client, options);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const permissions =
      'dynamodb:Query and dynamodb:Scan, and for --rebuild also dynamodb:PutItem, dynamodb:DeleteItem and dynamodb:UpdateItem';
    const store = { name: `the tables "${table}" and "${eventData}"`, permissions, where: endpoint ?? region };
    throw new UserError(explainStore(error as Error, store), { cause: error });
  } finally {
    client.destroy();
  }
};

export default command(main, 'npm run rollups -- --help');
