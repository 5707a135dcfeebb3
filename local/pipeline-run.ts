import type { Agent } from 'node:https';
import { putRecordsTo } from '../aws/kinesis.ts';
import type { Call, Clocks } from '../cli/command.ts';
import type { Interrupts } from '../cli/interrupts.ts';
import type { Progress } from '../cli/progress.ts';
import { RecentRate } from '../cli/recent-rate.ts';
import { type Delivered, deliver } from '../client/delivery.ts';
import { howToGoOn } from '../client/next-steps.ts';
import { tellNotes } from '../client/notes.ts';
import { defined } from '../core/defined.ts';
import type { Processor } from '../core/processor.ts';
import { RollupView } from '../core/rollups/view.ts';
import { backlogOf } from './backlog.ts';
import { Ledger } from './ledger.ts';
import { keptRecords } from './mapping/failed-batch-folder.ts';
import { type Pipeline, startPipeline } from './pipeline.ts';
import { tellProblems } from './problems.ts';
import { progressLine } from './progress-line.ts';
import { addItem } from './rollup-views.ts';
import { problemsOf } from './run-problems.ts';
import type { RunResult } from './run-report.ts';
import { RunRollups } from './run-rollups.ts';
import { EVENT_PROCESSOR, localStack } from './stack.ts';
import { processorOf } from './stack-parameters.ts';
import { stallLimit } from './stall-watch.ts';
import { commandToRun, type StartOptions } from './start-options.ts';
import { startUnlessAborted } from './start-unless-aborted.ts';
import { rejectedEvents, rowsOfEventData, sampleOfEventData } from './tables.ts';
import { PipelineWatch } from './watch/pipeline-watch.ts';
import type { WatchServer } from './watch/watch-server.ts';

/** Kinesis is in this process: it answers soon or never. */
const PATIENCE_MS = 10_000;

export interface RunParts {
  failedBatches: string;
  progress: Progress;
  interrupts: Interrupts;
  /** For a live source. */
  agent: Agent | undefined;
  stdin: Call['stdin'];
  clocks: Clocks;
}

/** How the events of a source were sent and settled. */
interface Run {
  end: Delivered;
  /** Why not all of them were settled, if so. */
  stuck: Error | undefined;
  seconds: number;
}

/** One run of the pipeline: sends the events of a source, waits until they are settled, and looks where each of them is. */
export class PipelineRun {
  readonly #options: StartOptions;
  readonly #parts: RunParts;
  readonly #processor: Processor;
  readonly #ledger: Ledger;
  readonly #rollups: RunRollups;
  readonly #watch: PipelineWatch | undefined;
  readonly #stallMs: number;
  /** How many events may be under way. */
  readonly #backlog: number;
  #started: number;
  #rate: RecentRate;
  #delivered: Partial<Delivered> = {};

  constructor(options: StartOptions, parts: RunParts) {
    const { clock } = parts.clocks;
    const stack = localStack(options.parameters);
    this.#options = options;
    this.#parts = parts;
    this.#processor = processorOf(options.parameters);
    this.#ledger = new Ledger(clock, this.#processor);
    this.#stallMs = stallLimit(stack);
    this.#rollups = new RunRollups(this.#processor.rollups ?? [], clock, this.#stallMs);
    if (options.page !== undefined) this.#watch = new PipelineWatch(parts.clocks);
    // Of records that hold many events a batch takes many more.
    this.#backlog = options.aggregate ? Number.POSITIVE_INFINITY : backlogOf(stack);
    this.#started = clock.now();
    this.#rate = new RecentRate(this.#started);
  }

  /** @returns undefined where Ctrl-C came before the pipeline was up */
  start(): Promise<Pipeline | undefined> {
    const { failedBatches, progress, interrupts, clocks } = this.#parts;
    const problems = tellProblems(progress.say);
    const start = () =>
      startPipeline({
        ports: { kinesis: 0, dynamoDb: 0 },
        parameters: this.#options.parameters,
        failedBatches,
        functions: {
          [EVENT_PROCESSOR.function]: {
            onFiltered: ({ id }) => this.#ledger.filtered(id),
            onSettled: (records) => {
              this.#watch?.onSettled(records);
              this.#ledger.settled(records);
              this.#showProgress();
            },
          },
          ...this.#rollups.functionRun(this.#showProgress),
        },
        onLog: (line) => {
          this.#watch?.onLog(line);
          problems.onLog(line);
        },
        onProblem: problems.onProblem,
        clock: clocks.calendar,
      });
    return progress.during(
      () => 'starting Kinesis, DynamoDB and the function',
      () => startUnlessAborted(start, interrupts.drain),
    );
  }

  /** Serves the live page where it is asked for. @throws {UserError} where it cannot listen, such as a PortInUseError */
  async serve(pipeline: Pipeline): Promise<WatchServer | undefined> {
    return this.#watch?.serve(pipeline, {
      ...(this.#options.page ?? { port: 0 }),
      rollups: this.#processor.rollups ?? [],
      figures: () => ({ read: this.#delivered.read ?? 0 }),
    });
  }

  /** Sends the events, and waits until all of them are settled. */
  async deliver(pipeline: Pipeline): Promise<Run> {
    const { progress, clocks } = this.#parts;
    this.#started = clocks.clock.now();
    this.#rate = new RecentRate(this.#started);
    return progress.during(this.#line, async () => {
      const end = await this.#send(pipeline);
      // No more events come, so a batch that is not full need not wait for its batching window.
      void pipeline.caughtUp(EVENT_PROCESSOR.function);
      const stuck = await this.#drained(pipeline).then(
        () => undefined,
        (error: Error) => error,
      );
      return { end, stuck, seconds: (clocks.clock.now() - this.#started) / 1000 };
    });
  }

  async #send(pipeline: Pipeline): Promise<Delivered> {
    const { progress, interrupts, agent, stdin, clocks } = this.#parts;
    const notes = tellNotes(progress.say, clocks.clock);
    const end = await deliver({
      settings: { ...this.#options, patienceMs: PATIENCE_MS },
      putRecords: putRecordsTo(pipeline.kinesis, pipeline.names.stream),
      ...defined({ agent }),
      stdin,
      ...clocks,
      shapes: this.#processor.shapes,
      drain: interrupts.drain,
      stop: interrupts.stop,
      onRead: (event) => this.#ledger.read(event),
      room: (signal) => this.#ledger.room(this.#backlog, signal, this.#stallMs),
      onOutcome: (outcome) => this.#ledger.outcome(outcome),
      onNote: notes.note,
      onProgress: (counts) => {
        this.#delivered = counts;
        this.#showProgress();
      },
    });
    notes.end();
    return end;
  }

  /** @throws where not all that was sent is settled, and in the rollups */
  async #drained(pipeline: Pipeline): Promise<void> {
    const { stop } = this.#parts.interrupts;
    await this.#ledger.drained(stop, this.#stallMs);
    await this.#rollups.drained(pipeline, stop);
  }

  /** Looks for every event in the tables. */
  async lookIn(pipeline: Pipeline, { end, stuck, seconds }: Run): Promise<RunResult> {
    const { dynamoDb, names, endpoints } = pipeline;
    const options = this.#options;
    const view = new RollupView(this.#processor.rollups ?? []);
    const [rejected, rows, kept] = await Promise.all([
      rejectedEvents(dynamoDb, names),
      rowsOfEventData(dynamoDb, names, (item) => addItem(view, item)),
      keptRecords(this.#parts.failedBatches),
    ]);
    const audit = this.#ledger.audit({ rows, rejected: new Set(rejected.map(({ id }) => id)), kept });
    return {
      delivered: end,
      audit,
      seconds,
      latencies: this.#ledger.latencies,
      rejected,
      sample: await sampleOfEventData(dynamoDb, names, rows, 5),
      // Those that lack changes cannot equal the rows.
      rollups: stuck ? undefined : await this.#rollups.result(pipeline, view),
      nextSteps: howToGoOn(end, options, commandToRun(options)),
      problems: problemsOf({ end, stuck, audit }, options, { ...names, endpoint: endpoints.kinesis }),
    };
  }

  readonly #showProgress = (): void => this.#parts.progress.show(this.#line);

  readonly #line = (): string => {
    const now = this.#parts.clocks.clock.now();
    const { read = 0, sent = 0, failed = 0, file } = this.#delivered;
    const stored = sent - this.#ledger.outstanding;
    const counts = { read, sent, failed, stored, rolledUp: this.#rollups.changes, ...defined({ file }) };
    return progressLine(counts, this.#rate.perSecond(stored, now), now - this.#started, this.#options.max);
  };
}
