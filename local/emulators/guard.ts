import type { RequestListener, Server, ServerResponse } from 'node:http';
import { refuseForeign } from '../refuse-foreign.ts';

/**
 * Puts in front of an emulator what it lacks. It lets every web page in, and it throws when a client goes away in the middle of its
 * request, or where its checks of a request break on one that no SDK sends, which would end the thread and lose what it holds.
 *
 * @param host the address on which it listens
 * @returns the answers that it still works on, whether anyone waits for them or not
 */
export const guard = (server: Server, host: string): ReadonlySet<ServerResponse> => {
  const underWay = new Set<ServerResponse>();
  const [listener] = server.listeners('request') as RequestListener[];
  if (!listener) throw new Error('the emulator has no request listener; expected an HTTP server');
  const survivor: RequestListener = (request, response) => {
    const on = request.on.bind(request);
    request.on = (event: string, handle: (...values: never[]) => void) =>
      on(event, (...values: unknown[]) => {
        try {
          if (event === 'error') response.destroy();
          else (handle as (...values: unknown[]) => void)(...values);
        } catch (error) {
          refuseUnreadable(response, error as Error);
        }
      });
    underWay.add(response);
    on('close', () => {
      if (!request.complete) underWay.delete(response);
    });
    const { end } = response;
    response.end = ((...values: Parameters<typeof end>) => {
      underWay.delete(response);
      return end.apply(response, values);
    }) as typeof end;
    listener(request, response);
  };
  server.removeAllListeners('request');
  server.on('request', refuseForeign(survivor, [host]));
  // A client may send a request just when the server closes its idle connection. So only clients close them.
  server.keepAliveTimeout = 0;
  return underWay;
};

/** It has checked the request only, so nothing has changed. */
const refuseUnreadable = (response: ServerResponse, { message }: Error): void => {
  response.writeHead(400, { 'content-type': 'application/json' });
  const why = `the local stack cannot read the request (${message}); expected no null where a value belongs`;
  response.end(JSON.stringify({ __type: 'SerializationException', message: why }));
};
