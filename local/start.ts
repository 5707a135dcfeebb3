import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { explain, type Target } from '../aws/explain.ts';
import { putRecordsTo } from '../aws/kinesis.ts';
import { monotonicClock, systemClock } from '../aws/system-clock.ts';
import { runCommand } from '../cli/command.ts';
import { EXIT } from '../cli/exit-code.ts';
import { listenForInterrupts } from '../cli/interrupts.ts';
import { count, number } from '../cli/numbers.ts';
import { progressOn } from '../cli/progress.ts';
import { type Delivered, deliver } from '../client/delivery.ts';
import { howToGoOn } from '../client/next-steps.ts';
import { isLive, nameOfSource } from '../client/sources/source-name.ts';
import { Ledger } from './ledger.ts';
import { FAILED_BATCHES, keptRecords, moveFailedBatches } from './mapping/failed-batch-folder.ts';
import { ROOT, startPipeline } from './pipeline.ts';
import { isComplete, type RunResult, toJson, toText } from './run-report.ts';
import { readStartOptions, START_HELP, type StartOptions } from './start-options.ts';
import { keysOfEventData, rejectedEvents, sampleOfEventData } from './tables.ts';

const SAMPLE = fileURLToPath(new URL('events/tweets.ndjson', ROOT));

/** Kinesis is in this process: it answers soon or never. */
const PATIENCE_MS = 10_000;

/** How long nothing may move before the run counts as stuck. The function itself may take up to its timeout. */
const STALL_MS = 120_000;

/** Runs the pipeline in a folder of its own for failed batches, and keeps those that there are. */
const run = async (options: StartOptions): Promise<RunResult> => {
  const folder = await mkdtemp(join(tmpdir(), 'failed-batches-'));
  let result: RunResult | undefined;
  try {
    result = await runPipeline(options, folder);
  } finally {
    const batches = await moveFailedBatches(folder, FAILED_BATCHES);
    if (batches > 0 && result) result.failedBatches = relative(process.cwd(), FAILED_BATCHES);
  }
  return result;
};

const runPipeline = async (options: StartOptions, failedBatches: string): Promise<RunResult> => {
  const progress = progressOn(process.stderr, systemClock);
  const ledger = new Ledger(() => performance.now());
  const interrupts = listenForInterrupts(progress.say, monotonicClock);
  const problems = new Map<string, number>();
  let delivered: Partial<Delivered> = {};
  const showProgress = (): void =>
    progress.show(() => {
      const { read = 0, sent = 0 } = delivered;
      return `${number(read)} read, ${number(sent)} sent, ${number(sent - ledger.outstanding)} stored`;
    });

  const pipeline = await startPipeline({
    ports: { kinesis: 0, dynamoDb: 0 },
    parameters: options.shards === undefined ? {} : { ShardCount: options.shards },
    failedBatches,
    onSettled: (records) => {
      ledger.settled(records.map(({ eventID }) => eventID));
      showProgress();
    },
    onLog: () => {},
    onProblem: (message) => {
      // A failure that repeats is one line, not one for each retry.
      if (!problems.has(message)) progress.say(message);
      problems.set(message, (problems.get(message) ?? 0) + 1);
    },
  });
  try {
    const started = performance.now();
    const end = await deliver({
      settings: { ...options, patienceMs: PATIENCE_MS },
      putRecords: putRecordsTo(pipeline.kinesis, pipeline.names.stream),
      clock: monotonicClock,
      wallClock: systemClock,
      drain: interrupts.drain,
      stop: interrupts.stop,
      onRead: (event) => ledger.read(event),
      onOutcome: (outcome) => ledger.outcome(outcome),
      onNote: ({ kind, message }) => {
        if (kind !== 'notice' && kind !== 'repeat') progress.say(message);
      },
      onProgress: (counts) => {
        delivered = counts;
        showProgress();
      },
    });
    const stuck = await ledger.drained(interrupts.stop, STALL_MS).then(
      () => undefined,
      (error: Error) => error,
    );
    const seconds = (performance.now() - started) / 1000;
    const { dynamoDb, names } = pipeline;
    const rejected = await rejectedEvents(dynamoDb, names);
    const rows = await keysOfEventData(dynamoDb, names);
    return {
      delivered: end,
      audit: ledger.audit(rows, new Set(rejected.map(({ id }) => id)), await keptRecords(failedBatches)),
      seconds,
      latencies: ledger.latencies,
      rejected,
      sample: await sampleOfEventData(dynamoDb, names, rows, 5),
      problems: problemsOf(end, stuck, options, { ...names, endpoint: pipeline.endpoints.kinesis }),
    };
  } finally {
    progress.end();
    interrupts.dispose();
    await pipeline.close();
  }
};

const problemsOf = (
  delivered: Delivered,
  stuck: Error | undefined,
  options: StartOptions,
  target: Target,
): string[] => {
  const { failures, error, read } = delivered;
  const failed = [...failures.values()];
  return [
    ...failed.map((failure) => `${count(failure.events, 'event')} failed: ${explain(failure.error, target)}`),
    ...(error && !failures.has(error.name) ? [explain(error, target)] : []),
    ...howToGoOn(delivered, options, 'npm start --'),
    ...(stuck ? [stuck.message] : []),
    ...(read === 0 && !error && !isLive(options) ? ['the source holds no events; expected one JSON event a line'] : []),
  ];
};

const main = async (argv: readonly string[]): Promise<number> => {
  const options = readStartOptions(argv, process.env, SAMPLE);
  if (options.help) {
    process.stdout.write(START_HELP);
    return EXIT.delivered;
  }
  const result = await run(options);
  const text = toText(result, nameOf(options));
  if (options.json) process.stderr.write(text);
  else process.stdout.write(text);
  if (options.json) process.stdout.write(`${toJson(result)}\n`);
  return isComplete(result) ? EXIT.delivered : EXIT.error;
};

/** A file by its path from here: the bundled one is known by another. */
const nameOf = (options: StartOptions): string =>
  options.file === undefined ? nameOfSource(options) : relative(process.cwd(), options.file) || '.';

await runCommand(main, 'npm start -- --help');
