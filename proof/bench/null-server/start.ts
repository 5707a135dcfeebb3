import { startAsked } from '../ask.ts';
import { type Counters, checkOptions, type NullServerOptions } from './null-server-options.ts';

export interface NullServer {
  /** Of Kinesis and of DynamoDB alike. */
  endpoint: string;
  pid: number;
  /** What it has done so far. */
  counters: () => Promise<Counters>;
  /** Resolves when the process has ended. */
  stop: () => Promise<void>;
}

/** What the process of the server answers, whatever it is asked. */
export interface State {
  port: number;
  counters: Counters;
}

/**
 * Starts a server that answers the calls of Kinesis and DynamoDB that write, and keeps nothing: what a client costs shows beside
 * it. It runs in a process of its own, so that the caller's processor time is the client's alone, and ends with the caller.
 *
 * @throws {RangeError} where an option is out of range
 */
export const startNullServer = async (options: NullServerOptions = {}): Promise<NullServer> => {
  const { pid, ask, stop } = startAsked<'state', State>(new URL('./server.ts', import.meta.url), checkOptions(options));
  const { port } = await ask('state');
  const counters = async (): Promise<Counters> => (await ask('state')).counters;
  return { endpoint: `http://127.0.0.1:${port}`, pid, counters, stop };
};
