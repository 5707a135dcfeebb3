import { once } from 'node:events';
import { relative, resolve } from 'node:path';
import { systemClocks } from '../aws/command-clocks.ts';
import { putRecordsTo } from '../aws/kinesis.ts';
import { LOCAL, LOCAL_PORTS } from '../aws/local-stack.ts';
import { type Call, command } from '../cli/command.ts';
import { EXIT, INTERRUPTED } from '../cli/exit-code.ts';
import { readFlags, readWhole, values } from '../cli/flags.ts';
import { listenForInterrupts } from '../cli/interrupts.ts';
import { optionOf, printableLines, quotedPath } from '../cli/shown.ts';
import { UsageError } from '../cli/usage-error.ts';
import { defined } from '../core/defined.ts';
import { printable } from '../core/printable.ts';
import { PortInUseError, type Ports, portsInUse } from './emulators/ports.ts';
import { logLine } from './lambda/log-line.ts';
import { FAILED_BATCHES } from './mapping/failed-batch-folder.ts';
import { startPipeline } from './pipeline.ts';
import type { Services } from './services.ts';
import { EVENT_PROCESSOR } from './stack.ts';
import { PARAMETER_FLAGS, PARAMETER_HELP, processorOf, readParameters } from './stack-parameters.ts';
import { bundledEventsOf } from './start-options.ts';
import { startUnlessAborted } from './start-unless-aborted.ts';
import type { StackParameters } from './template/parameters.ts';
import { PipelineWatch } from './watch/pipeline-watch.ts';

const HELP = `Runs the local stack until Ctrl-C: Kinesis, the function and DynamoDB on fixed ports. Streams and tables are in memory
and end with it; only batches that were given up are kept.

  npm run local -- [options]

  --kinesis-port N        where Kinesis listens                          [default ${LOCAL_PORTS.kinesis}]
  --dynamodb-port N       where DynamoDB listens                         [default ${LOCAL_PORTS.dynamoDb}]
  --watch-port N          where the live page listens                    [default ${LOCAL_PORTS.watch}]
  --host ADDRESS          the address to listen on                       [default 127.0.0.1, which only this machine reaches]
                          With another address the URL of the page has a token: who knows it sees all rows.
${PARAMETER_HELP}
  --failed-batches DIR    where batches that were given up are kept      [default .local/failed-batches]
  -h, --help              this text

Port 0 is any free port.
The exit code is 0 after Ctrl-C, 130 where that came before the stack was up, 1 after an error, 2 after a wrong call.
`;

interface LocalOptions {
  ports: Ports;
  watchPort: number;
  parameters: StackParameters;
  failedBatches: string;
}

const PORT_FLAGS = {
  'kinesis-port': { service: 'Kinesis', byDefault: LOCAL_PORTS.kinesis },
  'dynamodb-port': { service: 'DynamoDB', byDefault: LOCAL_PORTS.dynamoDb },
  'watch-port': { service: 'the live page', byDefault: LOCAL_PORTS.watch },
} as const;

/** @throws {UsageError} with every problem at once */
const readOptions = (argv: readonly string[]): LocalOptions => {
  const flags = readFlags(argv, {
    ...values('kinesis-port', 'dynamodb-port', 'watch-port', 'host', 'failed-batches'),
    ...PARAMETER_FLAGS,
  });
  const problems: string[] = [];
  const taken = new Map<number, string>();
  const port = (name: keyof typeof PORT_FLAGS): number => {
    const { service, byDefault } = PORT_FLAGS[name];
    const value = readWhole(name, flags[name], 0, 65_535, problems) ?? byDefault;
    if (value === 0) return 0;
    const other = taken.get(value);
    if (other !== undefined) problems.push(`${other} and ${service} cannot both listen on port ${value}`);
    taken.set(value, service);
    return value;
  };
  const ports = { kinesis: port('kinesis-port'), dynamoDb: port('dynamodb-port') };
  const watchPort = port('watch-port');
  const parameters = readParameters(flags, problems);
  const failedBatches = flags['failed-batches'] ?? FAILED_BATCHES;
  if (failedBatches === '') problems.push('--failed-batches is empty; expected the path of a folder');
  if (flags.host === '') problems.push('--host is empty; expected an address');
  if (problems.length > 0) throw new UsageError(problems);
  return {
    ports: { ...ports, ...defined({ host: flags.host }) },
    watchPort,
    parameters,
    failedBatches: resolve(failedBatches),
  };
};

/** @throws {PortInUseError} naming every port that is in use, and its option */
const checkPorts = async ({ ports: { host, kinesis, dynamoDb }, watchPort }: LocalOptions): Promise<void> => {
  const used = await portsInUse([kinesis, dynamoDb, watchPort], host);
  if (used.length === 0) return;
  const numbers = { 'kinesis-port': kinesis, 'dynamodb-port': dynamoDb, 'watch-port': watchPort };
  const flags = Object.entries(numbers).flatMap(([flag, port]) => (used.includes(port) ? [`--${flag}`] : []));
  throw new PortInUseError(
    used.length === 1
      ? `port ${used[0]} is in use, perhaps by another npm run local; end that, or choose another port with ${flags[0]}`
      : `ports ${listOf(used)} are in use, perhaps by another npm run local; end that, or choose other ports with ${listOf(flags)}`,
  );
};

const listOf = (items: readonly (string | number)[]): string => `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;

/** The options with which the client finds the Kinesis of this stack. */
export const optionsTo = (endpoint: string): string =>
  endpoint === LOCAL.kinesis ? '--local' : `--local ${optionOf('endpoint', endpoint)}`;

const welcome = (
  { endpoints, names }: Services,
  watchUrl: string,
  { parameters: { Processor = 'default' }, failedBatches }: LocalOptions,
): string => {
  const { eventDataTable, rejectedEventsTable, rollupsTable } = names;
  const tables = [eventDataTable, rejectedEventsTable, ...(rollupsTable === undefined ? [] : [rollupsTable])];
  const urls = [endpoints.kinesis, endpoints.dynamoDb, watchUrl];
  const longest = Math.max(...urls.map(({ length }) => length));
  const line = (name: string, where: string, what: string): string =>
    `  ${name.padEnd(12)}${where.padEnd(longest)}   ${what}`;
  return `The local stack is up, in memory: streams and tables end with it.

${line('Kinesis', endpoints.kinesis, `stream ${names.stream}`)}
${line('DynamoDB', endpoints.dynamoDb, `tables ${tables.join(', ')}`)}
${line('Watch', watchUrl, 'shows the stream and its tables in a browser')}
${line('Failed', fromHere(failedBatches), 'batches that the function could not process')}

Send events to it from another terminal:

  npm run client -- ${optionsTo(endpoints.kinesis)} --file ${quotedPath(fromHere(bundledEventsOf(String(Processor))))}

Each invocation of a function writes one line below. A change of the code holds once this is started again.
Ctrl-C ends the stack.
`;
};

const fromHere = (path: string): string => relative(process.cwd(), path) || '.';

/** Starts the pipeline and its live page. */
const startStack = async (
  { ports, watchPort, parameters, failedBatches }: LocalOptions,
  { stdout, stderr, clocks = systemClocks }: Call,
): Promise<Services & { watchUrl: string }> => {
  const watch = new PipelineWatch(clocks);
  const pipeline = await startPipeline({
    ports,
    parameters,
    failedBatches,
    functions: { [EVENT_PROCESSOR.function]: { onSettled: watch.onSettled } },
    onLog: (line) => {
      watch.onLog(line);
      const shown = logLine(line);
      if (shown !== undefined) stdout.write(`${printable(shown)}\n`);
    },
    onProblem: (message) => stderr.write(`${printableLines(message)}\n`),
    clock: clocks.calendar,
  });
  try {
    const page = await watch.serve(pipeline, {
      port: watchPort,
      ...defined({ host: ports.host }),
      rollups: processorOf(parameters).rollups ?? [],
      putRecords: putRecordsTo(pipeline.kinesis, pipeline.names.stream),
    });
    const close = async (): Promise<void> => {
      await page.close();
      await pipeline.close();
    };
    return { ...pipeline, watchUrl: page.url, close };
  } catch (error) {
    await pipeline.close();
    throw error;
  }
};

const main = async (call: Call): Promise<number> => {
  const { argv, stdout, signals, clocks = systemClocks } = call;
  const options = readOptions(argv);
  const { drain, stop, dispose } = listenForInterrupts(
    () => stdout.write('\nStopping the local stack.\n'),
    clocks.clock,
    signals,
  );
  stop.addEventListener('abort', () => process.exit(INTERRUPTED));
  try {
    await checkPorts(options);
    const stack = await startUnlessAborted(() => startStack(options, call), drain);
    if (!stack) return INTERRUPTED;
    stdout.write(`${welcome(stack, stack.watchUrl, options)}\n`);
    await once(drain, 'abort');
    await stack.close();
    return EXIT.ok;
  } finally {
    dispose();
  }
};

export default command(main, 'npm run local -- --help', HELP, import.meta.url);
