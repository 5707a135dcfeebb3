import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { kinesisClient } from '../aws/kinesis.ts';
import { LOCAL_CREDENTIALS } from '../aws/local-stack.ts';
import { type Endpoints, type Ports, startEmulators } from './emulators/emulators.ts';
import { provision } from './emulators/provision.ts';
import {
  bundleInTemporaryFolder,
  localStack,
  namesOf,
  type RunnerEvents,
  type RunnerOptions,
  type StackNames,
  startRunner,
} from './runner.ts';
import type { Stack } from './template/template.ts';

export { ROOT, type StackNames } from './runner.ts';

export interface PipelineOptions
  extends RunnerEvents,
    Pick<RunnerOptions, 'checkpointFile' | 'failedBatches' | 'function' | 'settings'> {
  ports: Ports;
  /** The template's parameters that differ from their defaults. */
  parameters?: NonNullable<Stack['parameters']>;
}

/** What the runner of a stack works on. It lives on where the runner is killed. */
export interface Services {
  endpoints: Endpoints;
  names: StackNames;
  kinesis: KinesisClient;
  dynamoDb: DynamoDBClient;
  close: () => Promise<void>;
}

export type Pipeline = Services;

/**
 * Starts Kinesis and DynamoDB in memory, with the stream and the tables of template.yaml.
 *
 * @throws {PortInUseError | TemplateError}
 */
export const startServices = async (ports: Ports, stack = localStack()): Promise<Services> => {
  const { region, template } = stack;
  const { endpoints, close: closeEmulators } = await startEmulators(ports);
  const kinesis = kinesisClient({ region, endpoint: endpoints.kinesis, credentials: LOCAL_CREDENTIALS });
  const dynamoDb = new DynamoDBClient({ region, endpoint: endpoints.dynamoDb, credentials: LOCAL_CREDENTIALS });
  const close = async (): Promise<void> => {
    kinesis.destroy();
    dynamoDb.destroy();
    await closeEmulators();
  };
  try {
    await provision(template, { kinesis, dynamoDb });
    return { endpoints, names: namesOf(stack), kinesis, dynamoDb, close };
  } catch (error) {
    await close();
    throw error;
  }
};

/**
 * Starts template.yaml on this machine: Kinesis and DynamoDB in memory, the function as the bundle that is deployed, and an
 * event source mapping between them.
 *
 * @throws {PortInUseError | TemplateError}
 */
export const startPipeline = async ({ ports, parameters = {}, ...options }: PipelineOptions): Promise<Pipeline> => {
  const stack = localStack(parameters);
  const { bundle, entryPoint } = options.function ?? {};
  // Both at once: neither needs the other.
  const starting = [
    bundle === undefined ? bundleInTemporaryFolder(stack, entryPoint) : { path: bundle, remove: async () => {} },
    startServices(ports, stack),
  ] as const;
  const [bundled, services] = await Promise.allSettled(starting);
  const closeParts = async (): Promise<void> => {
    if (services.status === 'fulfilled') await services.value.close();
    if (bundled.status === 'fulfilled') await bundled.value.remove();
  };
  try {
    if (services.status === 'rejected') throw services.reason;
    if (bundled.status === 'rejected') throw bundled.reason;
    const { endpoints, kinesis } = services.value;
    const overrides = { ...options.function, bundle: bundled.value.path };
    const runner = await startRunner({ ...options, stack, endpoints, kinesis, function: overrides });
    const close = async (): Promise<void> => {
      await runner.close();
      await closeParts();
    };
    return { ...services.value, close };
  } catch (error) {
    await closeParts();
    throw error;
  }
};
