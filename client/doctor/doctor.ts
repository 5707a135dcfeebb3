import { globalAgent } from 'node:https';
import { kinesisClient } from '../../aws/kinesis.ts';
import { openStack } from '../../aws/open-stack.ts';
import { EXIT } from '../../cli/exit-code.ts';
import { paintFor } from '../../cli/terminal.ts';
import { HELP } from '../help.ts';
import { readClientFlags } from '../settings.ts';
import { openSource } from '../sources/open.ts';
import { CHECKS } from './checks.ts';
import { kinesisProbe } from './kinesis-probe.ts';
import { conclusionOf, jsonOf, linesOf } from './print.ts';
import { runChecks } from './run-checks.ts';
import { readSubject } from './subject.ts';

/**
 * Looks at all that the client needs, with the same options, and prints what it finds. It sends no event.
 *
 * @param argv the options behind `doctor`
 * @returns the exit code: 0 if all is well, 1 if a check failed
 * @throws {UsageError} for options that there are not
 */
export const doctor = async (argv: readonly string[]): Promise<number> => {
  const flags = readClientFlags(argv);
  if (flags.help) {
    process.stdout.write(HELP);
    return EXIT.delivered;
  }
  // Whose credentials are used a check says.
  const subject = await readSubject(flags, process.env, () => openStack(flags, process.env, () => {}));
  const { region, endpoint, credentials } = subject;
  const client = kinesisClient({
    // Credentials are found without a region, too; without one nothing is asked of Kinesis.
    region: region?.name ?? 'us-east-1',
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials.keys && { credentials: credentials.keys }),
  });
  const output = flags.json ? process.stderr : process.stdout;
  const paint = paintFor(output, process.env);
  const tools = {
    kinesis: kinesisProbe(client, Date.now),
    openSource,
    httpAgent: globalAgent,
    now: Date.now,
  };
  const all = await runChecks(CHECKS, subject, tools, (checked) => {
    for (const line of linesOf(checked, paint)) output.write(`${line}\n`);
  });
  client.destroy();
  output.write(`${conclusionOf(all, paint)}\n`);
  if (flags.json) process.stdout.write(`${JSON.stringify(jsonOf(all))}\n`);
  return all.some(({ status }) => status === 'failed') ? EXIT.error : EXIT.delivered;
};
