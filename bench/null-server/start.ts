import { once } from 'node:events';
import { forkTypeScript } from '../fork-typescript.ts';
import { type Counters, checkOptions, type NullServerOptions } from './options.ts';

export interface NullServer {
  /** Of Kinesis and of DynamoDB alike. */
  endpoint: string;
  pid: number;
  /** What it has done so far. */
  counters: () => Promise<Counters>;
  /** Resolves when the process has ended. */
  stop: () => Promise<void>;
}

/**
 * Starts a server that answers the calls of Kinesis and DynamoDB that write, and keeps nothing: what a client costs shows beside
 * it. It runs in a process of its own, so that the caller's processor time is the client's alone, and ends with the caller.
 *
 * @throws {RangeError} where an option is out of range
 */
export const startNullServer = async (options: NullServerOptions = {}): Promise<NullServer> => {
  const child = forkTypeScript(new URL('./server.ts', import.meta.url), checkOptions(options));
  const exited = once(child, 'exit');
  const answer = async <T>(): Promise<T> => {
    const [message] = await Promise.race([
      once(child, 'message'),
      exited.then(([code]) => {
        throw new Error(`the null server ended with code ${code}; expected it to answer`);
      }),
    ]);
    return message as T;
  };
  const { port } = await answer<{ port: number }>();
  // One question at a time: an answer does not say which question it is for.
  let last: Promise<unknown> = Promise.resolve();
  const counters = (): Promise<Counters> => {
    const next = last.then(() => {
      child.send('counters');
      return answer<Counters>();
    });
    last = next.catch(() => undefined);
    return next;
  };
  const stop = async (): Promise<void> => {
    if (child.connected) child.disconnect();
    await exited;
  };
  return { endpoint: `http://127.0.0.1:${port}`, pid: child.pid!, counters, stop };
};
