import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { LOCAL_ACCOUNT_ID, LOCAL_REGION } from '../../aws/local-stack.ts';
import { compileThread } from '../compile-thread.ts';
import { type Endpoints, type ListenError, type Ports, problemOfListening } from './ports.ts';

export interface Emulators {
  endpoints: Endpoints;
  /** Records that were put on streams so far, without the changes of tables. */
  recordsPut: () => number;
  close: () => Promise<void>;
  /** Lets the process end while they run. */
  unref: () => void;
}

/**
 * Starts Kinesis and DynamoDB in memory, over HTTP on loopback, in a thread of their own.
 *
 * @throws {UserError} where they cannot listen, such as a PortInUseError
 */
export const startEmulators = async (ports: Ports): Promise<Emulators> => {
  const code = await compileThread(new URL('./emulators-worker.ts', import.meta.url));
  const recordsPut = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(code, {
    eval: true,
    workerData: { ...ports, recordsPut },
    // Both take the ARNs that they answer with from here. They are those of the template.
    env: { ...process.env, AWS_REGION: LOCAL_REGION, AWS_ACCOUNT_ID: LOCAL_ACCOUNT_ID },
  });
  const exited = once(worker, 'exit');
  const close = async (): Promise<void> => {
    worker.postMessage('close');
    await exited;
  };
  const [started] = (await once(worker, 'message')) as [Started];
  if ('endpoints' in started)
    return { ...started, recordsPut: () => Atomics.load(recordsPut, 0), close, unref: () => worker.unref() };
  await close();
  const { error } = started;
  throw problemOfListening(error, ports.host) ?? new Error(`the emulators did not start: ${error.message}`);
};

/** The worker's first message. An error that crosses threads loses its code, so its fields are sent. */
type Started = { endpoints: Endpoints } | { error: ListenError };
