// Runs a command of the project: `node cli/run.cjs local/start.ts --help`. It is compiled the first time and after each change,
// which takes a part of a second; otherwise it starts as fast as JavaScript. Old JavaScript, as what it requires.
require('./node-version.cjs');
try {
  require.resolve('esbuild');
} catch (_) {
  console.error('error: the packages of the project are not all installed; run npm ci --include=dev first');
  process.exit(1);
}
const [, , script, ...args] = process.argv;
import('./compiled.mjs').then(({ runCommandFile }) => runCommandFile(script, args));
