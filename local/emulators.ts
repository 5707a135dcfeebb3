import { once } from 'node:events';
import { startWorker } from './worker.ts';

/** Ports on 127.0.0.1; 0 is any that is free. */
export interface Ports {
  kinesis: number;
  dynamoDb: number;
}

export interface Endpoints {
  kinesis: string;
  dynamoDb: string;
}

export interface Emulators {
  endpoints: Endpoints;
  close: () => Promise<void>;
}

/** A port that the emulators should listen on is taken. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
}

/**
 * Starts Kinesis and DynamoDB in memory, over HTTP on loopback, in a thread of their own.
 *
 * @throws {PortInUseError}
 */
export const startEmulators = async (ports: Ports): Promise<Emulators> => {
  const worker = startWorker(new URL('./emulators-worker.ts', import.meta.url), { workerData: ports });
  const exited = once(worker, 'exit');
  const close = async (): Promise<void> => {
    worker.postMessage('close');
    await exited;
  };
  const [{ endpoints, error }] = (await once(worker, 'message')) as [Started];
  if (endpoints) return { endpoints, close };
  await close();
  if (error?.code !== 'EADDRINUSE') throw new Error(`the emulators did not start: ${error?.message}`);
  throw new PortInUseError(`port ${error.port} of 127.0.0.1 is in use; end what listens there, or choose another port`);
};

interface Started {
  endpoints?: Endpoints;
  error?: { code?: string; message: string; port?: number };
}
