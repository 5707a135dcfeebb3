import { systemClocks } from '../aws/command-clocks.ts';
import { httpsAgent } from '../aws/https-agent.ts';
import { kinesisClient, putRecordsTo } from '../aws/kinesis.ts';
import { openStack } from '../aws/open-stack.ts';
import { type Call, command } from '../cli/command.ts';
import { type Interrupts, listenForInterrupts } from '../cli/interrupts.ts';
import { type Progress, progressOn } from '../cli/progress.ts';
import { RecentRate } from '../cli/recent-rate.ts';
import { printableLines } from '../cli/shown.ts';
import { paintFor } from '../cli/terminal.ts';
import { UsageError } from '../cli/usage-error.ts';
import { accessTo, warningsFor } from './announcements.ts';
import { type Delivered, deliver } from './delivery.ts';
import { type Report, reportOf } from './delivery-report.ts';
import { HELP } from './help.ts';
import { commandToDeliver } from './next-steps.ts';
import { tellNotes, tellOfTooLarge, tellOfWaiting } from './notes.ts';
import { progressLine } from './progress-line.ts';
import { findSettings, readClientFlags, type Settings, toSettings } from './settings.ts';
import { problemsOfFile } from './sources/file/file.ts';
import type { Counts } from './tally.ts';

const send = async (
  settings: Settings,
  progress: Progress,
  interrupts: Interrupts,
  { env, stdin, clocks: { clock, calendar } = systemClocks }: Call,
): Promise<Delivered> => {
  const client = kinesisClient(settings);
  const started = clock.now();
  const rate = new RecentRate(started);
  const notes = tellNotes(progress.say, clock);
  let counts: Readonly<Counts> | undefined;
  const line = (): string => {
    const now = clock.now();
    return counts
      ? progressLine(counts, rate.perSecond(counts.sent, now), now - started, settings.max)
      : 'waiting for the first event';
  };
  try {
    return await progress.during(line, () =>
      deliver({
        settings,
        putRecords: putRecordsTo(client, settings.stream),
        agent: httpsAgent(env),
        stdin,
        clock,
        calendar,
        drain: interrupts.drain,
        stop: interrupts.stop,
        onOutcome: tellOfTooLarge(progress.say, () => (counts?.spooled === counts?.failed ? counts?.spool : undefined)),
        onNote: notes.note,
        onWaiting: tellOfWaiting(progress.say, () => counts?.sent ?? 0, settings),
        onProgress: (now) => {
          counts = now;
          progress.show(line);
        },
      }),
    );
  } finally {
    notes.end();
    progress.end();
    client.destroy();
  }
};

const print = (
  { lines, problems, json }: Report,
  isJson: boolean,
  { env, stdout, stderr }: Pick<Call, 'env' | 'stdout' | 'stderr'>,
): void => {
  const output = isJson ? stderr : stdout;
  const [headline = '', ...others] = lines;
  const paint = paintFor(output, env);
  output.write(`${paint(problems.length > 0 ? 'bad' : 'good', headline)}\n`);
  for (const line of others) output.write(`${line}\n`);
  for (const problem of problems) stderr.write(`${printableLines(problem)}\n`);
  if (isJson) stdout.write(`${printableLines(JSON.stringify(json))}\n`);
};

const main = async (call: Call): Promise<number> => {
  const { argv, env, stderr, signals, clocks: { clock, calendar } = systemClocks } = call;
  if (argv[0] === 'doctor') {
    const { doctor } = await import('./doctor/doctor.ts');
    return doctor({ ...call, argv: argv.slice(1) });
  }
  const flags = readClientFlags(argv, env);
  // What is wrong with the call shows before the stack is asked, which may not answer.
  const { problems, source: asked } = findSettings(flags, call);
  const ofFile = asked.source === 'file' && asked.file !== undefined ? problemsOfFile(asked.file) : [];
  if (problems.length + ofFile.length > 0) throw new UsageError([...problems, ...ofFile]);
  const outputs = await openStack(flags, env);
  const found = findSettings(flags, call, outputs);
  if (flags.stack !== undefined && outputs)
    stderr.write(`${printableLines(accessTo(flags.stack, outputs, found.signer))}\n`);
  const settings = toSettings(found);
  const progress = progressOn(stderr, calendar, { env, hasTimes: true });
  for (const warning of warningsFor(settings)) progress.say(warning);
  const interrupts = listenForInterrupts(progress.say, clock, signals);
  try {
    const delivered = await send(settings, progress, interrupts, call);
    const toDeliver = commandToDeliver(flags, delivered.error?.name === 'ResourceNotFoundException');
    const report = reportOf(delivered, settings, interrupts.drain.aborted, toDeliver);
    print(report, settings.json, call);
    return report.exitCode;
  } finally {
    // After the report, so that another Ctrl-C does not prevent it.
    interrupts.dispose();
  }
};

export default command(main, 'npm run client -- --help', HELP, import.meta.url);
