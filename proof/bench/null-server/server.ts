import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { seeded } from '../../../core/random.ts';
import { answerQuestions } from '../ask.ts';
import { type Answer, exception, type Operation } from './answer.ts';
import { nullDynamoDb } from './dynamo-db.ts';
import { nullKinesis } from './kinesis.ts';
import { type Counters, checkOptions, type NullServerOptions } from './null-server-options.ts';
import type { State } from './start.ts';

/**
 * The process of the null server: started by `startNullServer`, with its options as JSON. It tells its parent the port and the
 * counters whenever it is asked, and it ends with its parent, however that one ends.
 */
const { latencyMs, seed, ...options } = checkOptions(JSON.parse(process.argv[2] ?? '{}') as NullServerOptions);
const counters: Omit<Counters, 'cpuMicros'> = {
  requests: 0,
  bytes: 0,
  records: 0,
  recordBytes: 0,
  refused: 0,
  items: 0,
  unprocessed: 0,
};
const random = seeded(seed);
const operations = new Map<string, Operation>([
  ...named('Kinesis_20131202', nullKinesis({ ...options, random, now: () => performance.now(), counters })),
  ...named('DynamoDB_20120810', nullDynamoDb({ ...options, random, counters })),
]);

function named(service: string, of: Record<string, Operation>): [string, Operation][] {
  return Object.entries(of).map(([name, operation]) => [`${service}.${name}`, operation]);
}

const answerTo = (target: string, body: Buffer): Answer => {
  counters.requests += 1;
  counters.bytes += body.length;
  const operation = operations.get(target);
  if (operation) return operation(body);
  const known = [...operations.keys()].join(', ');
  return exception('UnknownOperationException', `x-amz-target is "${target}"; expected one of ${known}`);
};

const reply = (response: ServerResponse, { status, body }: Answer, type: string): void => {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'x-amzn-requestid': '00000000-0000-0000-0000-000000000000',
  });
  response.end(body);
};

const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { 'x-amz-target': target, 'content-type': type = 'application/x-amz-json-1.1' } = request.headers;
    const answer = answerTo(String(target), Buffer.concat(chunks));
    if (latencyMs === 0) reply(response, answer, type);
    else setTimeout(reply, latencyMs, response, answer, type);
  });
};

// A client's connection stays open however long it rests: closing it would race with the next request.
const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, noDelay: true }, onRequest);
const listening = once(server.listen(0, '127.0.0.1'), 'listening');
answerQuestions(async (): Promise<State> => {
  await listening;
  const { user, system } = process.cpuUsage();
  return { port: (server.address() as AddressInfo).port, counters: { ...counters, cpuMicros: user + system } };
});
// Ctrl-C reaches the whole group of processes, and the parent may want to ask once more.
process.on('SIGINT', () => {});
