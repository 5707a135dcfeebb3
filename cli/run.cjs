// Runs a command of the project: `node cli/run.cjs local/start.ts --help`. It is compiled the first time and after each change,
// which takes a part of a second; otherwise it starts as fast as JavaScript. Old JavaScript, as what it requires.
require('./ready.cjs');
const [, , script, ...args] = process.argv;
import('./compiled.mjs').then(({ runCommandFile }) => runCommandFile(script, args));
