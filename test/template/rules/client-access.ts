import { WAYS } from '../allowed.ts';
import type { Rule } from './rule.ts';

/** What `!GetAtt SomeKeys.SecretAccessKey` is resolved to. */
const SECRET = /\bdemo-\w+\.SecretAccessKey\b/;

/** Where the secret may stand, by ClientCredentials. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  Outputs: ['output SecretAccessKey'],
  SecretsManager: ['ClientSecret'],
  None: [],
};

/** The secret is where its parameter says, and nowhere else: not in another output, a variable, a tag or a description. */
export const keepsTheSecretInItsPlace: Rule = ({ clientCredentials, resources, outputs }) => {
  const isSecret = ([, value]: readonly [string, unknown]) => SECRET.test(JSON.stringify(value));
  const found = [
    ...[...resources].filter(isSecret).map(([name]) => name),
    ...[...outputs].filter(isSecret).map(([name]) => `output ${name}`),
  ];
  const places = PLACES[clientCredentials]!;
  return [
    ...found.filter((place) => !places.includes(place)).map((place) => `${place} holds the secret access key`),
    ...places.filter((place) => !found.includes(place)).map((place) => `${place} does not hold the secret access key`),
  ];
};

const IDENTITY =
  /^AWS::(IAM::(User|Group|UserToGroupAddition|AccessKey|Policy|UserPolicy|RolePolicy|ManagedPolicy)|SecretsManager::.+)$/;

/** The policies of who reads are not the client's. */
const READERS = ['QueryPolicy', 'WatchPolicy'];

/** Each way makes its own of these, and nothing of the others. */
export const makesWhatTheWayNeeds: Rule = ({ clientCredentials, resources }) => {
  const found = [...resources]
    .filter(([name, { type }]) => !READERS.includes(name) && IDENTITY.test(type))
    .map(([name]) => name);
  const { identities } = WAYS[clientCredentials]!;
  return [
    ...found.filter((name) => !identities.includes(name)).map((name) => `${name} is made`),
    ...identities.filter((name) => !found.includes(name)).map((name) => `${name} is not made`),
  ];
};

const OUTPUTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Outputs: { AccessKeyId: 'demo-ClientKeys', SecretAccessKey: 'demo-ClientKeys.SecretAccessKey' },
  SecretsManager: { AccessKeyId: 'demo-ClientSecretKeys', SecretAccessKey: 'demo-ClientSecret' },
  None: { ClientPolicyArn: 'demo-ClientManagedPolicy' },
};

/** The client finds its way in by these. */
export const showsTheClientItsWay: Rule = ({ clientCredentials, outputs }) =>
  ['AccessKeyId', 'SecretAccessKey', 'ClientPolicyArn'].flatMap((name) => {
    const [is, shall] = [outputs.get(name), OUTPUTS[clientCredentials]![name]];
    return is === shall ? [] : [`the output ${name} is ${is}; expected ${shall}`];
  });

/** CloudFormation refuses a template in which something refers to what is left out. */
export const refersToNothingLeftOut: Rule = ({ resources, outputs, leftOut, nameOf }) =>
  [...resources, ...outputs].flatMap(([name, value]) =>
    leftOut
      .filter((other) => new RegExp(`(?<![\\w-])${nameOf(other)}(?![\\w-])`).test(JSON.stringify(value)))
      .map((other) => `${name} refers to ${other}, which is left out`),
  );
