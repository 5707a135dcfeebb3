import type { BuildOptions } from 'esbuild';
import { compiled } from '../../cli/compiled.mjs';
import type { LocalStack } from '../stack.ts';
import { TemplateError } from '../template/template.ts';
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

/** What esbuild is told of a function of the stack. */
const optionsOf = (properties: BuildProperties, sourcemap = properties.Sourcemap ?? false): BuildOptions => ({
  platform: 'node',
  format: properties.Format,
  outExtension: Object.fromEntries((properties.OutExtension ?? []).map((pair) => pair.split('='))),
  mainFields: (properties.MainFields ?? 'main,module').split(','),
  external: properties.External ?? [],
  minify: properties.Minify ?? false,
  sourcemap,
  sourcesContent: properties.SourcesContent !== 'false',
  // The one property that differs: the bundle runs on the Node of this machine.
  target: `node${process.versions.node}`,
});

/**
 * Bundles every function of the stack that reads a stream, by the properties that `sam build` reads. Those that are built alike are
 * built at once, since they share most of their sources.
 *
 * @param entryPoints paths of files in place of the template's, by the logical names of their functions
 * @param sourcemap whether they have source maps. @default as in the template
 * @returns the paths of the bundles, by the same names
 * @throws {TemplateError} where the template does not say how to build one of them
 */
export const bundleFunctions = async (
  stack: LocalStack,
  entryPoints: Readonly<Record<string, string>> = {},
  { sourcemap }: { sourcemap?: boolean } = {},
): Promise<Record<string, string>> => {
  const builds = streamFunctionsOf(stack).map((name) => {
    const properties = functionOf(name, stack).metadata.BuildProperties as unknown as BuildProperties | undefined;
    if (!Array.isArray(properties?.EntryPoints))
      throw new TemplateError(`${name} has no EntryPoints in BuildProperties; expected a list, as sam build reads it`);
    const entryPoint = entryPoints[name] ?? properties.EntryPoints[0]!;
    return { name, entryPoint, options: JSON.stringify(optionsOf(properties, sourcemap)) };
  });
  const bundled = [...new Set(builds.map(({ options }) => options))].map(async (options) => {
    const alike = builds.filter((build) => build.options === options);
    const bundles = await compiled({ ...JSON.parse(options), entryPoints: alike.map(({ entryPoint }) => entryPoint) });
    return alike.map(({ name }, index) => [name, bundles[index]!]);
  });
  return Object.fromEntries((await Promise.all(bundled)).flat());
};
