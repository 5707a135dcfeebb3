import { once } from 'node:events';
import { relative } from 'node:path';
import { systemClocks } from '../aws/command-clocks.ts';
import { httpsAgent } from '../aws/https-agent.ts';
import { type Call, command } from '../cli/command.ts';
import { EXIT, INTERRUPTED } from '../cli/exit-code.ts';
import { listenForInterrupts } from '../cli/interrupts.ts';
import { progressOn } from '../cli/progress.ts';
import { isLive, nameOfSource } from '../client/sources/source-name.ts';
import { printable } from '../core/printable.ts';
import { FAILED_BATCHES, moveFailedBatches } from './mapping/failed-batch-folder.ts';
import { PipelineRun, type RunParts } from './pipeline-run.ts';
import { hasSucceeded, type RunResult, toJson, toText } from './run-report.ts';
import { readStartOptions, START_HELP, type StartOptions } from './start-options.ts';
import { temporaryFolder } from './temporary-folder.ts';
import type { WatchServer } from './watch/watch-server.ts';

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

interface StartParts extends RunParts {
  /** Whether the pipeline is up and has not ended yet: then Ctrl-C ends reading. */
  stage: { isUp: boolean };
  report: (result: RunResult) => void;
}

const runPipeline = async (options: StartOptions, parts: StartParts): Promise<RunResult | undefined> => {
  const { failedBatches, progress, interrupts, stage, report } = parts;
  const run = new PipelineRun(options, parts);
  const pipeline = await run.start();
  if (!pipeline) return undefined;
  stage.isUp = true;
  let page: WatchServer | undefined;
  try {
    page = await run.serve(pipeline);
    if (page) progress.say(`The live page of this run: ${page.url}`);
    const delivered = await run.deliver(pipeline);
    const result = await progress.during(
      () => 'looking for every event in the tables',
      () => run.lookIn(pipeline, delivered),
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
