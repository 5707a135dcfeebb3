import { explain } from '../../aws/explain.ts';
import type { StackOutputs } from '../../aws/stack-outputs.ts';
import type { Setting } from '../../cli/setting.ts';
import type { Signer } from '../settings.ts';
import { nameOfSource } from '../sources/source-name.ts';
import { type Check, failed, ok, type StackFound, skipped } from './check.ts';
import type { Identity } from './kinesis-probe.ts';

/** Everything that keeps the client from starting. */
export const settingsCheck: Check = {
  name: 'settings',
  run: ({ problems, source, stream, endpoint }) => {
    const name = stream ? `the stream "${stream.value}" (${originOf(stream)})` : 'the stream that the stack names';
    const place = endpoint ? ` at ${endpoint.value} (${originOf(endpoint)})` : '';
    return problems.length > 0 ? failed(...problems) : ok(`from ${nameOfSource(source)} to ${name}${place}`);
  },
};

export const stackCheck: Check = {
  name: 'stack',
  run: ({ stack }) => {
    if (!stack) return skipped('no --stack is given');
    return 'error' in stack ? failed(stack.error) : ok(`the outputs of "${stack.name}" can be read`);
  },
};

/** What leads to AWS and to the source, for an environment that names a proxy. */
export const proxyCheck: Check = {
  name: 'proxy',
  run: ({ proxy }) => {
    if (!proxy) return skipped('HTTPS_PROXY is not set: AWS and the source are reached without a proxy');
    const { url, except } = proxy;
    const but = except === '' ? '' : `, but for ${except} (NO_PROXY)`;
    return ok(`https: and wss: go through ${url.protocol}//${url.host}${but}`);
  },
};

/** Whether the region can be one. The next checks show whether the stream is there. */
export const regionCheck: Check = {
  name: 'region',
  run: ({ region, endpoint }) => {
    if (!region) return skipped('none is given');
    const { value } = region;
    const from = region.origin === 'default' ? 'since a stack on this machine takes any' : `from ${originOf(region)}`;
    if (!endpoint && !REGION.test(value))
      return failed(`"${value}", ${from}, is not a region; expected a name like eu-west-1`);
    return ok(`${value}, ${from}`);
  },
};

const originOf = ({ origin, name }: Setting<string>): string =>
  origin === 'stack' ? 'the stack' : `${name}${origin === '.env' ? ' in .env' : ''}`;

/** `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`. */
const REGION = /^[a-z]{2,4}(-[a-z]+){1,4}-\d+$/;

/** Which credentials sign the requests. The check of the stream shows whether AWS accepts them. */
export const credentialsCheck: Check = {
  name: 'credentials',
  run: async ({ signer, stack, region, stream }, { kinesis, calendar }) => {
    let identity: Identity;
    try {
      identity = await kinesis.identity();
    } catch (error) {
      // STS, IAM Identity Center or the machine itself, and not Kinesis.
      const endpoint = 'what gives the credentials';
      return failed(explain(error as Error, { stream: stream?.value ?? '', region: region?.value ?? '', endpoint }));
    }
    const { accessKeyId, expiration } = identity;
    const key = isPlaceholder(signer) ? '' : ` (access key …${accessKeyId.slice(-4)})`;
    const found = `${describe(signer, stack, identity)}${key}`;
    const more = signer.origin === 'stack' ? [] : unusedKeys(stack);
    if (!expiration) return ok(found, ...more);
    const until = `${expiration.toISOString().slice(0, 19)}Z`;
    return expiration.getTime() > calendar.now()
      ? ok(`${found}, valid until ${until}`, ...more)
      : failed(`${found} ended at ${until}; sign in again`);
  },
};

const isPlaceholder = ({ value, origin }: Setting<Signer>): boolean => value.keys !== undefined && origin === 'default';

/** What the stack offers to its client where that is not used. */
const unusedKeys = (stack: StackFound | undefined): string[] => {
  const outputs = outputsOf(stack);
  if (!outputs) return [];
  if (outputs.clientCredentials !== 'None') return ["the client user's keys, which the stack has, are not used"];
  return [
    `the stack keeps no keys (ClientCredentials=None); the identity that signs needs its policy ${outputs.clientPolicyArn}`,
  ];
};

const outputsOf = (stack: StackFound | undefined): StackOutputs | undefined =>
  stack && 'outputs' in stack ? stack.outputs : undefined;

const describe = (signer: Setting<Signer>, stack: StackFound | undefined, { origins }: Identity): string => {
  const { keys, profile } = signer.value;
  if (isPlaceholder(signer)) return 'placeholders, since a stack on this machine takes any';
  if (!keys) {
    const origin = CHAIN.find(([name]) => origins.some((found) => found.startsWith(name)))?.[1];
    return `the AWS credential chain: ${profile === undefined ? '' : `profile "${profile}", `}${origin ?? 'its first that has some'}`;
  }
  if (signer.origin === 'stack')
    return outputsOf(stack)?.clientCredentials === 'SecretsManager'
      ? "the client user's keys, from the secret of the stack"
      : "the client user's keys, from the outputs of the stack, where anybody who may describe it can read them";
  const place = signer.origin === '.env' ? '.env' : 'the environment';
  return `${keys.sessionToken === undefined ? '' : 'temporary '}keys of ${signer.name}, from ${place}`;
};

/** The SDK's names of what gave the credentials. A profile leads to most of the others, so it is near the end. */
const CHAIN: readonly [name: string, meaning: string][] = [
  ['CREDENTIALS_SSO', 'signed in through IAM Identity Center'],
  ['CREDENTIALS_LOGIN', 'signed in with the AWS CLI'],
  ['CREDENTIALS_STS', 'an assumed role'],
  ['CREDENTIALS_PROCESS', 'given by a program'],
  ['CREDENTIALS_HTTP', 'the role of the container'],
  ['CREDENTIALS_IMDS', 'the role of the instance'],
  ['CREDENTIALS_PROFILE', 'keys in the shared AWS files'],
  ['CREDENTIALS_ENV', 'keys in the environment'],
];
