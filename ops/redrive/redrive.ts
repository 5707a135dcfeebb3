import { awsClient } from '../../aws/client.ts';
import { readRegion } from '../../aws/endpoint.ts';
import type { RedriveOutputs } from '../../aws/stack-outputs.ts';
import { monotonicClock, systemClock } from '../../aws/system-clock.ts';
import { runCommand } from '../../cli/command.ts';
import { defined } from '../../core/defined.ts';
import { printable } from '../../core/printable.ts';
import { explainOutputs } from './explain-store.ts';
import { REDRIVE_HELP, type RedriveFlags, readRedriveFlags } from './redrive-flags.ts';
import { readRedriveSettings } from './redrive-settings.ts';
import { runRedrive } from './run-redrive.ts';

/** What the environment held before .env was read. The keys in .env belong to the client user, who may only put events. */
const OWN_KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'].filter(
  (name) => process.env[name] !== undefined,
);

const forgetKeysOfDotEnv = (): void => {
  if (OWN_KEYS.length > 0) return;
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) delete process.env[name];
};

/** The stack's outputs, read with the operator's own credentials. */
const outputsOf = async ({ stack, ...flags }: RedriveFlags): Promise<RedriveOutputs | undefined> => {
  if (stack === undefined) return undefined;
  const region = readRegion(flags, process.env);
  const { CloudFormationClient } = await import('@aws-sdk/client-cloudformation');
  const { readRedriveOutputs } = await import('../../aws/stack-outputs.ts');
  const client = awsClient(CloudFormationClient, defined({ region }));
  return readRedriveOutputs(stack, client).catch((error: Error) => {
    throw new Error(explainOutputs(error, stack, region), { cause: error });
  });
};

const main = async (argv: readonly string[]): Promise<number> => {
  forgetKeysOfDotEnv();
  const flags = readRedriveFlags(argv);
  if (flags.help) {
    process.stdout.write(REDRIVE_HELP);
    return 0;
  }
  const isAsked = flags.stack !== undefined && !flags.local;
  const outputs = isAsked ? await outputsOf(flags) : undefined;
  const settings = readRedriveSettings(flags, process.env, systemClock.now(), outputs);
  const { lines, errors, json, isDone } = await runRedrive(settings, {
    clock: monotonicClock,
    calendar: systemClock,
    stderr: process.stderr,
  });
  const output = settings.json ? process.stderr : process.stdout;
  // Names, reasons and details are strangers' data. In JSON, too, only texts hold what is escaped.
  for (const line of lines) output.write(`${printable(line)}\n`);
  for (const error of errors) process.stderr.write(`error: ${printable(error)}\n`);
  if (settings.json) process.stdout.write(`${printable(JSON.stringify(json))}\n`);
  return isDone ? 0 : 1;
};

await runCommand(main, 'npm run redrive -- --help');
