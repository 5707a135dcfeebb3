import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createServer as createConsole } from 'dynamodb-admin';
import { awsClient, type ClientOptions } from '../../aws/client.ts';
import { refuseForeign } from '../refuse-foreign.ts';
import { fitToJson } from './console-client.ts';

/** It has no login, so only this machine may reach it, and no web page elsewhere. */
const HOST = '127.0.0.1';

const { port, dynamoDb } = workerData as { port: number; dynamoDb: ClientOptions };
const client = awsClient(DynamoDBClient, dynamoDb);
const reader = awsClient(DynamoDBClient, dynamoDb);
fitToJson(client, reader);
const pages: RequestListener = createConsole({ dynamoDbClient: client });
const server = createServer(
  refuseForeign((request, response) => {
    // Every browser asks for an icon and reports an error where there is not one.
    if (request.url === '/favicon.ico') response.writeHead(204).end();
    else pages(request, response);
  }),
);

parentPort?.once('message', () => {
  server.close(() => {
    client.destroy();
    reader.destroy();
    parentPort?.close();
  });
  server.closeAllConnections();
});

server.once('error', ({ code, message }: NodeJS.ErrnoException) =>
  parentPort?.postMessage({ error: { code, message } }),
);
server.listen(port, HOST, () => {
  parentPort?.postMessage({ url: `http://${HOST}:${(server.address() as AddressInfo).port}` });
});
