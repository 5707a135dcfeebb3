import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { KinesisStreamRecord } from 'aws-lambda';
import { kinesisClient } from '../aws/kinesis.ts';
import { LOCAL_CREDENTIALS } from '../aws/local-stack.ts';
import type { Backoff } from '../core/retry.ts';
import type { Endpoints } from './emulators/emulators.ts';
import { bundleFunction } from './lambda/bundle.ts';
import { type FunctionOptions, type Invoke, startFunction } from './lambda/lambda.ts';
import { checkpointsInMemory, openCheckpoints } from './mapping/checkpoints.ts';
import { startEventSourceMapping } from './mapping/event-source-mapping.ts';
import type { FailedBatch, KeepFailedBatch } from './mapping/failed-batch.ts';
import { keepIn } from './mapping/failed-batch-folder.ts';
import { type MappingSettings, readMappingSettings } from './template/mapping-settings.ts';
import { type Resource, readTemplate, type Stack, type Template } from './template/template.ts';

export const ROOT = new URL('../', import.meta.url);
const TEMPLATE = new URL('template.yaml', ROOT);

/** A template as one local stack has it. */
export interface LocalStack extends Stack {
  template: Template;
}

/** Reads template.yaml. @param parameters those that differ from their defaults @throws {TemplateError} */
export const localStack = (parameters: NonNullable<Stack['parameters']> = {}): LocalStack => {
  const stack: Stack = { name: 'local', region: 'us-east-1', accountId: '000000000000', parameters };
  return { ...stack, template: readTemplate(TEMPLATE, stack) };
};

/** The names of a stack, as its template gives them. */
export interface StackNames {
  stream: string;
  eventDataTable: string;
  rejectedEventsTable: string;
  region: string;
}

export const namesOf = ({ template, region }: LocalStack): StackNames => ({
  stream: template.nameOf('EventStream'),
  eventDataTable: template.nameOf('EventDataTable'),
  rejectedEventsTable: template.nameOf('RejectedEventsTable'),
  region,
});

/** Called while the runner runs. */
export interface RunnerEvents {
  /** Called once for each record that is settled: stored, rejected, given up or filtered out. */
  onSettled: (records: readonly KinesisStreamRecord[]) => void;
  /** Called with each line of the function's log. */
  onLog: (line: string) => void;
  /** A sentence about what goes wrong while it is tried again. */
  onProblem: (message: string) => void;
}

/** What may differ from the template, for a test. */
export interface FunctionOverrides extends Partial<Pick<FunctionOptions, 'timeout' | 'memorySize' | 'handlerName'>> {
  /** Path of a bundle that is ready. */
  bundle?: string;
  /** Path of a file that is bundled in place of the function's own, by the template's build properties. */
  entryPoint?: string;
  /** Variables beside those of the template, or in their place. */
  environment?: Readonly<Record<string, string>>;
  /** Wraps each invocation. */
  aroundInvoke?: (invoke: Invoke) => Invoke;
}

export interface RunnerOptions extends RunnerEvents {
  stack: LocalStack;
  /** Where stream and tables are, already there. */
  endpoints: Endpoints;
  /** @default one of its own, at the endpoint */
  kinesis?: KinesisClient;
  /** Stands in for the bucket of batches that are given up. Without it they are dropped, and a problem is reported. */
  failedBatches?: string;
  /** The file of the checkpoints: a runner that was killed goes on where it stood. @default in memory */
  checkpointFile?: string;
  /** How often a shard that had nothing is asked again. Milliseconds. @default 10 to 500 */
  poll?: Backoff;
  /** Instead of the template's. */
  settings?: Partial<MappingSettings>;
  function?: FunctionOverrides;
}

export interface Runner {
  settings: MappingSettings;
  /** Ends reading and the function. What is being delivered is left where it stands. */
  close: () => Promise<void>;
}

/**
 * Starts the part of a stack that AWS runs: the function, and the event source mapping that brings it the stream. It keeps
 * nothing that the checkpoint file does not, so that its process may be killed and started again at any time.
 *
 * @throws {TemplateError} or what reading the checkpoints or bundling the function says
 */
export const startRunner = async (options: RunnerOptions): Promise<Runner> => {
  const running: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (let end = running.pop(); end; end = running.pop()) await end();
  };
  try {
    return { settings: await startParts(options, running), close };
  } catch (error) {
    await close();
    throw error;
  }
};

/** Adds to `running` what ends each part; the last one started is ended first. */
const startParts = async (options: RunnerOptions, running: (() => unknown)[]): Promise<MappingSettings> => {
  const { checkpointFile, endpoints, onProblem, onSettled, poll = { baseMs: 10, capMs: 500 }, stack } = options;
  const { template, region } = stack;
  const lambda = functionOf(stack);
  const settings: MappingSettings = { ...readMappingSettings(lambda), ...options.settings };
  const streamArn = template.arnOf('EventStream');
  const checkpoints =
    checkpointFile === undefined
      ? checkpointsInMemory()
      : await openCheckpoints({ path: checkpointFile, streamArn, onProblem });

  let bundle = options.function?.bundle;
  if (bundle === undefined) {
    const bundled = await bundleInTemporaryFolder(stack, options.function?.entryPoint);
    running.push(bundled.remove);
    bundle = bundled.path;
  }
  const localFunction = await startFunction(functionOptionsOf(options, lambda, bundle));
  running.push(localFunction.close);

  let { kinesis } = options;
  if (!kinesis) {
    const client = kinesisClient({ region, endpoint: endpoints.kinesis, credentials: LOCAL_CREDENTIALS });
    running.push(() => client.destroy());
    kinesis = client;
  }
  const invoke = options.function?.aroundInvoke?.(localFunction.invoke) ?? localFunction.invoke;
  const mapping = startEventSourceMapping({
    kinesis,
    streamName: template.nameOf('EventStream'),
    streamArn,
    region,
    settings,
    checkpoints,
    invoke: async (payload) => {
      const answer = await invoke(payload);
      if ('error' in answer) onProblem(`the function failed: ${answer.error.errorType}: ${answer.error.errorMessage}`);
      return answer;
    },
    onSettled,
    onFailure: destinationOf(options, settings),
    onProblem,
    poll,
    now: Date.now,
    random: Math.random,
    sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
  });
  running.push(mapping.close);
  return settings;
};

/** Where batches that are given up go: as on AWS, nowhere, where the template names no destination. */
const destinationOf = (
  { failedBatches, onProblem, stack: { template } }: RunnerOptions,
  { onFailureDestination }: MappingSettings,
): KeepFailedBatch => {
  const [functionArn, streamArn] = [template.arnOf('DDBEventProcessor'), template.arnOf('EventStream')];
  const tell = ({ condition, records: { length } }: FailedBatch, end: string): void =>
    onProblem(`${length === 1 ? '1 record was' : `${length} records were`} given up (${condition}) ${end}`);
  if (failedBatches === undefined || onFailureDestination === undefined) {
    const reason =
      onFailureDestination === undefined ? 'the template names no OnFailure destination' : 'no folder was given';
    return async (batch) => tell(batch, `and dropped: ${reason}`);
  }
  const keep = keepIn({
    folder: failedBatches,
    mappingId: mappingIdOf(functionArn, streamArn),
    functionArn,
    streamArn,
    now: () => new Date(),
    uuid: randomUUID,
  });
  return async (batch) => {
    await keep(batch);
    tell(batch, 'and kept');
  };
};

/** A mapping keeps its UUID for as long as it lives, so that of one function and one stream is always the same. */
const mappingIdOf = (functionArn: string, streamArn: string): string => {
  const hash = createHash('sha256').update(`${functionArn}\n${streamArn}`).digest('hex');
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
};

const functionOf = ({ template }: LocalStack): Resource =>
  template.resource('DDBEventProcessor', 'AWS::Serverless::Function');

const functionOptionsOf = (
  { endpoints, onLog, stack, function: overrides = {} }: RunnerOptions,
  { properties }: Resource,
  bundle: string,
): FunctionOptions => {
  const { Handler, FunctionName, Timeout, MemorySize, Environment } = properties;
  const { Variables } = Environment as { Variables: Record<string, unknown> };
  const variables = Object.entries(Variables).map(([name, value]) => [name, String(value)]);
  return {
    bundle,
    handlerName: overrides.handlerName ?? String(Handler).split('.').at(-1)!,
    functionName: String(FunctionName),
    functionArn: stack.template.arnOf('DDBEventProcessor'),
    timeout: overrides.timeout ?? Number(Timeout),
    memorySize: overrides.memorySize ?? Number(MemorySize),
    environment: {
      ...Object.fromEntries(variables),
      AWS_REGION: stack.region,
      AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamoDb,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...overrides.environment,
    },
    onLog,
  };
};

/**
 * Bundles the stack's function.
 *
 * @param entryPoint path of a file in place of the template's
 * @returns the path of the bundle, and what removes it and its folder
 */
export const bundleInTemporaryFolder = async (
  stack: LocalStack,
  entryPoint?: string,
): Promise<{ path: string; remove: () => Promise<void> }> => {
  const lambda = functionOf(stack);
  const folder = await mkdtemp(join(tmpdir(), 'stream-processor-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true });
  try {
    const properties = { ...(lambda.metadata.BuildProperties as object), EntryPoints: [entryPoint ?? ''] };
    const metadata = entryPoint === undefined ? lambda.metadata : { ...lambda.metadata, BuildProperties: properties };
    return { path: await bundleFunction({ ...lambda, metadata }, ROOT, folder), remove };
  } catch (error) {
    await remove();
    throw error;
  }
};
