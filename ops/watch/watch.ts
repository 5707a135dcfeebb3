import { once } from 'node:events';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { awsClient } from '../../aws/client.ts';
import { forgetKeysOfDotEnv } from '../../aws/credentials.ts';
import { isLoopback, readEndpoint } from '../../aws/endpoint.ts';
import { LOCAL_PORTS, LOCAL_REGION, localCredentials } from '../../aws/local-stack.ts';
import { readWatchOutputs, type WatchOutputs } from '../../aws/stack-outputs.ts';
import { systemClocks } from '../../aws/system-clock.ts';
import { type Call, type Clocks, command } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit-code.ts';
import { readFlags, readWhole, refuseBoth, switches, values } from '../../cli/flags.ts';
import { listenForInterrupts } from '../../cli/interrupts.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { defined } from '../../core/defined.ts';
import type { Rollup } from '../../core/processor.ts';
import { localWatched } from '../../local/watch/local-watched.ts';
import { startWatchServer } from '../../local/watch/watch-server.ts';
import type { Watched } from '../../local/watch/watched.ts';
import { readProcessor } from '../../processors/index.ts';
import { LOCAL, outputsOf } from '../place.ts';
import { stackWatched } from './stack-watched.ts';

const HELP = `Serves a live page of a stack: the way of its events, its rollups, its newest rows and what was rejected. It only reads.

  npm run watch -- --stack NAME [options]
  npm run watch -- --local [options]

  --stack NAME       the outputs of this stack name its tables and functions
  --local            the tables of npm run local, on their usual port. npm run local has a page of its own, which shows more
  --region NAME      the region                                                [AWS_REGION]
  --endpoint URL     a DynamoDB other than AWS's                               [AWS_ENDPOINT_URL_DYNAMODB]
  --processor NAME   the processor that defines the rollups                    [default: the stack's, or default]
  --port N           where the page listens; 0 is any free port                [default ${LOCAL_PORTS.watch}]
  --host ADDRESS     the address to listen on                                  [default 127.0.0.1]
                     With another address, and always with --stack, the URL has a token: who knows it sees all rows.
  -h, --help         this text

It signs with your own AWS credentials, as the AWS CLI does. They need the policies of the stack's outputs QueryPolicyArn and
WatchPolicyArn. What they may not read is left out. While a page is open, CloudWatch costs about half a cent an hour; the page says
more.
The exit code is 0 after Ctrl-C, 1 after an error, 2 after a wrong call.
`;

const FLAGS = {
  ...values('stack', 'region', 'endpoint', 'processor', 'port', 'host'),
  ...switches('local'),
};
type WatchFlags = ReturnType<typeof readFlags<typeof FLAGS>>;

/** What is watched, and what ends its clients. */
interface Opened {
  watched: Watched;
  destroy: () => void;
}

/** @throws {UsageError} where there is no processor of that name */
const rollupsOf = (processor: string): readonly Rollup[] => {
  const problems: string[] = [];
  const { rollups = [] } = readProcessor(processor, problems) ?? {};
  if (problems.length > 0) throw new UsageError(problems);
  return rollups;
};

/** The tables of `npm run local`, from another process: it does not hear what the functions do. */
const openLocal = (flags: WatchFlags, { calendar }: Clocks): Opened => {
  const { endpoint = LOCAL.dynamoDb, processor = 'default' } = flags;
  const rollups = rollupsOf(processor);
  const dynamoDb = awsClient(DynamoDBClient, { region: LOCAL_REGION, endpoint, credentials: localCredentials() });
  const { rollupsTable, ...tables } = LOCAL;
  const names = { ...tables, ...(rollups.length > 0 && { rollupsTable }) };
  return { watched: localWatched({ names, dynamoDb, rollups, clock: calendar }), destroy: () => dynamoDb.destroy() };
};

const openStack = (outputs: WatchOutputs, flags: WatchFlags, { calendar }: Clocks): Opened => {
  const { stack = '', endpoint, processor } = flags;
  const rollups = rollupsOf(processor ?? outputs.processor);
  const credentials = endpoint !== undefined && isLoopback(endpoint) ? localCredentials() : undefined;
  const dynamoDb = awsClient(DynamoDBClient, { region: outputs.region, ...defined({ endpoint, credentials }) });
  const cloudWatch = awsClient(CloudWatchClient, { region: outputs.region });
  const watched = stackWatched({ stack, outputs, rollups, dynamoDb, cloudWatch, clock: calendar });
  const destroy = (): void => {
    dynamoDb.destroy();
    cloudWatch.destroy();
  };
  return { watched, destroy };
};

const main = async (call: Call): Promise<number> => {
  const { argv, env, stdout, signals, clocks = systemClocks } = call;
  forgetKeysOfDotEnv(call);
  const flags = readFlags(argv, FLAGS, env);
  const { stack, local, host } = flags;
  const problems: string[] = [];
  const port = readWhole('port', flags.port, 0, 65_535, problems) ?? LOCAL_PORTS.watch;
  readEndpoint(flags.endpoint, problems);
  refuseBoth(flags, 'stack', 'local', problems);
  if (stack === undefined && !local) problems.push('nothing to watch: give --stack NAME or --local');
  if (problems.length > 0) throw new UsageError(problems);

  const outputs = await outputsOf(readWatchOutputs, flags, env);
  const { drain, stop, dispose } = listenForInterrupts(() => {}, clocks.clock, signals);
  const { watched, destroy } = outputs ? openStack(outputs, flags, clocks) : openLocal(flags, clocks);
  try {
    const isSecret = outputs !== undefined;
    const page = await startWatchServer({ watched, port, isSecret, clock: clocks.clock, ...defined({ host }) });
    stdout.write(`The live page of ${watched.about.name} is up until Ctrl-C:\n\n  ${page.url}\n\n`);
    if (watched.about.cost !== undefined) stdout.write(`${watched.about.cost}\n`);
    if (!drain.aborted && !stop.aborted) await once(drain, 'abort');
    await page.close();
    return EXIT.delivered;
  } finally {
    dispose();
    destroy();
  }
};

export default command(main, 'npm run watch -- --help', HELP, import.meta.url);
