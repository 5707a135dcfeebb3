import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endProcess, startProcess } from './processes.ts';
import { python } from './python.ts';

export const REGION = 'us-east-1';
/** moto's. */
export const ACCOUNT_ID = '123456789012';
/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:9';

/** Service, operation and parameters, with the names of boto3. */
export type Call = readonly [service: string, operation: string, parameters?: object];
// biome-ignore lint/suspicious/noExplicitAny: each of the many calls answers with another shape, and `expect` looks at it.
export type Answer = any;

export interface FakeAws {
  url: string;
  /** For commands that must not call anything beyond this machine. `home` is a folder in place of the user's own. */
  envOf: (home: string) => NodeJS.ProcessEnv;
  /** Makes calls one after the other. @throws {Error} with why, where one fails */
  ask: (...calls: readonly Call[]) => Promise<Answer[]>;
  /** Types of resources that its CloudFormation does not know, so far. */
  passedOver: Set<string>;
  /** What its server wrote: a line for each request, and why one failed. */
  log: () => string;
  close: () => Promise<void>;
}

/** The variables of this process without any setting of AWS. */
export const withoutAws = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  // AWS_CA_BUNDLE only says whom to trust.
  ...Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AWS_') || name === 'AWS_CA_BUNDLE')),
  SAM_CLI_TELEMETRY: '0',
});

/** No file and no service of this machine gives credentials, and a call that goes past the endpoint ends at a proxy. */
const isolated = (home: string, url?: string): NodeJS.ProcessEnv => ({
  ...withoutAws(process.env),
  HOME: home,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  ...Object.fromEntries(['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'].map((name) => [name, NOWHERE])),
  ...Object.fromEntries(['no_proxy', 'NO_PROXY'].map((name) => [name, '127.0.0.1,localhost'])),
  ...(url === undefined ? {} : { AWS_ENDPOINT_URL: url, AWS_ENDPOINT_URL_KINESIS: url }),
});

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/**
 * Starts AWS on a free port of 127.0.0.1.
 *
 * @param home a folder that commands may take for the user's own
 * @throws {Unavailable} where moto cannot be had
 */
export const startFakeAws = async (home: string): Promise<FakeAws> => {
  const interpreter = await python('moto', 'python');
  const runCustomResource = [process.execPath, here('../../cli/run.cjs'), here('custom-resource.ts')];
  const server = startProcess([interpreter, here('aws.py'), ...runCustomResource], { env: isolated(home) });
  let log = '';
  server.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const passedOver = new Set<string>();
  const started = new Promise<string>((resolve, reject) => {
    createInterface({ input: server.stdout! }).on('line', (line) => {
      if (line.startsWith('http://')) resolve(line);
      else passedOver.add(line.replace('passed over ', ''));
    });
    server.once('close', () => reject(new Error(`the server of AWS ended: ${log}`)));
  });
  const url = await started;
  const envOf = (folder: string) => isolated(folder, url);
  const asker = startProcess([interpreter, here('ask.py')], { env: envOf(home) });
  const ask = askThrough(asker);
  return {
    url,
    envOf,
    passedOver,
    log: () => log,
    ask,
    close: async () => {
      await Promise.all([asker, server].map(endProcess));
    },
  };
};

/** Sends calls to a process that makes them. One process for all of them, since it takes a second to start. */
const askThrough = (asker: ChildProcess): FakeAws['ask'] => {
  const waiting: { resolve: (answers: Answer[]) => void; reject: (error: Error) => void }[] = [];
  let log = '';
  asker.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  createInterface({ input: asker.stdout! }).on('line', (line) => {
    const { answers, error } = JSON.parse(line);
    const { resolve, reject } = waiting.shift()!;
    if (error === undefined) resolve(answers);
    else reject(new Error(error));
  });
  asker.once('close', () => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`what makes calls of AWS ended: ${log}`));
  });
  return (...calls) =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      const named = calls.map(([service, operation, parameters = {}]) => [service, operation, parameters]);
      asker.stdin!.write(`${JSON.stringify(named)}\n`);
    });
};
