import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { localCredentials } from '../../aws/local-stack.ts';
import type { Environment } from '../../cli/environment.ts';
import { compileThread } from '../compile-thread.ts';
import { PortInUseError } from '../emulators/ports.ts';

export interface ConsoleOptions {
  /** 0 is any free port. */
  port: number;
  /** Where DynamoDB is. */
  endpoint: string;
  region: string;
  /** Variables of AWS in it do not reach the console, which has the local tables and no others. */
  env: Environment;
  /** A sentence about a console that ended by itself. */
  onProblem: (message: string) => void;
}

export interface Console {
  /** Always on 127.0.0.1. */
  url: string;
  close: () => Promise<void>;
}

/**
 * Serves dynamodb-admin: web pages that show the tables of the local stack.
 *
 * It runs in a thread of its own, without the user's AWS settings, and cannot write between the stack's lines.
 *
 * @throws {PortInUseError}
 */
export const startConsole = async ({ port, endpoint, region, env, onProblem }: ConsoleOptions): Promise<Console> => {
  const settings = Object.entries(env).filter(([name]) => !/^(AWS|DYNAMO)_/.test(name));
  const dynamoDb = { region, endpoint, credentials: localCredentials(), maxAttempts: 1 };
  const worker = new Worker(await compileThread(new URL('./console-worker.ts', import.meta.url)), {
    eval: true,
    workerData: { port, dynamoDb },
    env: { ...Object.fromEntries(settings), AWS_EC2_METADATA_DISABLED: 'true' },
    stdout: true,
    stderr: true,
  });
  // A page shows its errors itself.
  worker.stdout.resume();
  worker.stderr.resume();
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  const close = async (): Promise<void> => {
    worker.postMessage('close');
    await exited;
  };
  const [{ url, error }] = (await once(worker, 'message')) as [Started];
  if (url !== undefined) {
    worker.on('error', ({ message }) => onProblem(`the console ended: ${message}; the stack goes on without it`));
    return { url, close };
  }
  await close();
  if (error?.code !== 'EADDRINUSE') throw new Error(`the console did not start: ${error?.message}`);
  throw new PortInUseError(`port ${port} of 127.0.0.1 is in use; choose another one, or 0 for any free port`);
};

interface Started {
  url?: string;
  error?: { code?: string; message: string };
}
