import { kinesisClient, putRecordsTo } from '../aws/kinesis.ts';
import { openStack } from '../aws/open-stack.ts';
import { runCommand } from '../cli/command.ts';
import { EXIT } from '../cli/exit-code.ts';
import { type Interrupts, listenForInterrupts } from '../cli/interrupts.ts';
import { type Progress, progressOn } from '../cli/progress.ts';
import { RecentRate } from '../cli/recent-rate.ts';
import { paintFor } from '../cli/terminal.ts';
import { type Counts, type Delivered, deliver } from './delivery.ts';
import { type Report, reportOf } from './delivery-report.ts';
import { HELP } from './help.ts';
import { commandToDeliver } from './next-steps.ts';
import { progressLine } from './progress-line.ts';
import { readClientFlags, readSettings, type Settings } from './settings.ts';
import { tellOfTooLarge } from './too-large.ts';
import { warningsFor } from './warnings.ts';

/** How often the progress line is looked at where nothing happens: a standstill shows, too. Milliseconds. */
const HEARTBEAT_MS = 500;

const send = async (settings: Settings, progress: Progress, interrupts: Interrupts): Promise<Delivered> => {
  const client = kinesisClient(settings);
  const rate = new RecentRate(performance.now());
  let counts: Readonly<Counts> | undefined;
  const show = (): void =>
    progress.show(() =>
      counts ? progressLine(counts, rate.perSecond(counts.sent, performance.now())) : 'waiting for the first event',
    );
  // Not with every event: that many looks at the clock cost more than the rate is worth.
  const heartbeat = setInterval(() => {
    rate.add(counts?.sent ?? 0, performance.now());
    show();
  }, HEARTBEAT_MS);
  try {
    return await deliver({
      settings,
      putRecords: putRecordsTo(client, settings.stream),
      drain: interrupts.drain,
      stop: interrupts.stop,
      onOutcome: tellOfTooLarge(progress.say, () => (counts?.spooled === counts?.failed ? counts?.spool : undefined)),
      onNote: ({ kind, message }) => {
        if (kind !== 'notice' && kind !== 'repeat') progress.say(message);
      },
      onProgress: (now) => {
        counts = now;
        show();
      },
    });
  } finally {
    clearInterval(heartbeat);
    progress.end();
    client.destroy();
  }
};

const print = ({ lines, problems, json }: Report, isJson: boolean): void => {
  const output = isJson ? process.stderr : process.stdout;
  const [headline = '', ...others] = lines;
  const paint = paintFor(output, process.env);
  for (const line of [paint(problems.length > 0 ? 'bad' : 'good', headline), ...others]) output.write(`${line}\n`);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (isJson) process.stdout.write(`${JSON.stringify(json)}\n`);
};

const main = async (argv: readonly string[]): Promise<number> => {
  if (argv[0] === 'doctor') {
    const { doctor } = await import('./doctor/doctor.ts');
    return doctor(argv.slice(1));
  }
  const flags = readClientFlags(argv);
  if (flags.help) {
    process.stdout.write(HELP);
    return EXIT.delivered;
  }
  const settings = readSettings(flags, process.env, await openStack(flags, process.env));
  const progress = progressOn(process.stderr, Date.now, { env: process.env, hasTimes: true });
  for (const warning of warningsFor(settings)) progress.say(warning);
  const interrupts = listenForInterrupts(progress.say);
  try {
    const delivered = await send(settings, progress, interrupts);
    const report = reportOf(delivered, settings, interrupts.drain.aborted, commandToDeliver(flags));
    print(report, settings.json);
    return report.exitCode;
  } finally {
    // Only now, so that one more Ctrl-C does not cost the report.
    interrupts.dispose();
  }
};

await runCommand(main, 'npm run client -- --help');
