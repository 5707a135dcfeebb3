import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Found from here, since a benchmark may run in another folder. */
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/**
 * Starts a TypeScript file as a process of its own, with one argument that is JSON and a channel for messages. What it writes
 * to standard output, as the function's log, is written and read by nobody.
 */
export const forkTypeScript = (file: URL, argument: unknown): ChildProcess =>
  fork(fileURLToPath(file), [JSON.stringify(argument)], {
    execArgv: ['--import', TSX],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
