import { once } from 'node:events';
import { createServer } from 'node:net';
import { UserError } from '../../cli/user-error.ts';

/** Where to listen. */
export interface Ports {
  /** @default 127.0.0.1, which only this machine reaches */
  host?: string;
  /** 0 is any free port. */
  kinesis: number;
  dynamoDb: number;
  /** Shards of the change stream of a table, which DynamoDB decides for itself. @default 1 */
  changeStreamShards?: number;
  /** A folder for what they hold, where that is more than fits into memory. @default in memory */
  folder?: string;
}

/** The URLs of the emulators. */
export interface Endpoints {
  kinesis: string;
  dynamoDb: string;
}

/** A port of the local stack is taken. */
export class PortInUseError extends UserError {
  override readonly name = 'PortInUseError';
}

/** Why a server cannot listen, as Node says it. */
export type ListenError = Pick<NodeJS.ErrnoException, 'code' | 'message'> & { port?: number; address?: string };

/** What is wrong with the port or with the address, where it is one of them. @param host the address as it was given */
export const problemOfListening = ({ code, port, address }: ListenError, host = '127.0.0.1'): UserError | undefined => {
  switch (code) {
    case 'EADDRINUSE':
      return new PortInUseError(`port ${port} of ${address} is in use; choose another one, or 0 for any free port`);
    case 'EACCES':
      return new UserError(`port ${port} of ${address} is not for this user; choose one from 1024 on, or 0`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new UserError(`this machine has no address ${host}; expected one of its own, such as 127.0.0.1`);
  }
  return undefined;
};

/** Those of the ports that something listens on already. Port 0 is never one of them. */
export const portsInUse = async (ports: readonly number[], host = '127.0.0.1'): Promise<number[]> => {
  const used: number[] = [];
  for (const port of ports) {
    const server = createServer();
    server.listen(port, host);
    try {
      await once(server, 'listening');
      server.close();
      await once(server, 'close');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') used.push(port);
    }
  }
  return used;
};
