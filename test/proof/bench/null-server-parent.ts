import { withNullServer } from '../../../proof/bench/null-server/start.ts';

/** Starts a null server, prints its process id, and waits until it is killed. */
await withNullServer({}, async ({ pid }) => {
  process.stdout.write(`${pid}\n`);
  await new Promise(() => {});
});
