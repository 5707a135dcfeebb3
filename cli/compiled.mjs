import { hash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const PACKAGES = join(ROOT, 'node_modules');

/** Below node_modules, so that the imports of packages resolve as they do from the sources. */
const CACHE = join(PACKAGES, '.cache', 'compiled');

/** What is not used for so long is removed. */
const DAY_MS = 24 * 60 * 60 * 1_000;

/** Every build depends on these as well as on its sources. The second one changes with each installation. */
const COMMON_INPUTS = [
  fileURLToPath(import.meta.url),
  join(PACKAGES, '.package-lock.json'),
  join(ROOT, 'package.json'),
  join(ROOT, 'tsconfig.json'),
];

/**
 * Bundles files with esbuild, and keeps the result until a source, a package or an option changes. Two processes may ask for the
 * same at once: each finds a whole result, or makes its own.
 *
 * @param {import('esbuild').BuildOptions} options with paths as entry points; no plugins, outdir or metafile
 * @returns {Promise<string[]>} the path of the bundle of each entry point, in a folder with all that belongs to them. It stays while
 * this process runs
 */
export const compiled = async (options) => {
  const digest = hash('sha256', JSON.stringify([ROOT, process.version, options]));
  const record = join(CACHE, `${digest.slice(0, 24)}.json`);
  const { folder, bundles } = current(record) ?? (await build(options, record));
  // A process that runs for days starts threads from it, and loads a part of it when that is needed first.
  setInterval(() => markAsUsed(folder), DAY_MS / 4).unref();
  return bundles;
};

/** Writes a file of JSON whole, or not at all. */
const write = (file, value) => {
  const temporary = `${file}.${randomUUID()}`;
  try {
    fs.writeFileSync(temporary, JSON.stringify(value));
    fs.renameSync(temporary, file);
  } catch (error) {
    remove(temporary);
    throw error;
  }
};

/** The bundles that a record names, unless an input has changed, or a file of theirs: one that has lost its content would do nothing. */
const current = (record) => {
  try {
    const { folder, bundles, files } = JSON.parse(fs.readFileSync(record, 'utf8'));
    if (files.some(([path, state]) => stateOf(path) !== state)) return undefined;
    markAsUsed(record, folder);
    return { folder, bundles };
  } catch {
    return undefined;
  }
};

/** Into the cache. Where nothing can be written there, as on a full disk, into a folder that lasts as long as this process. */
const build = async (options, record) => {
  const started = Date.now();
  const folder = join(CACHE, randomUUID());
  try {
    fs.mkdirSync(folder, { recursive: true });
    const { bundles, outputs, sources } = await bundleInto(folder, options);
    const inputs = [...COMMON_INPUTS, ...sources].map((path) => [
      path,
      // A file that was written during the build may have been read before that.
      modifiedAfter(started, path) ? 'unknown' : stateOf(path),
    ]);
    // Only when all that it names is there.
    write(record, { folder, bundles, files: [...inputs, ...outputs.map((path) => [path, stateOf(path)])] });
    removeUnused();
    return { folder, bundles };
  } catch (error) {
    remove(folder);
    // What names a line of a source fails anywhere.
    if (error.errors?.some(({ location }) => location)) throw error;
    return bundleInto(temporaryFolder(), options);
  }
};

/** @returns the folder, the paths of the bundles and of all files in it, and of the files of the project that are in these */
const bundleInto = async (folder, options) => {
  const { metafile } = await compile({
    absWorkingDir: ROOT,
    bundle: true,
    ...options,
    outdir: folder,
    metafile: true,
    plugins: [keepPlaces],
    logLevel: 'silent',
  });
  const bundleOf = (path) => {
    // esbuild names what links lead to.
    const entry = fs.realpathSync(resolve(ROOT, path));
    const [output] = Object.entries(metafile.outputs).find(
      ([, { entryPoint }]) => entryPoint !== undefined && resolve(ROOT, entryPoint) === entry,
    );
    return resolve(ROOT, output);
  };
  const sources = Object.keys(metafile.inputs).filter((input) => !input.includes('node_modules/'));
  return {
    folder,
    bundles: options.entryPoints.map(bundleOf),
    outputs: Object.keys(metafile.outputs).map((output) => resolve(ROOT, output)),
    sources: sources.map((source) => resolve(ROOT, source)),
  };
};

/** Its program is one for each system and CPU: packages that were copied from elsewhere bring one that cannot run. */
const compile = async (options) => {
  const esbuild = await import('esbuild');
  try {
    return await esbuild.build(options);
  } catch (error) {
    if (error.errors) throw error;
    const [reason] = error.message.trim().split('\n');
    throw failedBuild(
      `the compiler among the packages cannot run on this machine (${reason}); run npm ci on it first`,
      error,
    );
  }
};

const temporaryFolder = () => {
  try {
    const temporary = fs.mkdtempSync(resolve(tmpdir(), 'compiled-'));
    process.on('exit', () => fs.rmSync(temporary, { recursive: true, force: true }));
    fs.symlinkSync(PACKAGES, join(temporary, 'node_modules'), 'junction');
    return join(temporary, 'bundle');
  } catch (error) {
    throw failedBuild(
      `neither node_modules nor the folder for temporary files "${tmpdir()}" can be written (${error.code}); expected one that can: set TMPDIR`,
      error,
    );
  }
};

/** As esbuild itself says what is wrong. */
const failedBuild = (text, cause) => Object.assign(new Error(text, { cause }), { errors: [{ text }] });

/** The files keep their URLs, by which they find the template, workers and each other. */
const keepPlaces = {
  name: 'keep-places',
  setup: ({ onLoad }) =>
    onLoad({ filter: /(\.ts|compiled\.mjs)$/ }, ({ path }) => {
      const source = fs.readFileSync(path, 'utf8');
      const contents = source.replaceAll(/\bimport\.meta\.url\b/g, () => JSON.stringify(pathToFileURL(path).href));
      // esbuild reads the others itself, which is faster.
      return contents === source ? undefined : { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' };
    }),
};

const stateOf = (path) => {
  const found = fs.statSync(path, { throwIfNoEntry: false });
  return found ? `${found.mtimeMs} ${found.size}` : 'missing';
};

const modifiedAfter = (time, path) => (fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= time;

const markAsUsed = (...paths) => {
  const now = new Date();
  try {
    for (const path of paths) fs.utimesSync(path, now, now);
  } catch {
    // A cache that cannot be written to is not cleaned either.
  }
};

const remove = (path) => {
  try {
    fs.rmSync(path, { recursive: true, force: true });
  } catch {
    // It belongs to another user, or nothing can be there.
  }
};

const removeUnused = () => {
  for (const name of fs.readdirSync(CACHE)) {
    const path = join(CACHE, name);
    if (!modifiedAfter(Date.now() - DAY_MS, path)) remove(path);
  }
};

/**
 * Runs a file of TypeScript in this process. A command starts by itself: see command.ts.
 *
 * @param {string} script its path, from the folder of the project
 * @param {readonly string[]} args
 */
export const runCommandFile = async (script, args) => {
  const path = resolve(ROOT, script);
  try {
    const [bundle] = await compiled({
      entryPoints: [path],
      // Packages are compiled in, which halves what a command takes to start. These are not made for it.
      external: ['esbuild', 'playwright-core'],
      minifySyntax: true,
      minifyWhitespace: true,
      mainFields: ['module', 'main'],
      platform: 'node',
      format: 'esm',
      outExtension: { '.js': '.mjs' },
      target: `node${process.versions.node}`,
      sourcemap: 'linked',
      sourcesContent: false,
      splitting: true,
      banner: {
        js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.filename);",
      },
    });
    process.argv = [process.execPath, path, ...args];
    process.setSourceMapsEnabled(true);
    await import(pathToFileURL(bundle).href);
  } catch (error) {
    // Node itself would print the line of the bundle where it was thrown, which has all of the code.
    const problems = error?.errors?.filter(({ text }) => text) ?? [];
    if (problems.length === 0) console.error(error);
    for (const { text, location } of problems) {
      const place = location ? `${location.file}:${location.line}:${location.column + 1}: ` : '';
      // A package, not a file: another version of the project may need one more.
      const advice = /^Could not resolve "[^./]/.test(text) ? '; run npm ci first' : '';
      console.error(`error: ${place}${text}${advice}`);
    }
    // It may have started what would keep it alive.
    process.exit(1);
  }
};
