import type { Endpoints, Ports } from './emulators/ports.ts';
import { bundleInTemporaryFolder } from './lambda/bundle.ts';
import { type Runner, type RunnerEvents, type RunnerOptions, startRunner, streamFunctionsOf } from './runner.ts';
import { type LocalServices, startServices } from './services.ts';
import { EVENT_PROCESSOR, localStack } from './stack.ts';
import type { Stack } from './template/template.ts';

export interface PipelineOptions
  extends RunnerEvents,
    Pick<
      RunnerOptions,
      'checkpointFile' | 'clock' | 'failedBatches' | 'function' | 'functions' | 'others' | 'settings'
    > {
  /** Where the emulators are started, or where others run already. */
  ports: Ports | Endpoints;
  /** @default local */
  stackName?: string;
  /** The template's parameters that differ from their defaults. */
  parameters?: NonNullable<Stack['parameters']>;
}

export interface Pipeline extends LocalServices, Pick<Runner, 'caughtUp'> {}

/**
 * Starts template.yaml on this machine: Kinesis and DynamoDB in memory, each function as the bundle that is deployed, and an
 * event source mapping that brings it its events.
 *
 * @throws {PortInUseError | TemplateError}
 */
export const startPipeline = async ({
  ports,
  parameters = {},
  stackName,
  ...options
}: PipelineOptions): Promise<Pipeline> => {
  const stack = localStack(parameters, stackName);
  const { functions = streamFunctionsOf(stack), others = {} } = options;
  const bundle = async (name: string) => {
    const overrides = name === EVENT_PROCESSOR.function ? options.function : others[name]?.function;
    if (overrides?.bundle !== undefined) return { name, path: overrides.bundle, remove: async () => {} };
    return { name, ...(await bundleInTemporaryFolder(stack, overrides?.entryPoint, name)) };
  };
  // All at once: none needs another.
  const [services, ...bundled] = await Promise.allSettled([startServices(ports, stack), ...functions.map(bundle)]);
  const closeParts = async (): Promise<void> => {
    if (services.status === 'fulfilled') await services.value.close();
    for (const one of bundled) if (one.status === 'fulfilled') await one.value.remove();
  };
  try {
    if (services.status === 'rejected') throw services.reason;
    const bundles: Record<string, string> = {};
    for (const one of bundled) {
      if (one.status === 'rejected') throw one.reason;
      bundles[one.value.name] = one.value.path;
    }
    const { endpoints, kinesis } = services.value;
    const runner = await startRunner({ ...options, functions, stack, endpoints, kinesis, bundles });
    const close = async (): Promise<void> => {
      await runner.close();
      await closeParts();
    };
    return { ...services.value, caughtUp: runner.caughtUp, close };
  } catch (error) {
    await closeParts();
    throw error;
  }
};
