import { explain } from '../../aws/explain.ts';
import type { ClientCredentials } from '../../aws/stack-outputs.ts';
import { type Check, failed, ok } from './check.ts';
import type { Identity } from './kinesis-probe.ts';
import type { Subject } from './subject.ts';

/** Which credentials sign the requests. Whether AWS accepts them the check of the stream shows. */
export const credentialsCheck: Check = {
  name: 'credentials',
  run: async ({ credentials, endpoint, region, stream = '' }, { kinesis, now }) => {
    let identity: Identity;
    try {
      identity = await kinesis.identity();
    } catch (error) {
      return failed(explain(error as Error, { stream, region: region?.name ?? '', endpoint }));
    }
    const { accessKeyId, expiration } = identity;
    const found = `${describe(credentials, identity)}${credentials.kind === 'placeholder' ? '' : ` (access key …${accessKeyId.slice(-4)})`}`;
    const more = ofStack(credentials);
    if (!expiration) return ok(found, ...more);
    const until = `${expiration.toISOString().slice(0, 19)}Z`;
    return expiration.getTime() > now()
      ? ok(`${found}, valid until ${until}`, ...more)
      : failed(`${found} ended at ${until}; sign in again`);
  },
};

/** What the stack has for its client, where that is not what is used. */
const ofStack = ({ kind, ofStack }: Subject['credentials']): string[] => {
  if (ofStack === undefined || kind === 'stack') return [];
  const { clientCredentials, clientPolicyArn } = ofStack;
  if (clientCredentials !== 'None') return ["the client user's keys, which the stack has, are not used"];
  return [`the stack keeps no keys (ClientCredentials=None); whoever signs needs its policy ${clientPolicyArn}`];
};

const PLACES: Partial<Record<ClientCredentials, string>> = {
  Outputs: 'the outputs of the stack, where anybody who may describe it can read them',
  SecretsManager: 'the secret of the stack',
};

const describe = ({ kind, keys, profile, ofStack }: Subject['credentials'], { origins }: Identity): string => {
  switch (kind) {
    case 'environment':
      return `${keys?.sessionToken === undefined ? '' : 'temporary '}keys of AWS_ACCESS_KEY_ID, from the environment or .env`;
    case 'stack':
      return `the client user's keys, from ${PLACES[ofStack?.clientCredentials ?? 'None'] ?? 'the stack'}`;
    case 'placeholder':
      return 'placeholders, since a stack on this machine takes any';
    case 'chain': {
      const origin = ORIGINS.find(([name]) => origins.some((found) => found.startsWith(name)))?.[1];
      return `the AWS credential chain: ${profile === undefined ? '' : `profile "${profile}", `}${origin ?? 'its first that has some'}`;
    }
  }
};

/** By how the SDK names them, the more telling ones first: a profile leads to most of the others. */
const ORIGINS: readonly [name: string, meaning: string][] = [
  ['CREDENTIALS_SSO', 'signed in through IAM Identity Center'],
  ['CREDENTIALS_LOGIN', 'signed in with the AWS CLI'],
  ['CREDENTIALS_STS', 'an assumed role'],
  ['CREDENTIALS_PROCESS', 'given by a program'],
  ['CREDENTIALS_HTTP', 'the role of the container'],
  ['CREDENTIALS_IMDS', 'the role of the instance'],
  ['CREDENTIALS_PROFILE', 'keys in the shared AWS files'],
  ['CREDENTIALS_ENV', 'keys in the environment'],
];
