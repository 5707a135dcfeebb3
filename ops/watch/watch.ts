import { once } from 'node:events';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { awsClient } from '../../aws/client.ts';
import { systemClocks } from '../../aws/command-clocks.ts';
import { forgetKeysOfDotEnv } from '../../aws/credentials.ts';
import { LOCAL, LOCAL_PORTS } from '../../aws/local-stack.ts';
import { type Call, command } from '../../cli/command.ts';
import type { Environment } from '../../cli/environment.ts';
import { EXIT } from '../../cli/exit-code.ts';
import { readFlags, readWhole, switches, values } from '../../cli/flags.ts';
import { listenForInterrupts } from '../../cli/interrupts.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { defined } from '../../core/defined.ts';
import { localWatched } from '../../local/watch/local-watched.ts';
import { startWatchServer } from '../../local/watch/watch-server.ts';
import { readProcessor } from '../../processors/index.ts';
import { explainStore } from '../explain-store.ts';
import { type WatchOutputs, watchOutputs } from '../outputs.ts';
import { outputsOf, readTablesPlace } from '../place.ts';
import { stackWatched } from './stack-watched.ts';

const HELP = `Serves a live page of a stack: the way of its events, its rollups, its newest rows and what was rejected. It only reads.

  npm run watch -- --stack NAME [options]
  npm run watch -- --local [options]

  --stack NAME       the outputs of this stack name its tables and functions
  --local            the tables of npm run local, on their usual port. npm run local has a page of its own, which shows more
  --region NAME      the region                                                [AWS_REGION]
  --endpoint URL     a DynamoDB other than AWS's                               [AWS_ENDPOINT_URL_DYNAMODB]
  --processor NAME   the processor that defines the rollups                    [default: the stack's, or default]
  --port N           where the page listens; 0 is any free port                [default ${LOCAL_PORTS.watch}, or any free]
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

type Flags = ReturnType<typeof readFlags<typeof FLAGS>>;

/** @throws {UsageError} with every problem at once */
const readOptions = (flags: Flags, env: Environment, outputs?: WatchOutputs) => {
  const { stack, local, host } = flags;
  const problems: string[] = [];
  const port = readWhole('port', flags.port, 0, 65_535, problems) ?? LOCAL_PORTS.watch;
  const place = readTablesPlace(flags, env, problems, outputs);
  const { rollups = [] } = readProcessor(flags.processor ?? outputs?.processor ?? 'default', problems) ?? {};
  if (host === '') problems.push('--host is empty; expected an address');
  if (stack === undefined && !local) problems.push('nothing to watch: give --stack NAME or --local');
  if (problems.length > 0 || !place) throw new UsageError(problems);
  return { port, place, rollups };
};

const main = async (call: Call): Promise<number> => {
  const { argv, env, stdout, signals, clocks = systemClocks } = call;
  forgetKeysOfDotEnv(call);
  const flags = readFlags(argv, FLAGS, env);
  const outputs = await outputsOf(watchOutputs, flags, env, () => readOptions(flags, env));
  const { port, place, rollups } = readOptions(flags, env, outputs);
  const { drain, dispose } = listenForInterrupts(() => {}, clocks.clock, signals);
  const dynamoDb = awsClient(DynamoDBClient, place);
  const cloudWatch = awsClient(CloudWatchClient, { region: place.region });
  const shared = { rollups, dynamoDb, clocks };
  const { rollupsTable, ...tables } = LOCAL;
  const watched =
    outputs !== undefined
      ? stackWatched({ ...shared, outputs, cloudWatch })
      : localWatched({
          ...shared,
          names: { ...tables, ...(rollups.length > 0 && { rollupsTable }) },
          explain: (error, table) => {
            const store = { name: `the table "${table}"`, permissions: 'dynamodb:Scan', where: place.endpoint! };
            return `${explainStore(error, store)}.`;
          },
        });
  try {
    const isSecret = outputs !== undefined;
    const page = await startWatchServer({
      watched,
      port,
      orAnyPort: flags.port === undefined,
      isSecret,
      clock: clocks.clock,
      ...defined({ host: flags.host }),
    });
    stdout.write(`The live page of ${watched.about.name} is up until Ctrl-C:\n\n  ${page.url}\n\n`);
    if (watched.about.cost !== undefined) stdout.write(`${watched.about.cost}\n`);
    if (!drain.aborted) await once(drain, 'abort');
    await page.close();
    return EXIT.ok;
  } finally {
    dispose();
    dynamoDb.destroy();
    cloudWatch.destroy();
  }
};

export default command(main, 'npm run watch -- --help', HELP, import.meta.url);
