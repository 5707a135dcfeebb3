import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { KinesisStreamRecord } from 'aws-lambda';
import { kinesisClient } from '../aws/kinesis.ts';
import { LOCAL_CREDENTIALS } from '../aws/local-stack.ts';
import type { Clock } from '../core/clock.ts';
import type { Backoff } from '../core/retry.ts';
import type { Endpoints } from './emulators/ports.ts';
import { bundleInTemporaryFolder } from './lambda/bundle.ts';
import { type FunctionOverrides, functionOf, functionOptionsOf } from './lambda/function-options.ts';
import { startFunction } from './lambda/lambda.ts';
import { checkpointsInMemory, openCheckpoints } from './mapping/checkpoints.ts';
import { startEventSourceMapping } from './mapping/event-source-mapping.ts';
import { onFailure } from './mapping/on-failure.ts';
import { EVENT_PROCESSOR, type LocalStack, type StreamFunction } from './stack.ts';
import { type MappingSettings, readMappingSettings } from './template/mapping-settings.ts';

/** Called while the runner runs. */
export interface RunnerEvents {
  /** Called once for each record that is settled: stored, rejected, given up or filtered out. */
  onSettled: (records: readonly KinesisStreamRecord[]) => void;
  /** Called with each record that the mapping's filter drops, before it counts as settled. */
  onFiltered?: (record: KinesisStreamRecord) => void;
  /** Called with each line of the function's log. */
  onLog: (line: string) => void;
  /** A sentence about a failure that is tried again. */
  onProblem: (message: string) => void;
}

export interface RunnerOptions extends RunnerEvents {
  stack: LocalStack;
  /** The function, and the stream that it reads. @default the one that stores events */
  reads?: StreamFunction;
  /** Where streams and tables are. They exist already. */
  endpoints: Endpoints;
  /** @default one of its own, at the endpoint */
  kinesis?: KinesisClient;
  /** Stands in for the bucket of batches that are given up. Without it they are dropped, and a problem is reported. */
  failedBatches?: string;
  /** The file of the checkpoints: a runner that was killed goes on where it stopped. @default in memory */
  checkpointFile?: string;
  /** How long to wait before an empty shard is asked again. Milliseconds. @default 10 to 500 */
  poll?: Backoff;
  /** Instead of the template's. */
  settings?: Partial<MappingSettings>;
  function?: FunctionOverrides;
  /** Milliseconds since 1970. */
  clock: Clock;
}

export interface Runner {
  /** Ends reading and the function. A batch that is being delivered stays on the stream. */
  close: () => Promise<void>;
}

/**
 * Starts the part of a stack that AWS runs: the function, and the event source mapping that brings it the stream. All state is
 * in the checkpoint file, so its process may be killed and started again at any time.
 *
 * @throws {TemplateError} or an error of reading the checkpoints or of bundling the function
 */
export const startRunner = async (options: RunnerOptions): Promise<Runner> => {
  const running: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (let end = running.pop(); end; end = running.pop()) await end();
  };
  try {
    await startParts(options, running);
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
};

/** Adds to `running` what ends each part; the last one started is ended first. */
const startParts = async (options: RunnerOptions, running: (() => unknown)[]): Promise<void> => {
  const { clock, endpoints, onFiltered = () => {}, onLog, onProblem, onSettled, stack } = options;
  const {
    checkpointFile,
    function: overrides = {},
    poll = { baseMs: 10, capMs: 500 },
    reads = EVENT_PROCESSOR,
  } = options;
  const { template, region } = stack;
  const settings: MappingSettings = {
    ...readMappingSettings(functionOf(reads.function, stack)),
    ...options.settings,
  };
  const streamArn = template.arnOf(reads.stream);
  const checkpoints =
    checkpointFile === undefined
      ? checkpointsInMemory()
      : await openCheckpoints({ path: checkpointFile, streamArn, onProblem });

  let { bundle } = overrides;
  if (bundle === undefined) {
    const { path, remove } = await bundleInTemporaryFolder(stack, overrides.entryPoint, reads.function);
    running.push(remove);
    bundle = path;
  }
  const functionOptions = functionOptionsOf(reads.function, { stack, endpoints, overrides });
  const localFunction = await startFunction({ ...functionOptions, bundle, onLog, clock });
  running.push(localFunction.close);

  let { kinesis } = options;
  if (!kinesis) {
    const client = kinesisClient({ region, endpoint: endpoints.kinesis, credentials: LOCAL_CREDENTIALS });
    running.push(() => client.destroy());
    kinesis = client;
  }
  const invoke = overrides.aroundInvoke?.(localFunction.invoke) ?? localFunction.invoke;
  const mapping = startEventSourceMapping({
    kinesis,
    streamName: template.nameOf(reads.stream),
    streamArn,
    region,
    settings,
    checkpoints,
    invoke: async (payload) => {
      const answer = await invoke(payload);
      if ('error' in answer) onProblem(`the function failed: ${answer.error.errorType}: ${answer.error.errorMessage}`);
      return answer;
    },
    onFiltered,
    onSettled,
    onFailure: onFailure({
      functionArn: functionOptions.functionArn,
      streamArn,
      destination: settings.onFailureDestination,
      folder: options.failedBatches,
      onProblem,
      clock,
    }),
    onProblem,
    poll,
    clock,
  });
  running.push(mapping.close);
};
