/**
 * Runs a TypeScript file of the project: `node run-compiled.mjs FILE ARGS…`. It is compiled to one file of JavaScript the first
 * time, and then for as long as no source changes. tsx would compile it in each process, which takes three times the processor.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Where the imports of packages resolve as they do from the sources. */
const CACHE = join(ROOT, 'node_modules', '.cache', 'compiled-commands');

const digestOf = (text) => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** A digest of the state of every source. */
const stateOfSources = () => {
  const states = [];
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.')) visit(path);
      else if (/\.(ts|mjs)$/.test(entry.name)) {
        const { mtimeMs, size } = statSync(path);
        states.push(`${path} ${mtimeMs} ${size}`);
      }
    }
  };
  visit(ROOT);
  return digestOf(states.join('\n'));
};

/** The files keep their URLs, by which they find the template, workers and each other. */
const keepUrls = {
  name: 'keep-urls',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
      loader: 'ts',
    })),
};

const compile = async (script, output) => {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [script],
    outfile: output,
    write: false,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: `node${process.versions.node}`,
    plugins: [keepUrls],
    logLevel: 'silent',
  });
  mkdirSync(dirname(output), { recursive: true });
  const temporary = `${output}.${process.pid}.tmp`;
  writeFileSync(temporary, outputFiles[0].contents);
  // Whole or not at all: two processes may compile the same file at once.
  renameSync(temporary, output);
};

const [, , script, ...args] = process.argv;
const prefix = `${digestOf(`${ROOT} ${process.version} ${script}`)}-`;
const output = join(CACHE, `${prefix}${stateOfSources()}.mjs`);
if (!existsSync(output)) {
  await compile(script, output);
  for (const name of readdirSync(CACHE))
    if (name.startsWith(prefix) && name.endsWith('.mjs') && join(CACHE, name) !== output)
      rmSync(join(CACHE, name), { force: true });
}
process.argv = [process.execPath, script, ...args];
await import(pathToFileURL(output).href);
