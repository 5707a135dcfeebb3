import { once } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { LOCAL_ACCOUNT_ID, LOCAL_REGION } from '../../aws/local-stack.ts';
import { UserError } from '../../cli/user-error.ts';
import { describeError } from '../../core/describe-error.ts';
import { compileThread } from '../compile-thread.ts';
import { type Endpoints, type Ports, problemOfListening } from './ports.ts';
import type { Started } from './serve.ts';

export interface Emulators {
  endpoints: Endpoints;
  /** Records that were put on streams so far, without the changes of tables. */
  recordsPut: () => number;
  close: () => Promise<void>;
  /** Lets the process end while they run. */
  unref: () => void;
}

/** What the thread of an emulator is started with. */
interface EmulatorThread extends Pick<Ports, 'host' | 'folder'> {
  port: number;
  /** Carries the changes of tables to their streams. */
  changes: MessagePort;
}

export interface KinesisThread extends EmulatorThread {
  /** Where it counts the records that are put on streams, without the changes of tables. */
  recordsPut: Int32Array;
}

export interface DynamoDbThread extends EmulatorThread, Pick<Ports, 'changeStreamShards'> {}

/**
 * Starts Kinesis and DynamoDB in memory, over HTTP on loopback, each in a thread of its own. One that ends by itself, as without memory,
 * ends the process: what it held is gone.
 *
 * @throws {UserError} where they cannot listen, such as a PortInUseError
 */
export const startEmulators = async (ports: Ports): Promise<Emulators> => {
  const recordsPut = new Int32Array(new SharedArrayBuffer(4));
  const { port1: toTables, port2: toStreams } = new MessageChannel();
  const [kinesis, dynamoDb] = await Promise.all([
    startThread<KinesisThread>('Kinesis', { ...ports, port: ports.kinesis, changes: toTables, recordsPut }),
    startThread<DynamoDbThread>('DynamoDB', { ...ports, port: ports.dynamoDb, changes: toStreams }),
  ]);
  const close = async (): Promise<void> => {
    // Its last changes still go to the streams.
    await dynamoDb.close();
    await kinesis.close();
  };
  const endpointOf = ({ started }: Thread): string => {
    if ('endpoint' in started) return started.endpoint;
    const { error } = started;
    throw problemOfListening(error, ports.host) ?? new Error(`an emulator did not start: ${error.message}`);
  };
  try {
    return {
      endpoints: { kinesis: endpointOf(kinesis), dynamoDb: endpointOf(dynamoDb) },
      recordsPut: () => Atomics.load(recordsPut, 0),
      close,
      unref: () => {
        kinesis.unref();
        dynamoDb.unref();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
};

interface Thread extends Pick<Emulators, 'close' | 'unref'> {
  started: Started;
}

/** It holds all that it was ever sent. https://nodejs.org/api/cli.html#--max-old-space-sizesize-in-mib */
const MORE_MEMORY = ', with fewer events or with more memory, as by NODE_OPTIONS=--max-old-space-size=8192';

const startThread = async <Data extends EmulatorThread>(name: string, data: Data): Promise<Thread> => {
  const code = await compileThread(new URL(`./${name.toLowerCase()}-worker.ts`, import.meta.url));
  const worker = new Worker(code, {
    eval: true,
    workerData: data,
    transferList: [data.changes],
    // Each takes the ARNs that it answers with from here. They are those of the template.
    env: { ...process.env, AWS_REGION: LOCAL_REGION, AWS_ACCOUNT_ID: LOCAL_ACCOUNT_ID },
  });
  worker.on('error', (cause: NodeJS.ErrnoException) => {
    const more = cause.code === 'ERR_WORKER_OUT_OF_MEMORY' ? MORE_MEMORY : '';
    const problem = `${name} has ended, and what it held is gone (${describeError(cause)}); start it again${more}`;
    throw new UserError(problem, { cause });
  });
  const exited = once(worker, 'exit');
  const [started] = (await once(worker, 'message')) as [Started];
  return {
    started,
    close: async () => {
      worker.postMessage('close');
      await exited;
    },
    unref: () => worker.unref(),
  };
};
