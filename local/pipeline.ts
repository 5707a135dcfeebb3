import type { Ports } from './emulators/ports.ts';
import { bundleInTemporaryFolder } from './lambda/bundle.ts';
import { type RunnerEvents, type RunnerOptions, startRunner } from './runner.ts';
import { type Services, startServices } from './services.ts';
import { localStack } from './stack.ts';
import type { Stack } from './template/template.ts';

export interface PipelineOptions
  extends RunnerEvents,
    Pick<
      RunnerOptions,
      'checkpointFile' | 'clock' | 'failedBatches' | 'function' | 'functions' | 'others' | 'settings'
    > {
  ports: Ports;
  /** The template's parameters that differ from their defaults. */
  parameters?: NonNullable<Stack['parameters']>;
}

/**
 * Starts template.yaml on this machine: Kinesis and DynamoDB in memory, the function as the bundle that is deployed, and an
 * event source mapping between them.
 *
 * @throws {PortInUseError | TemplateError}
 */
export const startPipeline = async ({ ports, parameters = {}, ...options }: PipelineOptions): Promise<Services> => {
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
