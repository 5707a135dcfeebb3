import { once } from 'node:events';
import { relative, resolve } from 'node:path';
import { runCommand } from '../cli/command.ts';
import { readCount, readFlags } from '../cli/flags.ts';
import { UsageError } from '../cli/usage-error.ts';
import { startConsole } from './console/console.ts';
import type { Ports } from './emulators/emulators.ts';
import { logLine } from './lambda/log-line.ts';
import { FAILED_BATCHES } from './mapping/failed-batch-folder.ts';
import { type Pipeline, startPipeline } from './pipeline.ts';

const HELP = `Runs the local stack until Ctrl-C: Kinesis, the function and DynamoDB on fixed ports. What they hold ends with
them; only batches that were given up are kept.

  npm run local -- [options]

  --kinesis-port N        where Kinesis listens                          [default 4567]
  --dynamodb-port N       where DynamoDB listens                         [default 8000]
  --console-port N        where the console of the tables listens        [default 8001]
  --host ADDRESS          the address to listen on                       [default 127.0.0.1, which only this machine reaches]
                          The console has no login and stays on 127.0.0.1 whatever this says.
  --shards N              shards of the stream                           [default: as template.yaml says]
  --failed-batches DIR    where batches that were given up are kept      [default .local/failed-batches]
  -h, --help              this text

Port 0 is any that is free.
`;

interface StayOptions {
  ports: Ports;
  consolePort: number;
  shards?: number;
  failedBatches: string;
}

const PORT_FLAGS = {
  'kinesis-port': { of: 'Kinesis', byDefault: 4567 },
  'dynamodb-port': { of: 'DynamoDB', byDefault: 8000 },
  'console-port': { of: 'the console', byDefault: 8001 },
} as const;

type PortFlag = keyof typeof PORT_FLAGS;

/** @throws {UsageError} with every problem at once */
const readOptions = (
  flags: { [name in PortFlag | 'host' | 'shards' | 'failed-batches']?: string | undefined },
): StayOptions => {
  const problems: string[] = [];
  const taken = new Map<number, string>();
  const port = (name: PortFlag): number => {
    if (flags[name] === '0') return 0;
    const { of, byDefault } = PORT_FLAGS[name];
    const value = readCount(name, flags[name], problems) ?? byDefault;
    if (value > 65_535)
      problems.push(`--${name} is ${value}; expected a port from 1 to 65535, or 0 for any that is free`);
    const other = taken.get(value);
    if (other !== undefined) problems.push(`${other} and ${of} cannot both listen on port ${value}`);
    taken.set(value, of);
    return value;
  };
  const ports = { kinesis: port('kinesis-port'), dynamoDb: port('dynamodb-port') };
  const consolePort = port('console-port');
  const shards = readCount('shards', flags.shards, problems);
  const failedBatches = flags['failed-batches'] ?? FAILED_BATCHES;
  if (failedBatches === '') problems.push('--failed-batches is empty; expected the path of a folder');
  if (problems.length > 0) throw new UsageError(problems);
  return {
    ports: { ...ports, ...(flags.host === undefined ? {} : { host: flags.host }) },
    consolePort,
    ...(shards === undefined ? {} : { shards }),
    failedBatches: resolve(failedBatches),
  };
};

const welcome = (
  { endpoints, names }: Pipeline,
  consoleUrl: string,
  failedBatches: string,
): string => `The local stack is up, in memory: what it holds ends with it.

  Kinesis     ${endpoints.kinesis}   stream ${names.stream}
  DynamoDB    ${endpoints.dynamoDb}   tables ${names.eventDataTable}, ${names.rejectedEventsTable}
  Console     ${consoleUrl}   to look into the tables with a browser
  Failed      ${relative(process.cwd(), failedBatches) || '.'}   batches that the function could not process, whole

Send events to it from another terminal:

  npm run client -- --endpoint ${endpoints.kinesis} --stream ${names.stream} --file events/tweets.ndjson

Each invocation of the function writes one line below. Ctrl-C ends the stack.
`;

const main = async (argv: readonly string[]): Promise<number> => {
  const flags = readFlags(argv, {
    'kinesis-port': { type: 'string' },
    'dynamodb-port': { type: 'string' },
    'console-port': { type: 'string' },
    host: { type: 'string' },
    shards: { type: 'string' },
    'failed-batches': { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const);
  if (flags.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { ports, consolePort, shards, failedBatches } = readOptions(flags);
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const onProblem = (message: string): void => {
    process.stderr.write(`${message}\n`);
  };
  const pipeline = await startPipeline({
    ports,
    parameters: shards === undefined ? {} : { ShardCount: shards },
    failedBatches,
    onSettled: () => {},
    onLog: (line) => {
      const said = logLine(line);
      if (said !== undefined) process.stdout.write(`${said}\n`);
    },
    onProblem,
  });
  try {
    const { endpoints, names } = pipeline;
    const tableConsole = await startConsole({
      port: consolePort,
      endpoint: endpoints.dynamoDb,
      region: names.region,
      env: process.env,
      onProblem,
    });
    process.stdout.write(`${welcome(pipeline, tableConsole.url, failedBatches)}\n`);
    await interrupted;
    process.stdout.write('\nStopping the local stack.\n');
    await tableConsole.close();
  } finally {
    await pipeline.close();
  }
  return 0;
};

await runCommand(main, 'npm run local -- --help');
