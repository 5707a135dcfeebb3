import type { Endpoints, Ports } from './emulators/ports.ts';
import { bundleFunctions } from './lambda/bundle.ts';
import { type Runner, type RunnerOptions, startRunner } from './runner.ts';
import { type LocalServices, startServices } from './services.ts';
import { localStack } from './stack.ts';
import type { StackParameters } from './template/parameters.ts';

export interface PipelineOptions extends Omit<RunnerOptions, 'stack' | 'endpoints' | 'bundles'> {
  /** Where the emulators are started, or where others run already. */
  ports: Ports | Endpoints;
  /** @default local */
  stackName?: string;
  parameters?: StackParameters;
  /** Files that are bundled in place of the template's, by the logical names of their functions. */
  entryPoints?: Readonly<Record<string, string>>;
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
  entryPoints,
  ...options
}: PipelineOptions): Promise<Pipeline> => {
  const stack = localStack(parameters, stackName);
  // Both at once: neither needs the other.
  const [started, bundles] = await Promise.allSettled([
    startServices(ports, stack),
    bundleFunctions(stack, entryPoints),
  ]);
  if (started.status === 'rejected') throw started.reason;
  const services = started.value;
  try {
    if (bundles.status === 'rejected') throw bundles.reason;
    const runner = await startRunner({ ...options, stack, endpoints: services.endpoints, bundles: bundles.value });
    const close = async (): Promise<void> => {
      await runner.close();
      await services.close();
    };
    return { ...services, caughtUp: runner.caughtUp, close };
  } catch (error) {
    await services.close();
    throw error;
  }
};
