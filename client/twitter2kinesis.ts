import { runCommand } from './command.ts';
import { type Delivered, deliver, rateOf } from './delivery.ts';
import { explain, explainStack } from './explain.ts';
import { howToGoOn } from './go-on.ts';
import { HELP } from './help.ts';
import { kinesisClient, putRecordsTo } from './kinesis.ts';
import { count, number, progressOn } from './progress.ts';
import { type ClientFlags, readClientFlags, readRegion, readSettings, type Settings } from './settings.ts';
import { listenForInterrupts } from './signals.ts';
import type { StackOutputs } from './stack-outputs.ts';

/** The stack's outputs, with the credentials of whoever deployed it. */
const outputsOf = async ({ stack, ...flags }: ClientFlags): Promise<StackOutputs | undefined> => {
  if (stack === undefined) return undefined;
  const region = readRegion(flags, process.env);
  const { CloudFormationClient } = await import('@aws-sdk/client-cloudformation');
  const { SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const { readStackOutputs } = await import('./stack-outputs.ts');
  const config = region === undefined ? {} : { region };
  const clients = {
    cloudFormation: new CloudFormationClient(config),
    secretsManager: new SecretsManagerClient(config),
  };
  return readStackOutputs(stack, clients).catch((error: Error) => {
    throw new Error(explainStack(error, stack, region), { cause: error });
  });
};

const send = async (settings: Settings): Promise<Delivered> => {
  const progress = progressOn(process.stderr, Date.now);
  const interrupts = listenForInterrupts(progress.say);
  const client = kinesisClient(settings);
  const started = Date.now();
  try {
    return await deliver({
      settings,
      putRecords: putRecordsTo(client, settings.stream),
      drain: interrupts.drain,
      stop: interrupts.stop,
      onNote: ({ kind, message }) => {
        if (kind !== 'notice' && kind !== 'repeat') progress.say(message);
      },
      onProgress: ({ read, sent, failed }) =>
        progress.show(() => {
          const rate = number(Math.round(rateOf(sent, (Date.now() - started) / 1000)));
          return `${number(read)} read, ${number(sent)} sent${failed > 0 ? `, ${number(failed)} failed` : ''}, ${rate}/s`;
        }),
    });
  } finally {
    progress.end();
    interrupts.dispose();
    client.destroy();
  }
};

const report = (delivered: Delivered, settings: Settings): boolean => {
  const { read, sent, failed, spooled, notices, repeats, seconds, failures, error, resumedAt = 0 } = delivered;
  const eventsPerSecond = rateOf(sent, seconds);
  const say = (line: string) => (settings.json ? process.stderr : process.stdout).write(`${line}\n`);
  const dropped = [...(notices ? [count(notices, 'notice')] : []), ...(repeats ? [count(repeats, 'repeat')] : [])];
  const duration = `${seconds.toFixed(2)} s (${number(Math.round(eventsPerSecond))} events/s)`;
  say(`Sent ${number(sent)} of ${count(read, 'event')} to ${settings.stream} in ${duration}.`);
  if (dropped.length > 0) say(`Dropped, since they are no new events: ${dropped.join(', ')}.`);
  for (const { error: cause, events } of failures.values())
    process.stderr.write(`${count(events, 'event')} failed: ${explain(cause, settings)}\n`);
  if (error && !failures.has(error.name)) process.stderr.write(`error: ${explain(error, settings)}\n`);
  for (const line of howToGoOn(delivered, settings, 'npm run client --')) process.stderr.write(`${line}\n`);
  const isNothing = read === 0 && !error && settings.source !== 'twitter';
  if (isNothing && resumedAt > 0) say(`All of ${settings.file} had been delivered before.`);
  const isEmpty = isNothing && resumedAt === 0;
  if (isEmpty)
    process.stderr.write(
      `error: ${settings.file ?? 'standard input'} holds no events; expected one JSON event a line\n`,
    );
  if (settings.json) {
    const rounded = Math.round(seconds * 1000) / 1000;
    process.stdout.write(
      `${JSON.stringify({ read, sent, failed, spooled, notices, repeats, seconds: rounded, eventsPerSecond })}\n`,
    );
  }
  return failed === 0 && !error && !isEmpty;
};

const main = async (argv: readonly string[]): Promise<number> => {
  const flags = readClientFlags(argv);
  if (flags.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const settings = readSettings(flags, process.env, await outputsOf(flags));
  return report(await send(settings), settings) ? 0 : 1;
};

await runCommand(main, 'npm run client -- --help');
