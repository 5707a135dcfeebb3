import { systemClocks } from '../../aws/command-clocks.ts';
import { httpsAgent } from '../../aws/https-agent.ts';
import { kinesisClient } from '../../aws/kinesis.ts';
import { LOCAL_REGION } from '../../aws/local-stack.ts';
import { openStack } from '../../aws/open-stack.ts';
import type { StackOutputs } from '../../aws/stack-outputs.ts';
import type { Call } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit-code.ts';
import { count } from '../../cli/numbers.ts';
import type { Variables } from '../../cli/setting.ts';
import { printableLines } from '../../cli/shown.ts';
import { type Paint, paintFor } from '../../cli/terminal.ts';
import { defined } from '../../core/defined.ts';
import { type ClientFlags, findSettings, readClientFlags } from '../settings.ts';
import { openSource } from '../sources/open.ts';
import { type Check, type Checked, type Finding, runChecks, type StackFound, type Subject } from './check.ts';
import { checkpointCheck, diskCheck, spoolCheck } from './kept-checks.ts';
import { clockCheck, streamCheck } from './kinesis-checks.ts';
import { kinesisProbe } from './kinesis-probe.ts';
import { credentialsCheck, proxyCheck, regionCheck, settingsCheck, stackCheck } from './settings-checks.ts';
import { sourceCheck } from './source-checks.ts';

/** In their order: the check of the clock needs the answer of the stream. */
export const CHECKS: readonly Check[] = [
  settingsCheck,
  proxyCheck,
  stackCheck,
  regionCheck,
  credentialsCheck,
  streamCheck,
  clockCheck,
  sourceCheck,
  spoolCheck,
  checkpointCheck,
  diskCheck,
];

/**
 * Checks everything that the client needs, with the same options, and prints what it finds. It sends no event.
 *
 * @param call its arguments are the options after `doctor`
 * @returns the exit code: 0 if all is well, 1 if a check failed
 * @throws {UsageError} for unknown options
 */
export const doctor = async (call: Call): Promise<number> => {
  const { argv, env, stdout, stderr, clocks: { clock, calendar } = systemClocks } = call;
  const flags = readClientFlags(argv, env);
  const subject = await findSubject(flags, call, () => openStack(flags, env));
  const { region, endpoint, signer } = subject;
  const client = kinesisClient({
    // The credentials are looked for without a region too; Kinesis is asked nothing then.
    region: region?.value ?? LOCAL_REGION,
    ...defined({ endpoint: endpoint?.value, credentials: signer.value.keys }),
  });
  const output = flags.json ? stderr : stdout;
  const paint = paintFor(output, env);
  const tools = { kinesis: kinesisProbe(client, calendar), openSource, agent: httpsAgent(env), clock, calendar };
  const all = await runChecks(CHECKS, subject, tools, (checked) => {
    for (const line of linesOf(checked, paint)) output.write(`${line}\n`);
  });
  client.destroy();
  output.write(`${conclusionOf(all, paint)}\n`);
  if (flags.json) stdout.write(`${printableLines(JSON.stringify(jsonOf(all)))}\n`);
  return all.some(({ status }) => status === 'failed') ? EXIT.error : EXIT.ok;
};

/** @param openStack reads the outputs of the stack that the flags name; throws what is wrong with it */
export const findSubject = async (
  flags: ClientFlags,
  variables: Variables,
  openStack: () => Promise<StackOutputs | undefined>,
): Promise<Subject> => {
  const { stack: name } = flags;
  if (name === undefined || flags.local) return findSettings(flags, variables);
  const stack: StackFound = await openStack().then(
    (outputs) => ({ name, outputs: outputs! }),
    (error: Error) => ({ name, error: error.message }),
  );
  return { ...findSettings(flags, variables, 'outputs' in stack ? stack.outputs : undefined), stack };
};

const MEANING = { ok: 'good', failed: 'bad', skipped: 'minor' } as const satisfies Record<Finding['status'], string>;

/** The longest status, and the longest name of a check. */
const WIDTH = { status: 7, name: 11 };

/** A line for each message of a check. */
export const linesOf = ({ name, status, messages }: Checked, paint: Paint): string[] =>
  messages.map((message, index) => {
    const [shownStatus, shownName] = index === 0 ? [status, name] : ['', ''];
    const start = `${paint(MEANING[status], shownStatus.padEnd(WIDTH.status))}  ${shownName.padEnd(WIDTH.name)}`;
    return `${start}  ${printableLines(message)}`;
  });

/** The last line: how many of all checks failed. */
export const conclusionOf = (all: readonly Checked[], paint: Paint): string => {
  const bad = all.filter(({ status }) => status === 'failed').length;
  if (bad === 0) return paint('good', 'All is well.');
  return paint('bad', `${bad} of ${count(all.length, 'check')} failed.`);
};

/** The findings for a machine. */
export const jsonOf = (all: readonly Checked[]): object => ({
  ok: all.every(({ status }) => status !== 'failed'),
  checks: all,
});
