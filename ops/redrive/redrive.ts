import { setTimeout as delay } from 'node:timers/promises';
import { readRegion } from '../../aws/endpoint.ts';
import { explainPlace } from '../../aws/explain.ts';
import { putRecordsTo } from '../../aws/kinesis.ts';
import type { RedriveOutputs } from '../../aws/stack-outputs.ts';
import { runCommand } from '../../cli/command.ts';
import { listenForInterrupts } from '../../cli/interrupts.ts';
import { number, rateOf } from '../../cli/numbers.ts';
import { progressOn } from '../../cli/progress.ts';
import type { Place } from './entry.ts';
import { REDRIVE_HELP } from './help.ts';
import { open } from './open.ts';
import { countPassedOver } from './passed-over.ts';
import { putBack } from './put-back.ts';
import { type Report, reportPutBack, reportSurvey } from './redrive-report.ts';
import { type RedriveFlags, type RedriveSettings, readRedriveFlags, readRedriveSettings } from './redrive-settings.ts';
import type { RetryPolicy } from './retry.ts';
import { survey } from './survey.ts';

/** Patience with a service that has never answered: long enough for a slow network, short for a wrong setting. */
const FIRST_PATIENCE_MS = 10_000;

/** Samples that a dry run shows of each reason. */
const SAMPLES = 3;

/** What the environment held before .env was read, in which the keys are those of the client user: they may put, and no more. */
const OWN_KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'].filter(
  (name) => process.env[name] !== undefined,
);

const forgetKeysOfDotEnv = (): void => {
  if (OWN_KEYS.length > 0) return;
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) delete process.env[name];
};

/** The stack's outputs, with the credentials of whoever runs this. */
const outputsOf = async ({ stack, ...flags }: RedriveFlags): Promise<RedriveOutputs | undefined> => {
  if (stack === undefined) return undefined;
  const region = readRegion(flags, process.env);
  const { CloudFormationClient } = await import('@aws-sdk/client-cloudformation');
  const { readRedriveOutputs } = await import('../../aws/stack-outputs.ts');
  const client = new CloudFormationClient(region === undefined ? {} : { region });
  return readRedriveOutputs(stack, client).catch((error: Error) => {
    throw new Error(explainStack(error, stack, region), { cause: error });
  });
};

const explainStack = (error: Error, stack: string, region: string | undefined): string => {
  if (error.name === 'StackError') return error.message;
  if (error.name === 'ValidationError' && /does not exist/.test(error.message))
    return `there is no stack "${stack}" in ${region ?? 'this region'}; check --stack and --region`;
  if (/region is missing/i.test(error.message)) return 'no region; give --region NAME or AWS_REGION';
  const permissions = 'cloudformation:DescribeStacks';
  return explainPlace(error, { name: `the stack "${stack}"`, permissions, where: region ?? 'AWS' });
};

/** @returns the report, and whether all that was asked for is done */
const redrive = async (settings: RedriveSettings): Promise<Report & { isDone: boolean }> => {
  const policy: RetryPolicy = {
    backoff: { baseMs: 50, capMs: 5_000 },
    patience: { firstMs: Math.min(FIRST_PATIENCE_MS, settings.patienceMs), ms: settings.patienceMs },
    random: Math.random,
    now: Date.now,
    sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
  };
  const { kinesis, places, close } = await open(settings, policy);
  const progress = progressOn(process.stderr, Date.now);
  const interrupts = listenForInterrupts(progress.say);
  const { passedOver, onPassedOver, onLimit } = countPassedOver(settings.selection);
  let problems = 0;
  const onProblem = (message: string): void => {
    problems += 1;
    progress.say(`error: ${message}`);
  };
  const choice = {
    places,
    selection: settings.selection,
    ...(settings.limit === undefined ? {} : { limit: settings.limit }),
    onBadEntry: ({ name }: Place, error: Error) => onProblem(`${error.message} (left in ${name})`),
    onBadPlace: (place: Place, error: Error) => onProblem(explainPlace(error, place)),
    onPassedOver,
    onLimit,
  };
  const { drain, stop } = interrupts;
  try {
    if (settings.dryRun) {
      let left = 0;
      const onBadEntry = (place: Place, error: Error): void => {
        left += 1;
        choice.onBadEntry(place, error);
      };
      const found = await survey({ ...choice, onBadEntry, signal: drain, samples: SAMPLES });
      return { ...reportSurvey(found, left, passedOver, settings), isDone: problems === 0 && !drain.aborted };
    }
    const started = Date.now();
    const done = await putBack({
      ...choice,
      producer: { ...policy, putRecords: putRecordsTo(kinesis, settings.stream) },
      ...(settings.rate === undefined ? {} : { rate: settings.rate }),
      drain,
      stop,
      onProgress: (counts) =>
        progress.show(() => {
          const sum = (of: 'putBack' | 'removed' | 'left') => number(counts.reduce((total, one) => total + one[of], 0));
          const events = counts.reduce((total, one) => total + one.putBack, 0);
          const rate = number(Math.round(rateOf(events, (Date.now() - started) / 1000)));
          return `${sum('putBack')} put back, ${sum('removed')} removed, ${sum('left')} left, ${rate}/s`;
        }),
    });
    const report = reportPutBack(done, places, passedOver, settings);
    return { ...report, isDone: problems === 0 && report.errors.length === 0 && !drain.aborted };
  } finally {
    progress.end();
    interrupts.dispose();
    close();
  }
};

const main = async (argv: readonly string[]): Promise<number> => {
  forgetKeysOfDotEnv();
  const flags = readRedriveFlags(argv);
  if (flags.help) {
    process.stdout.write(REDRIVE_HELP);
    return 0;
  }
  const now = Date.now();
  const isAsked = flags.stack !== undefined && !flags.local;
  const settings = readRedriveSettings(flags, process.env, now, isAsked ? await outputsOf(flags) : undefined);
  const { lines, errors, json, isDone } = await redrive(settings);
  const output = settings.json ? process.stderr : process.stdout;
  for (const line of lines) output.write(`${line}\n`);
  for (const error of errors) process.stderr.write(`error: ${error}\n`);
  if (settings.json) process.stdout.write(`${JSON.stringify(json)}\n`);
  return isDone ? 0 : 1;
};

await runCommand(main, 'npm run redrive -- --help');
