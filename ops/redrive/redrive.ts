import { systemClocks } from '../../aws/command-clocks.ts';
import { forgetKeysOfDotEnv } from '../../aws/credentials.ts';
import { type Call, command } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit-code.ts';
import { printable } from '../../core/printable.ts';
import { type RedriveOutputs, redriveOutputs } from '../outputs.ts';
import { outputsOf } from '../place.ts';
import { REDRIVE_HELP, readRedriveFlags } from './redrive-flags.ts';
import { readRedriveSettings } from './redrive-settings.ts';
import { runRedrive } from './run-redrive.ts';

const main = async (call: Call): Promise<number> => {
  const { argv, env, stdout, stderr, signals, clocks = systemClocks } = call;
  forgetKeysOfDotEnv(call);
  const flags = readRedriveFlags(argv, env);
  const read = (outputs?: RedriveOutputs) => readRedriveSettings(flags, env, clocks.calendar.now(), outputs);
  const settings = read(await outputsOf(redriveOutputs, flags, env, read));
  const { lines, errors, json, isDone } = await runRedrive(settings, { ...clocks, env, stderr, signals });
  const output = settings.json ? stderr : stdout;
  // Names, reasons and details are strangers' data. In JSON, too, only texts hold what is escaped.
  for (const line of lines) output.write(`${printable(line)}\n`);
  for (const error of errors) stderr.write(`error: ${printable(error)}\n`);
  if (settings.json) stdout.write(`${printable(JSON.stringify(json))}\n`);
  return isDone ? EXIT.ok : EXIT.error;
};

export default command(main, 'npm run redrive -- --help', REDRIVE_HELP, import.meta.url);
