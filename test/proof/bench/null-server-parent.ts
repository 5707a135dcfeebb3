import { startNullServer } from '../../../proof/bench/null-server/start.ts';

/** Starts a null server, says which process it is, and goes on until it is killed. */
const { pid } = await startNullServer();
process.stdout.write(`${pid}\n`);
