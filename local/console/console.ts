import { once } from 'node:events';
import { LOCAL_CREDENTIALS } from '../../aws/local-stack.ts';
import type { Environment } from '../../cli/environment.ts';
import { startWorker } from '../../cli/worker.ts';
import { PortInUseError } from '../emulators/emulators.ts';

export interface ConsoleOptions {
  /** 0 is any port that is free. */
  port: number;
  /** Where DynamoDB is. */
  endpoint: string;
  region: string;
  /** What is about AWS in it stays outside: the console has these local tables and no others. */
  env: Environment;
  /** A sentence about the end of a console that was not told to end. */
  onProblem: (message: string) => void;
}

export interface Console {
  /** On 127.0.0.1 in any case. */
  url: string;
  close: () => Promise<void>;
}

/**
 * Serves dynamodb-admin, pages to look into the tables of the local stack with.
 *
 * It runs in a thread of its own, where it has neither the user's AWS settings nor a way to write between the stack's lines.
 *
 * @throws {PortInUseError}
 */
export const startConsole = async ({ port, endpoint, region, env, onProblem }: ConsoleOptions): Promise<Console> => {
  const settings = Object.entries(env).filter(([name]) => !/^(AWS|DYNAMO)_/.test(name));
  const dynamoDb = { region, endpoint, credentials: LOCAL_CREDENTIALS, maxAttempts: 1 };
  const worker = startWorker(new URL('./console-worker.ts', import.meta.url), {
    workerData: { port, dynamoDb },
    env: { ...Object.fromEntries(settings), AWS_EC2_METADATA_DISABLED: 'true' },
    stdout: true,
    stderr: true,
  });
  // What a page cannot do, it says itself.
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
  throw new PortInUseError(`port ${port} of 127.0.0.1 is in use; end what listens there, or choose another port`);
};

interface Started {
  url?: string;
  error?: { code?: string; message: string };
}
