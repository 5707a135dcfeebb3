import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const compiled = new Map<string, Promise<string>>();

/**
 * Compiles a TypeScript file to the code of a worker thread: `new Worker(await compileThread(file), { eval: true })`. Plain
 * JavaScript starts sooner than a thread that has to load tsx. Packages are found from the file's own folder. A process
 * compiles each file once.
 */
export const compileThread = (file: URL): Promise<string> => {
  const code = compiled.get(file.href) ?? compile(file);
  compiled.set(file.href, code);
  return code;
};

const compile = async (file: URL): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(file)],
    write: false,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'cjs',
    target: `node${process.versions.node}`,
    banner: { js: '((require) => {' },
    footer: { js: `})(require('node:module').createRequire(${JSON.stringify(file.href)}));` },
  });
  return outputFiles[0]!.text;
};
