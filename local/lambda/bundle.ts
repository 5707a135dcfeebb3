import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { compiled } from '../../cli/compiled.mjs';
import { EVENT_PROCESSOR, type LocalStack } from '../stack.ts';
import { functionOf } from './function-options.ts';

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

export interface Bundle {
  path: string;
  /** Removes the bundle and its folder. */
  remove: () => Promise<void>;
}

/**
 * Bundles a function of the stack into a temporary folder, by the properties that `sam build` reads.
 *
 * @param entryPoint path of a file instead of the template's
 * @param logicalName the function, by its name in the template
 */
export const bundleInTemporaryFolder = async (
  stack: LocalStack,
  entryPoint?: string,
  logicalName: string = EVENT_PROCESSOR.function,
): Promise<Bundle> => {
  const properties = functionOf(logicalName, stack).metadata.BuildProperties as unknown as BuildProperties;
  const bundle = await compiled({
    entryPoints: entryPoint === undefined ? properties.EntryPoints : [entryPoint],
    platform: 'node',
    format: properties.Format,
    outExtension: Object.fromEntries((properties.OutExtension ?? []).map((pair) => pair.split('='))),
    mainFields: (properties.MainFields ?? 'main,module').split(','),
    external: properties.External ?? [],
    minify: properties.Minify ?? false,
    sourcemap: properties.Sourcemap ?? false,
    sourcesContent: properties.SourcesContent !== 'false',
    // The one property that differs: the bundle runs on the Node of this machine.
    target: `node${process.versions.node}`,
  });
  // The stack may run for longer than a result is kept that nobody asks for.
  const folder = await mkdtemp(join(tmpdir(), 'stream-processor-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true });
  try {
    await cp(dirname(bundle), folder, { recursive: true });
    return { path: join(folder, basename(bundle)), remove };
  } catch (error) {
    await remove();
    throw error;
  }
};
