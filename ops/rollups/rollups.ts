import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { awsClient } from '../../aws/client.ts';
import { systemClocks } from '../../aws/command-clocks.ts';
import { forgetKeysOfDotEnv } from '../../aws/credentials.ts';
import { type Call, type Clocks, command } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit-code.ts';
import { listenForInterrupts } from '../../cli/interrupts.ts';
import { beginStep, progressOn } from '../../cli/progress.ts';
import { columnsOf, isTerminal } from '../../cli/terminal.ts';
import { UserError } from '../../cli/user-error.ts';
import { defined } from '../../core/defined.ts';
import { printable } from '../../core/printable.ts';
import { explainStore } from '../explain-store.ts';
import { type RollupsOutputs, rollupsOutputs } from '../outputs.ts';
import { outputsOf } from '../place.ts';
import { list } from './list.ts';
import { viewOfWindows } from './read-parts.ts';
import { rebuild } from './rebuild.ts';
import { RebuildTables } from './rebuild-tables.ts';
import { rebuildText, verificationText } from './report.ts';
import { ROLLUPS_HELP, type RollupsOptions, readRollupsFlags, readRollupsOptions } from './rollups-options.ts';
import { RollupsProgress, sizesOf } from './rollups-progress.ts';
import { refuseUnknownValue, type Shown, toBars, toCsv, toJsonLines } from './show.ts';
import { readersOf, verifyRollups } from './verify-rollups.ts';
import { lessThanAll, lookFurther, windowsOf } from './windows.ts';

type Task = (client: DynamoDBClient, options: RollupsOptions, call: Call & { clocks: Clocks }) => Promise<number>;

const show: Task = async (client, options, { env, stdout, stderr, clocks }) => {
  const { table, rollups, range, retention, top, value, format } = options;
  const now = clocks.calendar.now();
  const all: Shown[] = [];
  const progress = progressOn(stderr, clocks.calendar, { env, isQuietInLog: true });
  for (const rollup of rollups) {
    const windows = windowsOf(rollup, now, range);
    const step = beginStep(`reading "${rollup.name}"`, clocks.clock, { unit: 'window', total: windows.length });
    const onWindow = (): void => {
      step.done += 1;
    };
    const view = await progress.during(step.line, () =>
      viewOfWindows(client, table, new Map([[rollup, windows]]), { now, onWindow }),
    );
    all.push({ rollup, windows, view, top, ...defined({ value }) });
  }
  for (const shown of all) refuseUnknownValue(shown);
  const isOnTerminal = isTerminal(stdout, env);
  const groups = all.flatMap(({ view }) => [...view.groups()]).filter(({ totals }) => totals.count !== 0);
  const windowsWithRows = groups.map(({ key }) => key.window);
  const hints = [
    ...(groups.length === 0 ? lookFurther(rollups, range) : []),
    ...lessThanAll(windowsWithRows, retention, now),
  ].map((line) => `${line}\n`);
  const text = (): string => [...all.map((shown) => toBars(shown, columnsOf(stdout))), ...hints].join('');
  // What another program reads has no room for them.
  if (format !== 'text') for (const hint of hints) stderr.write(hint);
  stdout.write(
    format === 'json' ? all.map(toJsonLines).join('') : format === 'csv' ? toCsv(all, isOnTerminal) : text(),
  );
  return EXIT.ok;
};

const listAll: Task = async (client, options, { stdout, clocks }) => {
  const lines = await list(client, options, clocks.calendar.now());
  stdout.write(
    options.rollups.length > 0
      ? `${lines.join('\n')}\n`
      : `The processor "${options.processor}" has no rollups. docs/processors.md says how to define one.\n`,
  );
  return EXIT.ok;
};

const verify: Task = async (client, options, { env, stdout, stderr, clocks: { clock, calendar } }) => {
  const { retention, patienceMs } = options;
  const { line, onItems, onVerifyStep } = new RollupsProgress(await sizesOf(client, options), clock);
  const checked = await progressOn(stderr, calendar, { env }).during(line, () =>
    verifyRollups(readersOf(client, options, onItems), {
      clock,
      calendar,
      retention,
      patienceMs,
      onStep: onVerifyStep,
    }),
  );
  stdout.write(options.format === 'json' ? `${printable(JSON.stringify(checked))}\n` : verificationText(checked));
  return checked.differences.length + checked.changing.length > 0 ? EXIT.error : EXIT.ok;
};

/** A rebuild, and the verification that it is right. */
const makeAnew: Task = async (client, options, call) => {
  const {
    env,
    stderr,
    clocks: { clock, calendar },
  } = call;
  const { table, eventData, region, endpoint, credentials, rollups, retention } = options;
  const { patienceMs, settleMs } = options;
  const once = awsClient(DynamoDBClient, { region, maxAttempts: 1, ...defined({ endpoint, credentials }) });
  const place = { client, once, table, eventData, rollups, retention, now: calendar.now };
  const { line, onItems, onVerifyStep, onRebuildStep } = new RollupsProgress(await sizesOf(client, options), clock);
  /** The rollups that refuse rows. They may have counted these before their processor changed, so they are not lowered. */
  const refusing = async (): Promise<string[]> => {
    onVerifyStep({ reads: 'rows' });
    const rows = await readersOf(client, options, onItems).rows([]);
    return rows.refused().map(({ rollup }) => rollup);
  };
  try {
    if (options.restarts) await new RebuildTables(place).giveUp();
    const done = await progressOn(stderr, calendar, { env }).during(line, async () => {
      const left = options.mayLower ? await refusing() : [];
      const mayLower = (rollup: string): boolean => options.mayLower && !left.includes(rollup);
      return unlessStopped(rebuild(place, { clock, patienceMs, settleMs, mayLower, onStep: onRebuildStep }), call);
    });
    stderr.write(rebuildText(done));
  } finally {
    once.destroy();
  }
  return verify(client, { ...options, patienceMs: VERIFY_MS }, call);
};

/** A signal ends a rebuild as it ends any command, but not without a word: it stays on, which costs something. */
const unlessStopped = async <T>(work: Promise<T>, { signals, clocks }: Call & { clocks: Clocks }): Promise<T> => {
  const { drain, dispose } = listenForInterrupts(() => {}, clocks.clock, signals);
  const stopped = new Promise<never>((_, reject) => {
    drain.addEventListener('abort', () =>
      reject(
        new UserError(
          'stopped. The rebuild stays on, and the function notes what changes: start this again, and it goes on. docs/operations.md says how to end it instead',
        ),
      ),
    );
  });
  return Promise.race([work, stopped]).finally(dispose);
};

/** How long a rebuild that is done waits for groups that differ still. */
const VERIFY_MS = 60_000;

/**
 * How often a call is made where tables are read whole: for about a minute. They are throttled now and then, and the few tries that the SDK
 * has by itself would end hours of reading.
 */
const ATTEMPTS = 10;

const TASKS = { list: listAll, show, verify, rebuild: makeAnew } satisfies Record<RollupsOptions['task'], Task>;

const main = async (call: Call): Promise<number> => {
  const { argv, env, clocks = systemClocks } = call;
  forgetKeysOfDotEnv(call);
  const flags = readRollupsFlags(argv, env);
  const read = (outputs?: RollupsOutputs) => readRollupsOptions(flags, env, clocks.calendar.now(), outputs);
  const options = read(await outputsOf(rollupsOutputs, flags, env, read));
  const { table, eventData, region, endpoint, credentials } = options;
  const maxAttempts = options.task === 'verify' || options.task === 'rebuild' ? ATTEMPTS : undefined;
  const client = awsClient(DynamoDBClient, { region, ...defined({ maxAttempts, endpoint, credentials }) });
  try {
    return await TASKS[options.task](client, options, { ...call, clocks });
  } catch (error) {
    if (error instanceof UserError) throw error;
    const permissions =
      'dynamodb:Query and dynamodb:Scan, and for --rebuild also dynamodb:GetItem, dynamodb:PutItem, dynamodb:DeleteItem and dynamodb:UpdateItem';
    const store = { name: `the table "${table}" or "${eventData}"`, permissions, where: endpoint ?? region };
    throw new UserError(explainStore(error as Error, store), { cause: error });
  } finally {
    client.destroy();
  }
};

export default command(main, 'npm run rollups -- --help', ROLLUPS_HELP, import.meta.url);
