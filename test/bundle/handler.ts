import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../aws/system-clock.ts';
import { type LocalFunction, startFunction } from '../../local/lambda/lambda.ts';

/** The settings of a Lambda function, as a template and as Lambda's API name them. */
export interface FunctionSettings {
  Handler: string;
  FunctionName: string;
  Timeout: number;
  MemorySize: number;
  Environment: { Variables: Record<string, string> };
}

/**
 * The file that holds a handler, found in the order in which Lambda's runtime for Node looks for it.
 *
 * @throws {Error} where the folder has none
 */
export const bundleOf = (folder: string, handler: string): string => {
  const [moduleName] = handler.split('.');
  const bundle = ['.js', '.mjs', '.cjs'].map((extension) => join(folder, moduleName + extension)).find(existsSync);
  if (bundle === undefined) throw new Error(`${folder} has no module for the handler ${handler}`);
  return bundle;
};

/**
 * Starts a built function with its own settings, as Lambda would.
 *
 * @param environment is added to its own: the region, the credentials and the endpoints of an AWS of this machine
 */
export const startBuilt = (
  folder: string,
  { Handler, FunctionName, Timeout, MemorySize, Environment }: FunctionSettings,
  {
    functionArn,
    environment,
    onLog,
  }: {
    functionArn: string;
    environment: Readonly<Record<string, string>>;
    onLog: (line: string) => void;
  },
): Promise<LocalFunction> =>
  startFunction({
    bundle: bundleOf(folder, Handler),
    handlerName: Handler.split('.').at(-1)!,
    functionName: FunctionName,
    functionArn,
    timeout: Number(Timeout),
    memorySize: Number(MemorySize),
    environment: {
      ...Environment.Variables,
      // Deployed, it runs on a newer Node than this may be.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...environment,
    },
    onLog,
    clock: systemClock,
  });
