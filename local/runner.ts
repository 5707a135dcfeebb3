import { join, parse } from 'node:path';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { kinesisClient } from '../aws/kinesis.ts';
import { localCredentials } from '../aws/local-stack.ts';
import type { Clock } from '../core/clock.ts';
import type { Backoff } from '../core/retry.ts';
import type { Endpoints } from './emulators/ports.ts';
import { bundleInTemporaryFolder } from './lambda/bundle.ts';
import { type FunctionOverrides, functionOf, functionOptionsOf } from './lambda/function-options.ts';
import { startFunction } from './lambda/lambda.ts';
import { checkpointsInMemory, openCheckpoints } from './mapping/checkpoints.ts';
import { type Mapping, startEventSourceMapping } from './mapping/event-source-mapping.ts';
import { onFailure } from './mapping/on-failure.ts';
import { type LambdaRecord, sourceOf } from './mapping/stream-record.ts';
import { EVENT_PROCESSOR, type LocalStack } from './stack.ts';
import { type MappingSettings, readMappingSettings, readsStream, streamArnOf } from './template/mapping-settings.ts';

/** A record that needs no delivery any more. */
export interface SettledRecord {
  /** `shard:sequence number` of a record of a stream. */
  eventID: string;
  /** Milliseconds since 1970. */
  arrivedAt: number;
}

/** What may differ from the template for one of its functions, and who hears of its records. */
export interface FunctionRun {
  /** Instead of the template's. */
  settings?: Partial<MappingSettings>;
  function?: FunctionOverrides;
  /** Called once for each record that is settled: stored, rejected, given up or filtered out. */
  onSettled?: (records: readonly SettledRecord[]) => void;
  /** Called with each record that the mapping's filter drops, before it counts as settled. */
  onFiltered?: (record: LambdaRecord) => void;
}

/** Called while the runner runs. Records are those of the function that stores events. */
export interface RunnerEvents extends Pick<FunctionRun, 'onFiltered'>, Required<Pick<FunctionRun, 'onSettled'>> {
  /** Called with each line of a function's log. */
  onLog: (line: string) => void;
  /** A sentence about a failure that is tried again. */
  onProblem: (message: string) => void;
}

/** `settings` and `function` are those of the function that stores events. */
export interface RunnerOptions extends RunnerEvents, Pick<FunctionRun, 'settings' | 'function'> {
  stack: LocalStack;
  /** Those to run, by their logical names. @default every function of the template that reads a stream */
  functions?: readonly string[];
  /** What differs for the other functions, by their logical names. */
  others?: Readonly<Record<string, FunctionRun>>;
  /** Paths of bundles that are ready, by the logical names of their functions. @default each is bundled here */
  bundles?: Readonly<Record<string, string>>;
  /** Where streams and tables are. They exist already. */
  endpoints: Endpoints;
  /** @default one of its own, at the endpoint */
  kinesis?: KinesisClient;
  /** Stands in for the bucket of batches that are given up. Without it they are dropped, and a problem is reported. */
  failedBatches?: string;
  /**
   * The file of the checkpoints: a runner that was killed goes on where it stopped. Every other function has a file next to it,
   * see {@link checkpointFileOf}. @default in memory
   */
  checkpointFile?: string;
  /** How long to wait before an empty shard is asked again. Milliseconds. @default 10 to 500 */
  poll?: Backoff;
  /** Milliseconds since 1970. */
  clock: Clock;
}

export interface Runner {
  /**
   * Resolves when a function has all that is on its stream now: each record is stored, rejected, given up or filtered out. It does
   * not wait for batching windows.
   */
  caughtUp: (logicalName: string) => Promise<void>;
  /** Ends reading and the functions at once. A batch that is being delivered stays on its stream. */
  close: () => Promise<void>;
}

/**
 * Starts the part of a stack that AWS runs: its functions, and for each the event source mapping that brings it the stream or
 * the changes of a table. All state is in the checkpoint files, so its process may be killed and started again at any time.
 *
 * @throws {TemplateError} or an error of reading the checkpoints or of bundling a function
 */
export const startRunner = async (options: RunnerOptions): Promise<Runner> => {
  const running: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (let end = running.pop(); end; end = running.pop()) await end();
  };
  try {
    const kinesis = options.kinesis ?? localKinesis(options);
    if (!options.kinesis) running.push(() => kinesis.destroy());
    const { functions = streamFunctionsOf(options.stack) } = options;
    const mappings = new Map<string, Mapping>();
    const start = async (name: string): Promise<unknown> =>
      mappings.set(name, await startOne(name, { ...options, kinesis }, running));
    for (const started of await Promise.allSettled(functions.map(start)))
      if (started.status === 'rejected') throw started.reason;
    return { close, caughtUp: async (name) => mappings.get(name)?.caughtUp() };
  } catch (error) {
    await close();
    throw error;
  }
};

const localKinesis = ({ stack: { region }, endpoints }: RunnerOptions): KinesisClient =>
  kinesisClient({ region, endpoint: endpoints.kinesis, credentials: localCredentials() });

/** The logical names of the functions that read a stream. One whose condition does not hold is not in the stack. */
export const streamFunctionsOf = ({ template }: LocalStack): string[] =>
  template
    .ofType('AWS::Serverless::Function')
    .filter(([, resource]) => readsStream(resource))
    .map(([name]) => name);

/** Where the checkpoints of a function are: `checkpoints.EventRollups.json` for that one, next to `checkpoints.json`. */
export const checkpointFileOf = (checkpointFile: string, logicalName: string): string => {
  if (logicalName === EVENT_PROCESSOR.function) return checkpointFile;
  const { dir, name, ext } = parse(checkpointFile);
  return join(dir, `${name}.${logicalName}${ext}`);
};

/** Adds to `running` what ends each part; the last one started is ended first. */
const startOne = async (
  logicalName: string,
  options: RunnerOptions & { kinesis: KinesisClient },
  running: (() => unknown)[],
): Promise<Mapping> => {
  const { checkpointFile, clock, endpoints, kinesis, onLog, onProblem, stack } = options;
  const { poll = { baseMs: 10, capMs: 500 } } = options;
  const isMain = logicalName === EVENT_PROCESSOR.function;
  const run: FunctionRun = isMain ? options : (options.others?.[logicalName] ?? {});
  const { function: overrides = {}, onFiltered, onSettled } = run;
  const resource = functionOf(logicalName, stack);
  const settings: MappingSettings = { ...readMappingSettings(resource), ...run.settings };
  const streamArn = streamArnOf(resource);
  const checkpoints =
    checkpointFile === undefined
      ? checkpointsInMemory()
      : await openCheckpoints({ path: checkpointFileOf(checkpointFile, logicalName), streamArn, onProblem });

  let bundle = overrides.bundle ?? options.bundles?.[logicalName];
  if (bundle === undefined) {
    const { path, remove } = await bundleInTemporaryFolder(stack, overrides.entryPoint, logicalName);
    running.push(remove);
    bundle = path;
  }
  const functionOptions = functionOptionsOf(logicalName, { stack, endpoints, overrides });
  const localFunction = await startFunction({ ...functionOptions, bundle, onLog, clock });
  running.push(localFunction.close);

  const invoke = overrides.aroundInvoke?.(localFunction.invoke) ?? localFunction.invoke;
  let isClosing = false;
  const title = isMain ? 'the function' : `the function ${logicalName}`;
  const mapping = startEventSourceMapping({
    kinesis,
    streamName: sourceOf(streamArn).streamName,
    streamArn,
    region: stack.region,
    settings,
    checkpoints,
    invoke: async (payload) => {
      const answer = await invoke(payload);
      if ('error' in answer && !isClosing)
        onProblem(`${title} failed: ${answer.error.errorType}: ${answer.error.errorMessage}`);
      return answer;
    },
    onFiltered: ({ event }) => onFiltered?.(event),
    onSettled: (records) =>
      onSettled?.(records.map(({ event, arrivedAt }) => ({ eventID: event.eventID!, arrivedAt }))),
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
  running.push(async () => {
    isClosing = true;
    // An invocation may take up to its timeout. So the function is ended first, and then the mapping has nothing to wait for.
    const closed = mapping.close();
    await localFunction.close();
    await closed;
  });
  return mapping;
};
