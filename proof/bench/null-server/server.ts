import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock } from '../../../core/clock.ts';
import { type Listening, listen as listenOn } from '../../../local/listen.ts';
import { refuseForeign } from '../../../local/refuse-foreign.ts';
import { type Answer, type Counters, type NullServerOptions, operationsOf } from './operations.ts';

export interface ListeningServer extends Listening {
  counters: Counters;
}

/**
 * Starts the null server in this process.
 *
 * @param clock never goes back
 */
export const listen = async (options: NullServerOptions, clock: Pick<Clock, 'now'>): Promise<ListeningServer> => {
  const { latencyMs = 0 } = options;
  const counters = { requests: 0, bytes: 0, records: 0, recordBytes: 0, refused: 0, items: 0 };
  const answerTo = operationsOf({ options, counters, now: clock.now });
  // A client's connection stays open however long it rests: closing it would race with the next request.
  const server = createServer(
    { keepAliveTimeout: 0, requestTimeout: 0, noDelay: true },
    refuseForeign((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const answer = answerTo(String(request.headers['x-amz-target']), Buffer.concat(chunks));
        if (latencyMs === 0) reply(request, response, answer);
        else setTimeout(reply, latencyMs, request, response, answer).unref();
      });
    }),
  );
  return { ...(await listenOn(server)), counters };
};

const reply = (request: IncomingMessage, response: ServerResponse, { status, body }: Answer): void => {
  response.writeHead(status, {
    'content-type': request.headers['content-type'] ?? 'application/x-amz-json-1.1',
    'content-length': Buffer.byteLength(body),
    'x-amzn-requestid': '00000000-0000-0000-0000-000000000000',
  });
  response.end(body);
};
