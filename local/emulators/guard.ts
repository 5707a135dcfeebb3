import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestListener, Server, ServerResponse } from 'node:http';
import type { Lock, Release } from 'dynalite/db';
import { refuseForeign } from '../refuse-foreign.ts';

/** What an emulator works on: whom it answers, and how it lets go of the key that it has locked for it. */
interface Work {
  response: ServerResponse;
  unlock?: () => void;
}

/** What the running code works on, also in the callbacks of a store. */
const underWork = new AsyncLocalStorage<Work | undefined>();

/**
 * Puts in front of an emulator what it lacks. It lets every web page in, and it throws when a client goes away in the middle of its
 * request, which would end the thread and lose what it holds. And it does not say which operation it lacks.
 *
 * @param host the address on which it listens
 * @returns the answers that it still works on, whether anyone waits for them or not
 */
export const guard = (server: Server, host: string): ReadonlySet<ServerResponse> => {
  const underWay = new Set<ServerResponse>();
  const [listener] = server.listeners('request') as RequestListener[];
  if (!listener) throw new Error('the emulator has no request listener; expected an HTTP server');
  const survivor: RequestListener = (request, response) => {
    const work: Work = { response };
    const on = request.on.bind(request);
    request.on = (event: string, handle: (...values: never[]) => void) =>
      on(event, (...values: unknown[]) => {
        if (event === 'error') response.destroy();
        else underWork.run(work, guarded, () => (handle as (...values: unknown[]) => void)(...values));
      });
    underWay.add(response);
    on('close', () => {
      if (!request.complete) underWay.delete(response);
    });
    const { end } = response;
    response.end = ((body?: unknown) => {
      underWay.delete(response);
      if (typeof body !== 'string' || !UNKNOWN_OPERATION.test(body)) return end.call(response, body, 'utf8');
      for (const name of ['content-length', 'x-amz-crc32']) response.removeHeader(name);
      const { 'x-amz-target': target = 'a request without x-amz-target', 'content-type': type } = request.headers;
      const how = type === undefined ? 'without a content type' : `as ${type}`;
      const why = `the local stack does not do ${target} ${how} at this port`;
      return answer(response, 400, 'UnknownOperationException', why);
    }) as typeof end;
    listener(request, response);
  };
  server.removeAllListeners('request');
  server.on('request', refuseForeign(survivor, [host]));
  // A client may send a request just when the server closes its idle connection. So only clients close them.
  server.keepAliveTimeout = 0;
  return underWay;
};

/** What both emulators answer to an operation, or a content type, that they lack, without a word on it. */
const UNKNOWN_OPERATION = /^(\{"__type":"[\w.#]*UnknownOperationException"\}|<UnknownOperationException\/>\n)$/;

const guarded = (action: () => void): void => {
  try {
    action();
  } catch (error) {
    failWork(error as Error);
  }
};

/**
 * For what an emulator throws, wherever it does. Its checks of a request let through much that no SDK sends, on which it breaks later.
 * That request is answered with an error, and others get the key that it had locked.
 *
 * @throws {Error} the error itself, where it comes of no request
 */
export const failWork = (error: Error): void => {
  const work = underWork.getStore();
  if (!work) throw error;
  work.unlock?.();
  delete work.unlock;
  if (!work.response.headersSent) refuse(work.response, error);
};

/** Code that breaks on a value never works with it. What a store says, such as of a full disk, may pass. */
const refuse = (response: ServerResponse, error: Error): void => {
  if (error instanceof TypeError)
    answer(response, 400, 'SerializationException', `the local stack cannot read the request (${error.message})`);
  else answer(response, 500, 'InternalFailure', `the local stack failed on the request (${error.message})`);
};

/** In the form from which SDKs take the name and the message of an error. */
const answer = (response: ServerResponse, status: number, __type: string, message: string): ServerResponse =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ __type, message }));

/** The same lock, of which a section that fails lets go. A request may have others, such as those of a batch of writes, which go on. */
export const unlocking =
  (lock: Lock): Lock =>
  (key, section) => {
    const work = underWork.getStore();
    lock(key, (release) => {
      const holder: Work | undefined = work && { response: work.response, unlock: release(() => {}) };
      const letGo: Release = (callback) =>
        release((...values) => {
          // Nobody lets go twice.
          if (holder) delete holder.unlock;
          callback(...values);
        });
      // Whoever had the key before calls this, while its own request is under work.
      underWork.run(holder, guarded, () => section(letGo));
    });
  };
