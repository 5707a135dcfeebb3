import type { RequestListener, Server, ServerResponse } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../aws/system-clock.ts';
import { listen } from '../listen.ts';
import { refuseForeign } from '../refuse-foreign.ts';
import { isChangeStream } from './change-stream.ts';
import { quickenHashKeys } from './hash-keys.ts';
import type { Endpoints, Ports } from './ports.ts';
import { quickenSequenceNumbers } from './sequence-numbers.ts';
import { countPuts, openDynamoDb, openKinesis, Streams } from './stores.ts';
import { recordChanges } from './table-changes.ts';

/** The answers that an emulator still works on, whether anyone waits for them or not. */
const underWay = new Set<ServerResponse>();

/**
 * Puts in front of an emulator what it lacks. It lets every web page in, and it throws when a client goes away in the middle of its
 * request, or where its checks of a request break on one that no SDK sends, which would end the thread and lose what it holds.
 */
const guard = (server: Server): Server => {
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
  return server;
};

/** It has checked the request only, so nothing has changed. */
const refuseUnreadable = (response: ServerResponse, { message }: Error): void => {
  response.writeHead(400, { 'content-type': 'application/json' });
  const why = `the local stack cannot read the request (${message}); expected no null where a value belongs`;
  response.end(JSON.stringify({ __type: 'SerializationException', message: why }));
};

const {
  host = '127.0.0.1',
  changeStreamShards = 1,
  folder,
  recordsPut,
  ...ports
} = workerData as Ports & { recordsPut: Int32Array };

quickenSequenceNumbers();
quickenHashKeys();
const streams = openKinesis(folder);
countPuts(streams.store, (stream, records) => {
  if (!isChangeStream(stream)) Atomics.add(recordsPut, 0, records);
});
const tables = openDynamoDb(folder);
recordChanges({
  dynamoDb: tables.store,
  streams: new Streams(streams.store),
  shards: changeStreamShards,
  clock: systemClock,
});
/** What ends those that listen. */
const closing: (() => Promise<void>)[] = [];
const open = async (server: Server, port: number): Promise<string> => {
  const { endpoint, close } = await listen(guard(server), port, host);
  closing.push(close);
  return endpoint;
};

parentPort?.once('message', async () => {
  // A store on disk works in threads of its own, and crashes the process where its thread ends before they do.
  for (let tries = 0; underWay.size > 0 && tries < 200; tries += 1) await systemClock.sleep(10);
  await Promise.all(closing.map((close) => close()));
  parentPort?.close();
});

const start = async (): Promise<void> => {
  try {
    const endpoints: Endpoints = {
      kinesis: await open(streams.server, ports.kinesis),
      dynamoDb: await open(tables.server, ports.dynamoDb),
    };
    parentPort?.postMessage({ endpoints });
  } catch (error) {
    const { code, message, port, address } = error as NodeJS.ErrnoException & { port?: number; address?: string };
    parentPort?.postMessage({ error: { code, message, port, address } });
  }
};

start();
