import type { Resource } from '../../../local/template/template.ts';
import { statementsOf } from '../policies.ts';
import type { Rule } from './rule.ts';

type IsEncrypted = (properties: Resource['properties'], kmsKeyArn: string | undefined) => boolean;

const textOf = (value: unknown): string => JSON.stringify(value ?? {});

/** What holds our events, and when it is encrypted as it should be. */
const ENCRYPTED: Readonly<Record<string, IsEncrypted>> = {
  'AWS::Kinesis::Stream': ({ StreamEncryption }, kmsKeyArn = 'alias/aws/kinesis') =>
    textOf(StreamEncryption).includes(`"EncryptionType":"KMS","KeyId":"${kmsKeyArn}"`),
  'AWS::DynamoDB::Table': ({ SSESpecification }, kmsKeyArn) =>
    textOf(SSESpecification).includes('"SSEEnabled":true') &&
    (SSESpecification as { KMSMasterKeyId?: unknown }).KMSMasterKeyId === kmsKeyArn,
  'AWS::S3::Bucket': ({ BucketEncryption }, kmsKeyArn) =>
    textOf(BucketEncryption).includes(
      kmsKeyArn === undefined ? '"SSEAlgorithm":"AES256"}' : `"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"${kmsKeyArn}"`,
    ),
};

/**
 * Our events are on the stream, in the tables and in the bucket. They are encrypted there, with the key of KmsKeyArn where it is given.
 * SNS gets only names and numbers, and logs are encrypted by default.
 */
export const isEncryptedAtRest: Rule = ({ resources, kmsKeyArn }) =>
  [...resources]
    .filter(([, { type, properties }]) => ENCRYPTED[type]?.(properties, kmsKeyArn) === false)
    .map(([name]) => `${name} is not encrypted`);

/** S3 answers without TLS, too. Kinesis, DynamoDB and Lambda do not, unless they are told to ask elsewhere. */
export const isReachedOnlyOverTls: Rule = (stack) => {
  const denied = new Set(
    statementsOf(stack)
      .filter(
        ({ statement: { Effect, Principal, Action, Condition } }) =>
          Effect === 'Deny' &&
          Principal === '*' &&
          Action === 's3:*' &&
          JSON.stringify(Condition) === '{"Bool":{"aws:SecureTransport":"false"}}',
      )
      .flatMap(({ owner, statement: { Resource = [] } }) =>
        [Resource].flat().map((resource) => `${stack.resources.get(owner)?.properties.Bucket} ${resource}`),
      ),
  );
  return [...stack.resources].flatMap(([name, { type, properties }]) => {
    const arn = stack.arnOf(name);
    if (type === 'AWS::S3::Bucket')
      return [arn, `${arn}/*`]
        .filter((resource) => !denied.has(`${arn.slice('arn:aws:s3:::'.length)} ${resource}`))
        .map((resource) => `${resource} may be reached without TLS`);
    const plain = JSON.stringify(properties.Environment ?? {}).match(/http:\/\/[^"]+/g) ?? [];
    return plain.map((url) => `${name} is told to ask ${url}`);
  });
};

const BLOCKS = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'];

/** No stranger reads the bucket, calls a function or writes to anything. */
export const isNotPublic: Rule = (stack) => [
  ...[...stack.resources].flatMap(([name, { type, properties }]) => {
    if (/^AWS::Lambda::(Url|Permission)$|^AWS::Serverless::(Http)?Api$/.test(type)) return [`${name} is a ${type}`];
    const { Events = {}, FunctionUrlConfig } = properties as { Events?: object; FunctionUrlConfig?: unknown };
    const callers = Object.values(Events).filter(({ Type }) => Type !== 'Kinesis' && Type !== 'DynamoDB');
    const opened = [
      ...callers.map(({ Type }) => `${name} is called by an event of the type ${Type}`),
      ...(FunctionUrlConfig === undefined ? [] : [`${name} has a URL`]),
    ];
    if (type !== 'AWS::S3::Bucket') return opened;
    const block = (properties.PublicAccessBlockConfiguration ?? {}) as Record<string, unknown>;
    const owned = JSON.stringify(properties.OwnershipControls ?? {}).includes('"BucketOwnerEnforced"');
    return [
      ...BLOCKS.filter((name) => block[name] !== true).map((missing) => `${name} lacks ${missing}`),
      ...(owned ? [] : [`${name} takes objects that others own`]),
      ...('AccessControl' in properties ? [`${name} has an access control list`] : []),
    ];
  }),
  ...statementsOf(stack)
    .filter(
      ({ statement: { Effect, Principal } }) => Effect === 'Allow' && JSON.stringify(Principal ?? '').includes('*'),
    )
    .map(({ owner }) => `${owner} lets anybody in`),
];
