import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { KinesisStreamRecord } from 'aws-lambda';
import { kinesisClient } from '../client/kinesis.ts';
import { bundleFunction } from './bundle.ts';
import type { FailedBatch } from './deliver-batch.ts';
import { type Endpoints, type Ports, startEmulators } from './emulators.ts';
import { startEventSourceMapping } from './event-source-mapping.ts';
import { startFunction } from './lambda.ts';
import { readMappingSettings } from './mapping-settings.ts';
import { provision } from './provision.ts';
import { readTemplate, type Stack } from './template.ts';

export const ROOT = new URL('../', import.meta.url);
const TEMPLATE = new URL('template.yaml', ROOT);

/** The names of a stack, as its template gives them. */
export interface StackNames {
  stream: string;
  eventDataTable: string;
  rejectedEventsTable: string;
  region: string;
}

export interface PipelineOptions {
  ports: Ports;
  /** The template's parameters that differ from their defaults. */
  parameters?: Stack['parameters'];
  /** Called with each record that is settled. */
  onSettled: (records: readonly KinesisStreamRecord[]) => void;
  /** Called with each line of the function's log. */
  onLog: (line: string) => void;
  /** A sentence about what goes wrong while it is tried again. */
  onProblem: (message: string) => void;
}

export interface Pipeline {
  endpoints: Endpoints;
  names: StackNames;
  kinesis: KinesisClient;
  dynamoDb: DynamoDBClient;
  close: () => Promise<void>;
}

/** Any credentials do: the emulators look at their form alone. */
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/**
 * Starts template.yaml on this machine: Kinesis and DynamoDB in memory, the function as the bundle that is deployed, and an
 * event source mapping between them.
 *
 * @throws {PortInUseError | TemplateError}
 */
export const startPipeline = async (options: PipelineOptions): Promise<Pipeline> => {
  const running: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (let end = running.pop(); end; end = running.pop()) await end();
  };
  try {
    return { ...(await startParts(options, running)), close };
  } catch (error) {
    await close();
    throw error;
  }
};

/** Adds to `running` what ends each part; the last one started is ended first. */
const startParts = async (
  { ports, parameters = {}, onSettled, onLog, onProblem }: PipelineOptions,
  running: (() => unknown)[],
): Promise<Omit<Pipeline, 'close'>> => {
  const stack: Stack = { name: 'local', region: 'us-east-1', accountId: '000000000000', parameters };
  const template = readTemplate(TEMPLATE, stack);
  const lambda = template.resource('DDBEventProcessor', 'AWS::Serverless::Function');
  const settings = readMappingSettings(lambda);

  const folder = await mkdtemp(join(tmpdir(), 'stream-processor-'));
  running.push(() => rm(folder, { recursive: true }));
  const bundling = bundleFunction(lambda, ROOT, folder);
  const { endpoints, close: closeEmulators } = await startEmulators(ports).finally(() => bundling.catch(() => {}));
  running.push(closeEmulators);

  const { region } = stack;
  const kinesis = kinesisClient({ region, endpoint: endpoints.kinesis, credentials: CREDENTIALS });
  const dynamoDb = new DynamoDBClient({ region, endpoint: endpoints.dynamoDb, credentials: CREDENTIALS });
  running.push(
    () => kinesis.destroy(),
    () => dynamoDb.destroy(),
  );
  await provision(template, { kinesis, dynamoDb });

  const { Handler, FunctionName, Timeout, MemorySize, Environment } = lambda.properties;
  const { Variables } = Environment as { Variables: Record<string, unknown> };
  const variables = Object.entries(Variables).map(([name, value]) => [name, String(value)]);
  const localFunction = await startFunction({
    bundle: await bundling,
    handlerName: String(Handler).split('.').at(-1)!,
    functionName: String(FunctionName),
    functionArn: template.arnOf('DDBEventProcessor'),
    timeout: Number(Timeout),
    memorySize: Number(MemorySize),
    environment: {
      ...Object.fromEntries(variables),
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamoDb,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
    onLog,
  });
  running.push(localFunction.close);

  const mapping = startEventSourceMapping({
    kinesis,
    streamName: template.nameOf('EventStream'),
    streamArn: template.arnOf('EventStream'),
    region,
    settings,
    invoke: async (payload) => {
      const answer = await localFunction.invoke(payload);
      if ('error' in answer) onProblem(`the function failed: ${answer.error.errorType}: ${answer.error.errorMessage}`);
      return answer;
    },
    onSettled,
    onFailure: async ({ condition, records }: FailedBatch) =>
      onProblem(`${records.length} records were given up: ${condition}`),
    onProblem,
    poll: { baseMs: 10, capMs: 500 },
    now: Date.now,
    random: Math.random,
    sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
  });
  running.push(mapping.close);

  const names: StackNames = {
    stream: template.nameOf('EventStream'),
    eventDataTable: template.nameOf('EventDataTable'),
    rejectedEventsTable: template.nameOf('RejectedEventsTable'),
    region,
  };
  return { endpoints, names, kinesis, dynamoDb };
};
