import { compiled } from '../../cli/compiled.mjs';
import type { LocalStack } from '../stack.ts';
import { functionOf, streamFunctionsOf } from './function-options.ts';

/** https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build-typescript.html */
interface BuildProperties {
  EntryPoints: string[];
  Format: 'cjs' | 'esm';
  OutExtension?: string[];
  MainFields?: string;
  External?: string[];
  Minify?: boolean;
  Sourcemap?: boolean;
  SourcesContent?: string;
}

interface BundleOptions {
  /** Path of a file in place of the template's. */
  entryPoint?: string | undefined;
  /** Whether it has a source map. @default as in the template */
  sourcemap?: boolean;
}

/**
 * Bundles a function of the stack by the properties that `sam build` reads.
 *
 * @returns the path of the bundle
 */
export const bundleFunction = (
  stack: LocalStack,
  logicalName: string,
  { entryPoint, sourcemap }: BundleOptions = {},
): Promise<string> => {
  const properties = functionOf(logicalName, stack).metadata.BuildProperties as unknown as BuildProperties;
  return compiled({
    entryPoints: entryPoint === undefined ? properties.EntryPoints : [entryPoint],
    platform: 'node',
    format: properties.Format,
    outExtension: Object.fromEntries((properties.OutExtension ?? []).map((pair) => pair.split('='))),
    mainFields: (properties.MainFields ?? 'main,module').split(','),
    external: properties.External ?? [],
    minify: properties.Minify ?? false,
    sourcemap: sourcemap ?? properties.Sourcemap ?? false,
    sourcesContent: properties.SourcesContent !== 'false',
    // The one property that differs: the bundle runs on the Node of this machine.
    target: `node${process.versions.node}`,
  });
};

/**
 * Bundles every function of the stack that reads a stream.
 *
 * @param entryPoints paths of files in place of the template's, by the logical names of their functions
 * @returns the paths of the bundles, by the same names
 */
export const bundleFunctions = async (
  stack: LocalStack,
  entryPoints: Readonly<Record<string, string>> = {},
  options: Omit<BundleOptions, 'entryPoint'> = {},
): Promise<Record<string, string>> => {
  const bundles = streamFunctionsOf(stack).map(async (name) => [
    name,
    await bundleFunction(stack, name, { ...options, entryPoint: entryPoints[name] }),
  ]);
  return Object.fromEntries(await Promise.all(bundles));
};
