import { once } from 'node:events';
import { relative, resolve } from 'node:path';
import { runCommand } from '../client/command.ts';
import { readCount, readFlags } from '../client/settings.ts';
import { UsageError } from '../client/usage-error.ts';
import type { Ports } from './emulators.ts';
import { FAILED_BATCHES } from './failed-batch-folder.ts';
import { type Pipeline, startPipeline } from './pipeline.ts';

const HELP = `Runs the local stack until Ctrl-C: Kinesis, the function and DynamoDB on fixed ports. What they hold ends with
them; only batches that were given up are kept.

  npm run local -- [options]

  --kinesis-port N        where Kinesis listens                          [default 4567]
  --dynamodb-port N       where DynamoDB listens                         [default 8000]
  --host ADDRESS          the address to listen on                       [default 127.0.0.1, which only this machine reaches]
  --shards N              shards of the stream                           [default: as template.yaml says]
  --failed-batches DIR    where batches that were given up are kept      [default .local/failed-batches]
  -h, --help              this text
`;

interface StayOptions {
  ports: Ports;
  shards?: number;
  failedBatches: string;
}

/** @throws {UsageError} with every problem at once */
const readOptions = (
  flags: { [name in 'kinesis-port' | 'dynamodb-port' | 'host' | 'shards' | 'failed-batches']?: string | undefined },
): StayOptions => {
  const problems: string[] = [];
  const port = (name: 'kinesis-port' | 'dynamodb-port', byDefault: number): number => {
    const value = readCount(name, flags[name], problems) ?? byDefault;
    if (value > 65_535) problems.push(`--${name} is ${value}; expected a port from 1 to 65535`);
    return value;
  };
  const ports = { kinesis: port('kinesis-port', 4567), dynamoDb: port('dynamodb-port', 8000) };
  if (ports.kinesis === ports.dynamoDb)
    problems.push(`Kinesis and DynamoDB cannot both listen on port ${ports.kinesis}`);
  const shards = readCount('shards', flags.shards, problems);
  const failedBatches = flags['failed-batches'] ?? FAILED_BATCHES;
  if (failedBatches === '') problems.push('--failed-batches is empty; expected the path of a folder');
  if (problems.length > 0) throw new UsageError(problems);
  return {
    ports: { ...ports, ...(flags.host === undefined ? {} : { host: flags.host }) },
    ...(shards === undefined ? {} : { shards }),
    failedBatches: resolve(failedBatches),
  };
};

const welcome = (
  { endpoints, names }: Pipeline,
  failedBatches: string,
): string => `The local stack is up, in memory: what it holds ends with it.

  Kinesis     ${endpoints.kinesis}   stream ${names.stream}
  DynamoDB    ${endpoints.dynamoDb}   tables ${names.eventDataTable}, ${names.rejectedEventsTable}
  Failed      ${relative(process.cwd(), failedBatches) || '.'}   batches that the function could not process, whole

Send events to it from another terminal:

  npm run client -- --endpoint ${endpoints.kinesis} --stream ${names.stream} --file events/tweets.ndjson

Each invocation of the function writes one line below. Ctrl-C ends the stack.
`;

const main = async (argv: readonly string[]): Promise<number> => {
  const flags = readFlags(argv, {
    'kinesis-port': { type: 'string' },
    'dynamodb-port': { type: 'string' },
    host: { type: 'string' },
    shards: { type: 'string' },
    'failed-batches': { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const);
  if (flags.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { ports, shards, failedBatches } = readOptions(flags);
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const pipeline = await startPipeline({
    ports,
    parameters: shards === undefined ? {} : { ShardCount: shards },
    failedBatches,
    onSettled: () => {},
    onLog: (line) => process.stdout.write(`${line}\n`),
    onProblem: (message) => process.stderr.write(`${message}\n`),
  });
  process.stdout.write(`${welcome(pipeline, failedBatches)}\n`);
  await interrupted;
  process.stdout.write('\nStopping the local stack.\n');
  await pipeline.close();
  return 0;
};

await runCommand(main, 'npm run local -- --help');
