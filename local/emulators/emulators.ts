import { once } from 'node:events';
import { UserError } from '../../cli/user-error.ts';
import { startWorker } from '../../cli/worker.ts';

/** Where to listen. */
export interface Ports {
  /** @default 127.0.0.1, which only this machine reaches */
  host?: string;
  /** 0 is any port that is free. */
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
export class PortInUseError extends UserError {
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
  if (error?.code === 'EADDRNOTAVAIL' || error?.code === 'ENOTFOUND')
    throw new Error(`this machine has no address ${ports.host}; expected one of its own, such as 127.0.0.1`);
  if (error?.code !== 'EADDRINUSE') throw new Error(`the emulators did not start: ${error?.message}`);
  throw new PortInUseError(
    `port ${error.port} of ${error.address} is in use; end what listens there, or choose another port`,
  );
};

interface Started {
  endpoints?: Endpoints;
  error?: { code?: string; message: string; port?: number; address?: string };
}
