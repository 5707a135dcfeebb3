import type { MessagePort } from 'node:worker_threads';
import type { Streams } from './streams.ts';

/** What the changes of tables need of the streams. */
export type ChangeStreams = Pick<Streams, 'create' | 'remove' | 'put'>;

interface Call {
  id: number;
  name: keyof ChangeStreams;
  values: unknown[];
}

interface Reply {
  id: number;
  /** Of an error that crosses threads only the message stays, so its fields are sent. */
  error?: { message: string };
}

/** Answers calls from the other end of a port, which does not keep the thread alive. */
export const answerCalls = (port: MessagePort, streams: ChangeStreams): void => {
  const reply = (answer: Reply): void => port.postMessage(answer);
  port.on('message', ({ id, name, values }: Call) => {
    const action = streams[name].bind(streams) as (...values: unknown[]) => Promise<void>;
    action(...values).then(
      () => reply({ id }),
      (error: Error) => reply({ id, error: { ...error, message: error.message } }),
    );
  });
  port.unref();
};

/** The streams of another thread, which answers at the other end of the port. It does not keep this thread alive. */
export const streamsAt = (port: MessagePort): ChangeStreams => {
  const waiting = new Map<number, (reply: Reply) => void>();
  let calls = 0;
  port.on('message', (reply: Reply) => {
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  port.unref();
  const call =
    (name: keyof ChangeStreams) =>
    (...values: unknown[]): Promise<void> =>
      new Promise((resolve, reject) => {
        const id = calls++;
        waiting.set(id, ({ error }) => (error ? reject(Object.assign(new Error(error.message), error)) : resolve()));
        port.postMessage({ id, name, values } satisfies Call);
      });
  return { create: call('create'), remove: call('remove'), put: call('put') };
};
