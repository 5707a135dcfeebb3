import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compiled } from '../cli/compiled.mjs';

/**
 * Compiles a TypeScript file to the code of a worker thread: `new Worker(await compileThread(file), { eval: true })`. Plain
 * JavaScript starts sooner than a thread that has to load tsx. Packages are found from the file's own folder.
 */
export const compileThread = async (file: URL): Promise<string> => {
  const [bundle] = await compiled({
    entryPoints: [fileURLToPath(file)],
    packages: 'external',
    platform: 'node',
    format: 'cjs',
    target: `node${process.versions.node}`,
    banner: { js: '((require) => {' },
    footer: { js: `})(require('node:module').createRequire(${JSON.stringify(file.href)}));` },
  });
  return readFile(bundle!, 'utf8');
};
