import { once } from 'node:events';
import type { Agent } from 'node:https';
import { relative } from 'node:path';
import { systemClocks } from '../aws/command-clocks.ts';
import { httpsAgent } from '../aws/https-agent.ts';
import { putRecordsTo } from '../aws/kinesis.ts';
import { type Call, type Clocks, command } from '../cli/command.ts';
import { EXIT, INTERRUPTED } from '../cli/exit-code.ts';
import { type Interrupts, listenForInterrupts } from '../cli/interrupts.ts';
import { type Progress, progressOn } from '../cli/progress.ts';
import { RecentRate } from '../cli/recent-rate.ts';
import { type Delivered, deliver } from '../client/delivery.ts';
import { howToGoOn } from '../client/next-steps.ts';
import { tellNotes } from '../client/notes.ts';
import { isLive, nameOfSource } from '../client/sources/source-name.ts';
import { defined } from '../core/defined.ts';
import { printable } from '../core/printable.ts';
import { RollupView } from '../core/rollups/view.ts';
import { backlogOf } from './backlog.ts';
import { Ledger } from './ledger.ts';
import { FAILED_BATCHES, keptRecords, moveFailedBatches } from './mapping/failed-batch-folder.ts';
import { startPipeline } from './pipeline.ts';
import { tellProblems } from './problems.ts';
import { progressLine } from './progress-line.ts';
import { addItem } from './rollup-views.ts';
import { problemsOf } from './run-problems.ts';
import { hasSucceeded, type RunResult, toJson, toText } from './run-report.ts';
import { RunRollups } from './run-rollups.ts';
import { EVENT_PROCESSOR, localStack } from './stack.ts';
import { processorOf } from './stack-parameters.ts';
import { stallLimit } from './stall-watch.ts';
import { commandToRun, readStartOptions, START_HELP, type StartOptions } from './start-options.ts';
import { startUnlessAborted } from './start-unless-aborted.ts';
import { rejectedEvents, rowsOfEventData, sampleOfEventData } from './tables.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { PipelineWatch } from './watch/pipeline-watch.ts';
import type { WatchServer } from './watch/watch-server.ts';

/** Kinesis is in this process: it answers soon or never. */
const PATIENCE_MS = 10_000;

/**
 * Runs the pipeline with a temporary folder for failed batches, and moves the batches out of it at the end.
 *
 * @param report is told of the result, before the pipeline ends
 * @returns undefined where Ctrl-C came before the pipeline was up
 */
const run = async (
  options: StartOptions,
  report: (result: RunResult) => void,
  { env, stdin, stderr, signals, clocks = systemClocks }: Call,
): Promise<RunResult | undefined> => {
  const progress = progressOn(stderr, clocks.calendar, { env });
  const stage = { isUp: false };
  const interrupts = listenForInterrupts(
    (line) => progress.say(stage.isUp ? line : 'Stopping.'),
    clocks.clock,
    signals,
  );
  const folder = await temporaryFolder('failed-batches');
  try {
    return await runPipeline(options, {
      failedBatches: folder,
      progress,
      interrupts,
      // Nothing else leaves this machine.
      agent: isLive(options) ? httpsAgent(env) : undefined,
      stdin,
      clocks,
      stage,
      report,
    });
  } finally {
    await moveFailedBatches(folder, FAILED_BATCHES);
    interrupts.dispose();
  }
};

interface RunParts {
  failedBatches: string;
  progress: Progress;
  interrupts: Interrupts;
  /** For a live source. */
  agent: Agent | undefined;
  stdin: Call['stdin'];
  clocks: Clocks;
  /** Whether the pipeline is up and has not ended yet: then Ctrl-C ends reading. */
  stage: { isUp: boolean };
  report: (result: RunResult) => void;
}

const runPipeline = async (
  options: StartOptions,
  { failedBatches, progress, interrupts, agent, stdin, clocks: { clock, calendar }, stage, report }: RunParts,
): Promise<RunResult | undefined> => {
  const processor = processorOf(options.parameters);
  const ledger = new Ledger(clock, processor);
  const stack = localStack(options.parameters);
  const stallMs = stallLimit(stack);
  // Of records that hold many events a batch takes many more.
  const backlog = options.aggregate ? Number.POSITIVE_INFINITY : backlogOf(stack);
  const rollups = new RunRollups(processor.rollups ?? [], clock, stallMs);
  const watch = options.page === undefined ? undefined : new PipelineWatch({ clock, calendar });
  const problems = tellProblems(progress.say);
  const notes = tellNotes(progress.say, clock);
  let started = clock.now();
  let rate = new RecentRate(started);
  let delivered: Partial<Delivered> = {};
  const line = (): string => {
    const now = clock.now();
    const { read = 0, sent = 0, failed = 0, file } = delivered;
    const stored = sent - ledger.outstanding;
    const counts = { read, sent, failed, stored, rolledUp: rollups.changes, ...defined({ file }) };
    return progressLine(counts, rate.perSecond(stored, now), now - started, options.max);
  };
  const showProgress = (): void => progress.show(line);

  const start = () =>
    startPipeline({
      ports: { kinesis: 0, dynamoDb: 0 },
      parameters: options.parameters,
      failedBatches,
      functions: {
        [EVENT_PROCESSOR.function]: {
          onFiltered: ({ id }) => ledger.filtered(id),
          onSettled: (records) => {
            watch?.onSettled(records);
            ledger.settled(records);
            showProgress();
          },
        },
        ...rollups.functionRun(showProgress),
      },
      onLog: (line) => {
        watch?.onLog(line);
        problems.onLog(line);
      },
      onProblem: problems.onProblem,
      clock: calendar,
    });
  const pipeline = await progress.during(
    () => 'starting Kinesis, DynamoDB and the function',
    () => startUnlessAborted(start, interrupts.drain),
  );
  if (!pipeline) return undefined;
  stage.isUp = true;
  let page: WatchServer | undefined;
  try {
    page = await watch?.serve(pipeline, {
      ...(options.page ?? { port: 0 }),
      rollups: processor.rollups ?? [],
      figures: () => ({ read: delivered.read ?? 0 }),
    });
    if (page) progress.say(`The live page of this run: ${page.url}`);
    started = clock.now();
    rate = new RecentRate(started);
    const { end, stuck } = await progress.during(line, async () => {
      const end = await deliver({
        settings: { ...options, patienceMs: PATIENCE_MS },
        putRecords: putRecordsTo(pipeline.kinesis, pipeline.names.stream),
        ...defined({ agent }),
        stdin,
        clock,
        calendar,
        shapes: processor.shapes,
        drain: interrupts.drain,
        stop: interrupts.stop,
        onRead: (event) => ledger.read(event),
        room: (signal) => ledger.room(backlog, signal, stallMs),
        onOutcome: (outcome) => ledger.outcome(outcome),
        onNote: notes.note,
        onProgress: (counts) => {
          delivered = counts;
          showProgress();
        },
      });
      notes.end();
      // No more events come, so a batch that is not full need not wait for its batching window.
      void pipeline.caughtUp(EVENT_PROCESSOR.function);
      const stuck = await ledger
        .drained(interrupts.stop, stallMs)
        .then(() => rollups.drained(pipeline, interrupts.stop))
        .then(
          () => undefined,
          (error: Error) => error,
        );
      return { end, stuck };
    });
    const seconds = (clock.now() - started) / 1000;
    const result = await progress.during(
      () => 'looking for every event in the tables',
      async (): Promise<RunResult> => {
        const { dynamoDb, names } = pipeline;
        const view = new RollupView(processor.rollups ?? []);
        const [rejected, rows, kept] = await Promise.all([
          rejectedEvents(dynamoDb, names),
          rowsOfEventData(dynamoDb, names, (item) => addItem(view, item)),
          keptRecords(failedBatches),
        ]);
        const audit = ledger.audit({ rows, rejected: new Set(rejected.map(({ id }) => id)), kept });
        return {
          delivered: end,
          audit,
          seconds,
          latencies: ledger.latencies,
          rejected,
          sample: await sampleOfEventData(dynamoDb, names, rows, 5),
          // Those that lack changes cannot equal the rows.
          rollups: stuck ? undefined : await rollups.result(pipeline, view),
          nextSteps: howToGoOn(end, options, commandToRun(options)),
          problems: problemsOf({ end, stuck, audit }, options, { ...names, endpoint: pipeline.endpoints.kinesis }),
        };
      },
    );
    stage.isUp = false;
    result.failedBatches = await moveFailedBatches(failedBatches, FAILED_BATCHES);
    report(result);
    if (page && !interrupts.drain.aborted) {
      progress.say(`The live page stays until Ctrl-C: ${page.url}`);
      await once(interrupts.drain, 'abort');
    }
    return result;
  } finally {
    await page?.close();
    await pipeline.close();
  }
};

const main = async (call: Call): Promise<number> => {
  const { argv, env, stdout, stderr } = call;
  const options = readStartOptions(argv, env);
  const report = (finished: RunResult): void => {
    (options.json ? stderr : stdout).write(toText(finished, nameOf(options), options.key));
    if (options.json) stdout.write(`${printable(toJson(finished))}\n`);
  };
  const result = await run(options, report, call);
  if (!result) return INTERRUPTED;
  return hasSucceeded(result) ? EXIT.ok : EXIT.error;
};

/** A file by its path from the current folder, also where an absolute path was given. */
const nameOf = (options: StartOptions): string =>
  options.file === undefined ? nameOfSource(options) : relative(process.cwd(), options.file) || '.';

export default command(main, 'npm start -- --help', START_HELP, import.meta.url);
