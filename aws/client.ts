import { Agent } from 'node:http';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { type Environment, present } from '../cli/environment.ts';
import { UserError } from '../cli/user-error.ts';
import { defined } from '../core/defined.ts';
import type { Credentials } from './credentials.ts';
import { urlOf } from './endpoint.ts';
import { unanswered, unreachable } from './explain.ts';
import { refuseForeignAnswers } from './foreign-answer.ts';
import { httpsAgent, MAX_SOCKETS } from './https-agent.ts';
import { isUnconnected, KeepingHandler } from './keeping-handler.ts';
import { ChainLog, type Rereading, readCredentialsAgain, renewing } from './read-credentials-again.ts';

export interface ClientOptions {
  /** Without one the AWS configuration decides. */
  region?: string;
  /** The URL of a service that is not AWS's. */
  endpoint?: string;
  /** Without them the AWS credential chain decides. */
  credentials?: Credentials;
  /** How often the SDK makes a call; 1 where the caller makes it again itself. @default as the SDK has it */
  maxAttempts?: number;
}

/** How a client reaches its service. */
export interface Network {
  /** It may name a proxy. @default that of the process */
  env?: Environment;
  /** The certificates to trust in place of those of Node. */
  ca?: string;
  /** How long it may take to open a connection. Milliseconds. @default five seconds */
  connectMs?: number;
  /** How long a service may send nothing while it is asked. Milliseconds. @default a minute */
  silenceMs?: number;
}

/** What the constructor of a client takes. */
interface ClientConfig extends Omit<ClientOptions, 'credentials'> {
  credentials: Credentials | ReturnType<typeof defaultProvider>;
  requestHandler: KeepingHandler;
}

// The lock file pins releases that run on Node 20. A warning about later releases does not help the user of a command.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const CONNECT_MS = 5_000;

/** No answer takes nearly as long. Without it a connection that has gone silent holds up a command for ever. */
const SILENCE_MS = 60_000;

/**
 * Makes a client of an AWS service. Every client of a command is made here, so that all of them reach AWS, and a stack on this machine,
 * in the same way: HTTP/1.1 over connections that are kept, through the proxy of the environment. Left to itself, the SDK opens a
 * connection by TLS for each request to Kinesis.
 *
 * @param Client such as `DynamoDBClient`
 * @throws {UserError} where the environment names a proxy that cannot be used
 */
export const awsClient = <C extends Rereading, O extends object = ClientOptions>(
  Client: new (config: ClientConfig & O) => C,
  { credentials, ...options }: ClientOptions & O,
  network: Network = {},
): C => {
  const requestHandler = new ExplainingHandler(network);
  const log = new ChainLog();
  const client = new Client({
    ...defined(options),
    // A machine may be set to those of AWS's own endpoints that follow a standard. With an endpoint of the user's the SDK refuses them.
    ...(options.endpoint !== undefined && { useFipsEndpoint: false, useDualstackEndpoint: false }),
    requestHandler,
    // The chain asks AWS too, by the same way. It reads the files of a profile anew whenever it is asked.
    credentials:
      credentials ??
      renewing(
        defaultProvider({
          ignoreCache: true,
          clientConfig: { requestHandler },
          logger: { ...console, debug: log.debug },
        }),
        present(process.env.AWS_PROFILE),
        log,
      ),
  } as unknown as ClientConfig & O);
  readCredentialsAgain(client);
  refuseForeignAnswers(client);
  return client;
};

/** Says where nothing answers. */
class ExplainingHandler extends KeepingHandler {
  constructor({ env = process.env, ca, connectMs = CONNECT_MS, silenceMs = SILENCE_MS }: Network) {
    super({
      httpAgent: new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
      httpsAgent: httpsAgent(env, defined({ ca })),
      connectionTimeout: connectMs,
      socketTimeout: silenceMs,
    });
  }

  override async handle(...call: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
    try {
      return await super.handle(...call);
    } catch (error) {
      const { name, code } = error as NodeJS.ErrnoException;
      if (name !== 'TimeoutError' || code !== undefined) throw error;
      const url = urlOf(call[0]);
      const problem = isUnconnected(error) ? unreachable(url, 'no connection in time') : unanswered(url);
      // By this name the SDK and its callers know that another try may help.
      throw Object.assign(new UserError(problem, { cause: error }), { name });
    }
  }
}
