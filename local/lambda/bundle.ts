import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Resource } from '../template/template.ts';

/**
 * Bundles a function of the template as `sam build` does, by the same properties.
 *
 * @param root the folder of the template
 * @param outdir where the bundle goes
 * @returns the path of the bundle
 */
export const bundleFunction = async ({ metadata }: Resource, root: URL, outdir: string): Promise<string> => {
  const properties = metadata.BuildProperties as unknown as BuildProperties;
  const { metafile } = await build({
    absWorkingDir: fileURLToPath(root),
    entryPoints: properties.EntryPoints,
    outdir,
    bundle: true,
    metafile: true,
    platform: 'node',
    format: properties.Format,
    outExtension: Object.fromEntries((properties.OutExtension ?? []).map((pair) => pair.split('='))),
    mainFields: (properties.MainFields ?? 'main,module').split(','),
    minify: properties.Minify ?? false,
    sourcemap: properties.Sourcemap ?? false,
    sourcesContent: properties.SourcesContent !== 'false',
    // The one property that differs: the bundle runs on the Node of this machine.
    target: `node${process.versions.node}`,
  });
  const [bundle] = Object.entries(metafile.outputs).flatMap(([path, { entryPoint }]) => (entryPoint ? [path] : []));
  return fileURLToPath(new URL(bundle ?? '', root));
};

/** https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build-typescript.html */
interface BuildProperties {
  EntryPoints: string[];
  Format: 'cjs' | 'esm';
  OutExtension?: string[];
  MainFields?: string;
  Minify?: boolean;
  Sourcemap?: boolean;
  SourcesContent?: string;
}
