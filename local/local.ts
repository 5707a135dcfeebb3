import { once } from 'node:events';
import { relative, resolve } from 'node:path';
import { LOCAL_PORTS } from '../aws/local-stack.ts';
import { monotonicClock, systemClock } from '../aws/system-clock.ts';
import { runCommand } from '../cli/command.ts';
import { EXIT, INTERRUPTED } from '../cli/exit-code.ts';
import { readCount, readFlags } from '../cli/flags.ts';
import { listenForInterrupts } from '../cli/interrupts.ts';
import { printableLines } from '../cli/shown.ts';
import { UsageError } from '../cli/usage-error.ts';
import { defined } from '../core/defined.ts';
import { printable } from '../core/printable.ts';
import { startConsole } from './console/console.ts';
import { PortInUseError, type Ports, portsInUse } from './emulators/ports.ts';
import { logLine } from './lambda/log-line.ts';
import { FAILED_BATCHES } from './mapping/failed-batch-folder.ts';
import { startPipeline } from './pipeline.ts';
import type { Services } from './services.ts';
import { PARAMETER_FLAGS, PARAMETER_HELP, readParameters } from './stack-parameters.ts';
import { startUnlessAborted } from './start-unless-aborted.ts';
import type { Stack } from './template/template.ts';

const HELP = `Runs the local stack until Ctrl-C: Kinesis, the function and DynamoDB on fixed ports. Streams and tables are in memory
and end with it; only batches that were given up are kept.

  npm run local -- [options]

  --kinesis-port N        where Kinesis listens                          [default ${LOCAL_PORTS.kinesis}]
  --dynamodb-port N       where DynamoDB listens                         [default ${LOCAL_PORTS.dynamoDb}]
  --console-port N        where the console of the tables listens        [default ${LOCAL_PORTS.console}]
  --host ADDRESS          the address to listen on                       [default 127.0.0.1, which only this machine reaches]
                          The console has no login: it always listens on 127.0.0.1.
${PARAMETER_HELP}
  --failed-batches DIR    where batches that were given up are kept      [default .local/failed-batches]
  -h, --help              this text

Port 0 is any free port.
The exit code is 0 after Ctrl-C, 130 where that came before the stack was up, 1 after an error, 2 after a wrong call.
`;

interface LocalOptions {
  ports: Ports;
  consolePort: number;
  /** Those of the template that differ from their defaults. */
  parameters: NonNullable<Stack['parameters']>;
  failedBatches: string;
}

const PORT_FLAGS = {
  'kinesis-port': { service: 'Kinesis', byDefault: LOCAL_PORTS.kinesis },
  'dynamodb-port': { service: 'DynamoDB', byDefault: LOCAL_PORTS.dynamoDb },
  'console-port': { service: 'the console', byDefault: LOCAL_PORTS.console },
} as const;

type PortFlag = keyof typeof PORT_FLAGS;

/** @throws {UsageError} with every problem at once */
const readOptions = (
  flags: { [name in PortFlag | 'host' | 'failed-batches']?: string | undefined } & Parameters<typeof readParameters>[0],
): LocalOptions => {
  const problems: string[] = [];
  const taken = new Map<number, string>();
  const port = (name: PortFlag): number => {
    if (flags[name] === '0') return 0;
    const { service, byDefault } = PORT_FLAGS[name];
    const value = readCount(name, flags[name], problems) ?? byDefault;
    if (value > 65_535) problems.push(`--${name} is ${value}; expected a port from 1 to 65535, or 0 for any free port`);
    const other = taken.get(value);
    if (other !== undefined) problems.push(`${other} and ${service} cannot both listen on port ${value}`);
    taken.set(value, service);
    return value;
  };
  const ports = { kinesis: port('kinesis-port'), dynamoDb: port('dynamodb-port') };
  const consolePort = port('console-port');
  const parameters = readParameters(flags, problems);
  const failedBatches = flags['failed-batches'] ?? FAILED_BATCHES;
  if (failedBatches === '') problems.push('--failed-batches is empty; expected the path of a folder');
  if (problems.length > 0) throw new UsageError(problems);
  return {
    ports: { ...ports, ...defined({ host: flags.host }) },
    consolePort,
    parameters,
    failedBatches: resolve(failedBatches),
  };
};

/** @throws {PortInUseError} naming every port that is in use, and its option */
const checkPorts = async ({ ports: { host, kinesis, dynamoDb }, consolePort }: LocalOptions): Promise<void> => {
  const used = [...(await portsInUse([kinesis, dynamoDb], host)), ...(await portsInUse([consolePort]))];
  if (used.length === 0) return;
  const numbers = { 'kinesis-port': kinesis, 'dynamodb-port': dynamoDb, 'console-port': consolePort };
  const flags = Object.entries(numbers).flatMap(([flag, port]) => (used.includes(port) ? [`--${flag}`] : []));
  throw new PortInUseError(
    used.length === 1
      ? `port ${used[0]} is in use, perhaps by another npm run local; end that, or choose another port with ${flags[0]}`
      : `ports ${listOf(used)} are in use, perhaps by another npm run local; end that, or choose other ports with ${listOf(flags)}`,
  );
};

const listOf = (items: readonly (string | number)[]): string => `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;

const welcome = ({ endpoints, names }: Services, consoleUrl: string, failedBatches: string): string => {
  const { eventDataTable, rejectedEventsTable, rollupsTable } = names;
  const tables = [eventDataTable, rejectedEventsTable, ...(rollupsTable === undefined ? [] : [rollupsTable])];
  return `The local stack is up, in memory: streams and tables end with it.

  Kinesis     ${endpoints.kinesis}   stream ${names.stream}
  DynamoDB    ${endpoints.dynamoDb}   tables ${tables.join(', ')}
  Console     ${consoleUrl}   shows the tables in a browser
  Failed      ${relative(process.cwd(), failedBatches) || '.'}   batches that the function could not process

Send events to it from another terminal:

  npm run client -- --endpoint ${endpoints.kinesis} --stream ${names.stream} --file events/tweets.ndjson

Each invocation of a function writes one line below. Ctrl-C ends the stack.
`;
};

/** Starts the pipeline and the console of its tables. */
const startStack = async (
  { ports, consolePort, parameters, failedBatches }: LocalOptions,
  onProblem: (message: string) => void,
): Promise<Services & { consoleUrl: string }> => {
  const pipeline = await startPipeline({
    ports,
    parameters,
    failedBatches,
    onSettled: () => {},
    onLog: (line) => {
      const shown = logLine(line);
      if (shown !== undefined) process.stdout.write(`${printable(shown)}\n`);
    },
    onProblem,
    clock: systemClock,
  });
  try {
    const { endpoints, names } = pipeline;
    const tables = await startConsole({
      port: consolePort,
      endpoint: endpoints.dynamoDb,
      region: names.region,
      env: process.env,
      onProblem,
    });
    const close = async (): Promise<void> => {
      await tables.close();
      await pipeline.close();
    };
    return { ...pipeline, consoleUrl: tables.url, close };
  } catch (error) {
    await pipeline.close();
    throw error;
  }
};

const main = async (argv: readonly string[]): Promise<number> => {
  const flags = readFlags(argv, {
    'kinesis-port': { type: 'string' },
    'dynamodb-port': { type: 'string' },
    'console-port': { type: 'string' },
    host: { type: 'string' },
    ...PARAMETER_FLAGS,
    'failed-batches': { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const);
  if (flags.help) {
    process.stdout.write(HELP);
    return EXIT.delivered;
  }
  const options = readOptions(flags);
  const { drain, stop } = listenForInterrupts(
    () => process.stdout.write('\nStopping the local stack.\n'),
    monotonicClock,
  );
  stop.addEventListener('abort', () => process.exit(INTERRUPTED));
  await checkPorts(options);
  const onProblem = (message: string): void => {
    process.stderr.write(`${printableLines(message)}\n`);
  };
  const stack = await startUnlessAborted(() => startStack(options, onProblem), drain);
  if (!stack) return INTERRUPTED;
  process.stdout.write(`${welcome(stack, stack.consoleUrl, options.failedBatches)}\n`);
  await once(drain, 'abort');
  await stack.close();
  return EXIT.delivered;
};

await runCommand(main, 'npm run local -- --help');
