import { join, parse } from 'node:path';
import { kinesisClient } from '../aws/kinesis.ts';
import { localCredentials } from '../aws/local-stack.ts';
import type { Clock } from '../core/clock.ts';
import { defined } from '../core/defined.ts';
import type { Endpoints } from './emulators/ports.ts';
import { functionOf, functionOptionsOf, streamFunctionsOf } from './lambda/function-options.ts';
import type { Invoke } from './lambda/invocation.ts';
import { startFunction } from './lambda/lambda.ts';
import { checkpointsInMemory, openCheckpoints } from './mapping/checkpoints.ts';
import { type Mapping, startEventSourceMapping } from './mapping/event-source-mapping.ts';
import { onFailure } from './mapping/on-failure.ts';
import type { ReadRecord } from './mapping/stream-record.ts';
import { EVENT_PROCESSOR, type LocalStack } from './stack.ts';
import { type MappingSettings, readMappingSettings, streamArnOf } from './template/mapping-settings.ts';

/** A record that needs no delivery any more. */
export interface SettledRecord {
  /** `shard:sequence number` of a record of a stream. */
  id: string;
  /** Milliseconds since 1970. */
  arrivedAt: number;
}

/** What differs from the template for a function, and who hears of its records. */
export interface FunctionRun {
  settings?: Partial<MappingSettings>;
  /** Seconds. */
  timeout?: number;
  /** Wraps each invocation. */
  aroundInvoke?: (invoke: Invoke) => Invoke;
  /** Called once for each record that is settled: stored, rejected, given up or filtered out. */
  onSettled?: (records: readonly SettledRecord[]) => void;
  /** Called with each record that the mapping's filter drops, before it counts as settled. */
  onFiltered?: (record: SettledRecord) => void;
}

export interface RunnerOptions {
  stack: LocalStack;
  /** Paths of the bundles of all functions that read a stream, by the logical names of these. */
  bundles: Readonly<Record<string, string>>;
  /** By their logical names. @default each runs as in the template, and nobody hears of its records */
  functions?: Readonly<Record<string, FunctionRun>>;
  /** Where streams and tables are. They exist already. */
  endpoints: Endpoints;
  /** Stands in for the bucket of batches that are given up. Without it they are dropped, and a problem is reported. */
  failedBatches?: string;
  /**
   * The file of the checkpoints: a runner that was killed goes on where it stopped. Every other function has a file next to it,
   * see {@link checkpointFileOf}. @default in memory
   */
  checkpointFile?: string;
  /** Called with each line of a function's log. */
  onLog: (line: string) => void;
  /** A sentence about a failure that is tried again. */
  onProblem: (message: string) => void;
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
 * @throws {TemplateError} or an error of reading the checkpoints
 */
export const startRunner = async (options: RunnerOptions): Promise<Runner> => {
  const running: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (let end = running.pop(); end; end = running.pop()) await end();
  };
  const mappings = new Map<string, Mapping>();
  const start = async (name: string): Promise<unknown> => mappings.set(name, await startOne(name, options, running));
  for (const started of await Promise.allSettled(streamFunctionsOf(options.stack).map(start)))
    if (started.status === 'rejected') {
      await close();
      throw started.reason;
    }
  return { close, caughtUp: async (name) => mappings.get(name)?.caughtUp() };
};

/** Where the checkpoints of a function are: `checkpoints.EventRollups.json` for that one, next to `checkpoints.json`. */
export const checkpointFileOf = (checkpointFile: string, logicalName: string): string => {
  if (logicalName === EVENT_PROCESSOR.function) return checkpointFile;
  const { dir, name, ext } = parse(checkpointFile);
  return join(dir, `${name}.${logicalName}${ext}`);
};

/** Adds to `running` what ends each part; the last one started is ended first. */
const startOne = async (
  logicalName: string,
  { bundles, checkpointFile, clock, endpoints, failedBatches, functions, onLog, onProblem, stack }: RunnerOptions,
  running: (() => unknown)[],
): Promise<Mapping> => {
  const {
    aroundInvoke,
    onFiltered,
    onSettled,
    timeout,
    settings: changed,
  }: FunctionRun = functions?.[logicalName] ?? {};
  const resource = functionOf(logicalName, stack);
  const settings: MappingSettings = { ...readMappingSettings(resource), ...changed };
  const streamArn = streamArnOf(resource);
  const checkpoints =
    checkpointFile === undefined
      ? checkpointsInMemory()
      : await openCheckpoints({ path: checkpointFileOf(checkpointFile, logicalName), streamArn, onProblem });

  const { region } = stack;
  const kinesis = kinesisClient({ region, endpoint: endpoints.kinesis, credentials: localCredentials() });
  running.push(() => kinesis.destroy());
  const functionOptions = { ...functionOptionsOf(logicalName, stack, endpoints), ...defined({ timeout }) };
  const localFunction = await startFunction({ ...functionOptions, bundle: bundles[logicalName]!, onLog, clock });
  running.push(localFunction.close);

  const invoke = aroundInvoke?.(localFunction.invoke) ?? localFunction.invoke;
  let isClosing = false;
  const title = logicalName === EVENT_PROCESSOR.function ? 'the function' : `the function ${logicalName}`;
  const mapping = startEventSourceMapping({
    kinesis,
    streamArn,
    region,
    settings,
    checkpoints,
    invoke: async (payload) => {
      const answer = await invoke(payload);
      if ('error' in answer && !isClosing)
        onProblem(`${title} failed: ${answer.error.errorType}: ${answer.error.errorMessage}`);
      return answer;
    },
    onFiltered: (record) => onFiltered?.(asSettled(record)),
    onSettled: (records) => onSettled?.(records.map(asSettled)),
    onFailure: onFailure({
      functionArn: functionOptions.functionArn,
      streamArn,
      destination: settings.onFailureDestination,
      folder: failedBatches,
      onProblem,
      clock,
    }),
    onProblem,
    poll: POLL,
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

/** How long to wait before an empty shard is asked again. */
const POLL = { baseMs: 10, capMs: 500 };

const asSettled = ({ event, arrivedAt }: ReadRecord): SettledRecord => ({ id: event.eventID!, arrivedAt });
