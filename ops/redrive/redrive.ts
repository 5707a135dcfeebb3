import { awsClient } from '../../aws/client.ts';
import { forgetKeysOfDotEnv } from '../../aws/credentials.ts';
import { readRegion } from '../../aws/endpoint.ts';
import type { RedriveOutputs } from '../../aws/stack-outputs.ts';
import { systemClocks } from '../../aws/system-clock.ts';
import { type Call, command } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit-code.ts';
import { defined } from '../../core/defined.ts';
import { printable } from '../../core/printable.ts';
import { explainOutputs } from './explain-store.ts';
import { REDRIVE_HELP, type RedriveFlags, readRedriveFlags } from './redrive-flags.ts';
import { readRedriveSettings } from './redrive-settings.ts';
import { runRedrive } from './run-redrive.ts';

/** The stack's outputs, read with the operator's own credentials. */
const outputsOf = async ({ stack, ...flags }: RedriveFlags, { env }: Call): Promise<RedriveOutputs | undefined> => {
  if (stack === undefined) return undefined;
  const region = readRegion(flags, env);
  const { CloudFormationClient } = await import('@aws-sdk/client-cloudformation');
  const { readRedriveOutputs } = await import('../../aws/stack-outputs.ts');
  const client = awsClient(CloudFormationClient, defined({ region }));
  return readRedriveOutputs(stack, client).catch((error: Error) => {
    throw new Error(explainOutputs(error, stack, region), { cause: error });
  });
};

const main = async (call: Call): Promise<number> => {
  const { argv, env, stdout, stderr, signals, clocks = systemClocks } = call;
  forgetKeysOfDotEnv(call);
  const flags = readRedriveFlags(argv, env);
  const isAsked = flags.stack !== undefined && !flags.local;
  const outputs = isAsked ? await outputsOf(flags, call) : undefined;
  const settings = readRedriveSettings(flags, env, clocks.calendar.now(), outputs);
  const { lines, errors, json, isDone } = await runRedrive(settings, { ...clocks, env, stderr, signals });
  const output = settings.json ? stderr : stdout;
  // Names, reasons and details are strangers' data. In JSON, too, only texts hold what is escaped.
  for (const line of lines) output.write(`${printable(line)}\n`);
  for (const error of errors) stderr.write(`error: ${printable(error)}\n`);
  if (settings.json) stdout.write(`${printable(JSON.stringify(json))}\n`);
  return isDone ? EXIT.delivered : EXIT.error;
};

export default command(main, 'npm run redrive -- --help', REDRIVE_HELP);
