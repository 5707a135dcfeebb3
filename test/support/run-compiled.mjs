/**
 * Runs a TypeScript file of the project: `node run-compiled.mjs FILE ARGS…`. It is compiled to JavaScript the first
 * time, and then for as long as no source changes. tsx would compile it in each process, which takes three times the processor.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
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

/** The packages of the product are compiled in, which halves what a command takes to start. Emulators and tools are not made for it. */
const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

const compile = async (script, folder) => {
  const { build } = await import('esbuild');
  // Whole or not at all: two processes may compile the same file at once.
  const temporary = `${folder}.${process.pid}.tmp`;
  await build({
    absWorkingDir: ROOT,
    entryPoints: { command: script },
    outdir: temporary,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // What a command imports only when it needs it stays in files of its own.
    splitting: true,
    external: Object.keys(devDependencies),
    mainFields: ['module', 'main'],
    platform: 'node',
    format: 'esm',
    target: `node${process.versions.node}`,
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    plugins: [keepUrls],
    logLevel: 'silent',
  });
  try {
    renameSync(temporary, folder);
  } catch (error) {
    // The other one was first.
    if (!existsSync(folder)) throw error;
    rmSync(temporary, { recursive: true });
  }
};

const [, , script, ...args] = process.argv;
const prefix = `${digestOf(`${ROOT} ${process.version} ${script}`)}-`;
const folder = join(CACHE, `${prefix}${stateOfSources()}`);
if (!existsSync(folder)) {
  await compile(script, folder);
  for (const name of readdirSync(CACHE))
    if (name.startsWith(prefix) && !name.endsWith('.tmp') && join(CACHE, name) !== folder)
      rmSync(join(CACHE, name), { recursive: true, force: true });
}
process.argv = [process.execPath, script, ...args];
await import(pathToFileURL(join(folder, 'command.mjs')).href);
