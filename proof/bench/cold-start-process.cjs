'use strict';
/** A fresh process that loads a bundle and invokes it twice: plain JavaScript, so that nothing else is loaded before. */
const [bundle, invocation] = process.argv.slice(2);
const event = JSON.parse(require('node:fs').readFileSync(invocation, 'utf8'));
const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 60_000 };

const timed = async (work) => {
  const started = performance.now();
  const result = await work();
  return [performance.now() - started, result];
};

const main = async () => {
  const [init, { handler }] = await timed(() => require(bundle));
  const [first] = await timed(() => handler(event, context));
  const [second] = await timed(() => handler(event, context));
  process.stdout.write(JSON.stringify({ init, first, second }), () => process.exit());
};

main();
