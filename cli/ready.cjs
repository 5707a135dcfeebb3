// Ends the process with one clear line where this Node is too old, or where packages are missing. Old JavaScript, as what it requires.
require('./node-version.cjs');
try {
  require.resolve('esbuild');
} catch (_) {
  console.error('error: the packages of the project are not all installed; run npm ci first');
  process.exit(1);
}
