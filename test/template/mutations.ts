import type { RULES } from './rules.ts';
import type { RawTemplate } from './stack.ts';

/** A fault put into the template, and the rule that must see it. */
export interface Mutation {
  /** Goes on from "complains where". */
  title: string;
  breaks: keyof typeof RULES;
  mutate: (template: RawTemplate) => void;
  /** What the rule finds. */
  says: RegExp;
  /** Where only some ways of ClientCredentials make what is mutated. */
  ways?: readonly string[];
  /** Where the fault needs a stack with KmsKeyArn, PermissionsBoundary and TypeIndex, or one without rollups. */
  only?: 'guarded' | 'without rollups';
}

type Node = Record<string, unknown>;

/** The node that holds what a path names, and the last step to it. */
const holderOf = (template: RawTemplate, path: string): [holder: Node, last: string] => {
  const steps = path.split('/');
  const last = steps.pop()!;
  let holder = template as unknown as Node;
  for (const step of steps) {
    // A path that leads nowhere is made on the way, as a property that somebody adds.
    holder[step] ??= {};
    holder = holder[step] as Node;
  }
  return [holder, last];
};

const set =
  (path: string, value: unknown): Mutation['mutate'] =>
  (template) => {
    const [holder, last] = holderOf(template, path);
    holder[last] = value;
  };

const remove =
  (path: string): Mutation['mutate'] =>
  (template) => {
    const [holder, last] = holderOf(template, path);
    if (!(last in holder)) throw new Error(`the template has no ${path}; expected something to remove`);
    delete holder[last];
  };

const ROLE = 'Resources/EventProcessorExecutionRole/Properties';
const READ = `${ROLE}/Policies/0/PolicyDocument/Statement/0`;
const KEEP = `${ROLE}/Policies/2/PolicyDocument/Statement/0`;
const ROLLUPS = 'Resources/EventRollupsExecutionRole/Properties';
const FUNCTION = 'Resources/DDBEventProcessor/Properties';
const BUCKET = 'Resources/FailedBatches/Properties';
const TLS = 'Resources/FailedBatchesPolicy/Properties/PolicyDocument/Statement/0';
const USER_POLICY = 'Resources/ClientPolicy/Properties/PolicyDocument/Statement/0';
const ROLE_POLICY = 'Resources/ClientManagedPolicy/Properties/PolicyDocument/Statement/0';
const QUERY = 'Resources/QueryPolicy/Properties/PolicyDocument/Statement';
const DASHBOARD = 'Resources/PipelineDashboard/Properties';
const SECRET = { 'Fn::GetAtt': 'ClientKeys.SecretAccessKey' };

const WITH_USER = ['Outputs', 'SecretsManager'];
const statement = (more: object) => ({ Effect: 'Allow', Action: 's3:GetObject', ...more });
const policy = (Type: string, more: object = {}) => ({
  Type,
  Properties: {
    PolicyDocument: { Statement: [statement({ Resource: { 'Fn::Sub': `\${FailedBatches.Arn}/*` }, ...more })] },
  },
});

export const MUTATIONS: readonly Mutation[] = [
  // What may be done.
  {
    title: 'the function may do one thing more',
    breaks: 'allowsExactlyWhatIsListed',
    mutate: set(`${READ}/Action/5`, 'kinesis:SubscribeToShard'),
    says: /EventProcessorExecutionRole allows kinesis:SubscribeToShard on arn:aws:kinesis:.*demo-EventStream$/m,
  },
  {
    title: 'the function lacks a right',
    breaks: 'allowsExactlyWhatIsListed',
    mutate: remove(`${ROLE}/Policies/1`),
    says: /EventProcessorExecutionRole does not allow dynamodb:BatchWriteItem on .*demo-EventData/,
  },
  {
    title: 'failed batches of changes may go to the bucket of another account',
    breaks: 'keepsBatchesInTheAccount',
    mutate: remove(`${ROLLUPS}/Policies/2/PolicyDocument/Statement/0/Condition`),
    says: /^EventRollupsExecutionRole allows s3:PutObject in any account$/,
  },
  {
    title: 'there is a role for rollups that nobody wants',
    breaks: 'allowsExactlyWhatIsListed',
    mutate: remove('Resources/EventRollupsExecutionRole/Condition'),
    says: /^EventRollupsExecutionRole allows dynamodb:BatchGetItem on .*demo-Rollups$/m,
    only: 'without rollups',
  },
  ...(
    [
      ['the policy of who reads rows', 'QueryPolicy', `${QUERY}/0/Resource/2`, { 'Fn::GetAtt': 'RollupsTable.Arn' }],
      ['the dashboard', 'PipelineDashboard', `${DASHBOARD}/DashboardBody`, { 'Fn::Sub': `\${RollupsErrorsAlarm.Arn}` }],
      ['an output', 'RollupsTable', 'Outputs/RollupsTable/Condition', undefined],
    ] as const
  ).map(
    ([what, owner, path, value]): Mutation => ({
      title: `${what} refers to rollups that are left out`,
      breaks: 'refersToNothingLeftOut',
      mutate: set(path, value),
      says: new RegExp(`^${owner} refers to Rollups\\w+, which is left out$`, 'm'),
      only: 'without rollups',
    }),
  ),
  {
    title: 'who reads rows may read the outputs of any stack, keys included',
    breaks: 'hasNoWildcards',
    mutate: set(`${QUERY}/1/Resource`, {
      'Fn::Sub': `arn:aws:cloudformation:\${AWS::Region}:\${AWS::AccountId}:stack/*`,
    }),
    says: /^QueryPolicy allows by arn:aws:cloudformation:.*:stack\/\*$/,
  },
  {
    title: 'the function may do the same elsewhere',
    breaks: 'allowsExactlyWhatIsListed',
    mutate: set(`${READ}/Resource`, { 'Fn::Sub': `arn:aws:kinesis:\${AWS::Region}:\${AWS::AccountId}:stream/other` }),
    says: /allows kinesis:GetRecords on .*stream\/other/,
  },
  {
    title: 'the client user may read the stream',
    breaks: 'allowsExactlyWhatIsListed',
    mutate: set(`${USER_POLICY}/Action/2`, 'kinesis:GetRecords'),
    says: /ClientPolicy allows kinesis:GetRecords/,
    ways: WITH_USER,
  },
  {
    title: "the client's role may read the stream",
    breaks: 'allowsExactlyWhatIsListed',
    mutate: set(`${ROLE_POLICY}/Action/2`, 'kinesis:GetRecords'),
    says: /ClientManagedPolicy allows kinesis:GetRecords/,
    ways: ['None'],
  },
  {
    title: 'the client user has a policy within itself',
    breaks: 'allowsExactlyWhatIsListed',
    mutate: set('Resources/streamprocessingclient/Properties/Policies/0/PolicyDocument/Statement/0', {
      ...statement({ Resource: { 'Fn::GetAtt': 'EventStream.Arn' } }),
    }),
    says: /streamprocessingclient allows s3:GetObject/,
    ways: WITH_USER,
  },
  {
    title: 'one more policy grants something',
    breaks: 'allowsExactlyWhatIsListed',
    mutate: set('Resources/Another', policy('AWS::IAM::RolePolicy')),
    says: /Another allows s3:GetObject/,
  },
  {
    title: 'a policy of the bucket lets another account read it',
    breaks: 'allowsExactlyWhatIsListed',
    mutate: set('Resources/Another', policy('AWS::S3::BucketPolicy', { Principal: { AWS: '999999999999' } })),
    says: /Another allows s3:GetObject/,
  },
  {
    title: 'an action is a wildcard',
    breaks: 'hasNoWildcards',
    mutate: set(`${READ}/Action`, 'kinesis:*'),
    says: /^EventProcessorExecutionRole allows by kinesis:\*$/,
  },
  {
    title: 'an action is half a wildcard',
    breaks: 'hasNoWildcards',
    mutate: set(`${READ}/Action`, ['kinesis:Get*']),
    says: /allows by kinesis:Get\*/,
  },
  {
    title: 'a resource is a wildcard',
    breaks: 'hasNoWildcards',
    mutate: set(`${READ}/Resource`, '*'),
    says: /^EventProcessorExecutionRole allows by \*$/,
  },
  {
    title: 'a resource is any table',
    breaks: 'hasNoWildcards',
    mutate: set(`${ROLE}/Policies/1/PolicyDocument/Statement/0/Resource`, {
      'Fn::Sub': `arn:aws:dynamodb:\${AWS::Region}:\${AWS::AccountId}:table/*`,
    }),
    says: /allows by arn:aws:dynamodb:.*table\/\*/,
  },
  {
    title: 'a resource is any bucket',
    breaks: 'hasNoWildcards',
    mutate: set(`${KEEP}/Resource`, 'arn:aws:s3:::*/*'),
    says: /allows by arn:aws:s3:::\*\/\*/,
  },
  {
    title: 'a statement allows all but some actions',
    breaks: 'hasNoWildcards',
    mutate: set(`${READ}/NotAction`, 'kinesis:DeleteStream'),
    says: /allows by NotAction/,
  },
  {
    title: 'a role has a managed policy of AWS',
    breaks: 'hasNoPoliciesOfOthers',
    mutate: set(`${ROLE}/ManagedPolicyArns`, ['arn:aws:iam::aws:policy/AdministratorAccess']),
    says: /EventProcessorExecutionRole has ManagedPolicyArns/,
  },
  {
    title: 'the client user joins a group',
    breaks: 'hasNoPoliciesOfOthers',
    mutate: set('Resources/streamprocessingclient/Properties/Groups', ['administrators']),
    says: /streamprocessingclient has Groups/,
    ways: WITH_USER,
  },
  {
    title: 'SAM connects two resources',
    breaks: 'hasNoPoliciesOfOthers',
    mutate: set('Resources/Connected', { Type: 'AWS::Serverless::Connector' }),
    says: /Connected is a AWS::Serverless::Connector/,
  },
  {
    title: 'SAM adds policies to a function',
    breaks: 'hasNoPoliciesOfOthers',
    mutate: set(`${FUNCTION}/Policies`, ['AmazonDynamoDBFullAccess']),
    says: /DDBEventProcessor has Policies/,
  },
  {
    title: 'SAM makes the role of a function',
    breaks: 'hasNoPoliciesOfOthers',
    mutate: remove(`${FUNCTION}/Role`),
    says: /DDBEventProcessor has no role of this template/,
  },
  {
    title: 'somebody else may become a role',
    breaks: 'isTrustedOnlyByLambda',
    mutate: set(`${ROLE}/AssumeRolePolicyDocument/Statement/0/Principal`, { AWS: 'arn:aws:iam::999999999999:root' }),
    says: /EventProcessorExecutionRole trusts .*999999999999/,
  },
  {
    title: 'anyone who signs in elsewhere may become a role',
    breaks: 'isTrustedOnlyByLambda',
    mutate: set(`${ROLE}/AssumeRolePolicyDocument/Statement/1`, {
      Effect: 'Allow',
      Principal: { Federated: 'accounts.google.com' },
      Action: 'sts:AssumeRoleWithWebIdentity',
    }),
    says: /EventProcessorExecutionRole trusts .*Federated/,
  },
  {
    title: 'failed batches may go to the bucket of another account',
    breaks: 'keepsBatchesInTheAccount',
    mutate: remove(`${KEEP}/Condition`),
    says: /allows s3:PutObject in any account/,
  },

  {
    title: 'the function lacks its key',
    breaks: 'allowsExactlyWhatIsListed',
    mutate: remove(`${ROLE}/Policies/4`),
    says: /EventProcessorExecutionRole does not allow kms:Decrypt on arn:aws:kms/,
    only: 'guarded',
  },
  {
    title: 'the client user may decrypt',
    breaks: 'allowsExactlyWhatIsListed',
    mutate: set(`${USER_POLICY.replace(/0$/, '1')}/Fn::If/1/Action`, 'kms:Decrypt'),
    says: /ClientPolicy allows kms:Decrypt[\s\S]*ClientPolicy does not allow kms:GenerateDataKey/,
    ways: WITH_USER,
    only: 'guarded',
  },
  {
    title: "the client's role may not encrypt",
    breaks: 'allowsExactlyWhatIsListed',
    mutate: remove(ROLE_POLICY.replace(/0$/, '1')),
    says: /ClientManagedPolicy does not allow kms:GenerateDataKey/,
    ways: ['None'],
    only: 'guarded',
  },
  ...['EventProcessorExecutionRole', 'EventRollupsExecutionRole', 'FailedBatchesCleanerRole'].map(
    (role): Mutation => ({
      title: `${role} has no boundary`,
      breaks: 'isBoundedWhereAsked',
      mutate: remove(`Resources/${role}/Properties/PermissionsBoundary`),
      says: new RegExp(`^${role} has the boundary undefined$`),
      only: 'guarded',
    }),
  ),
  {
    title: 'the client user has no boundary',
    breaks: 'isBoundedWhereAsked',
    mutate: remove('Resources/streamprocessingclient/Properties/PermissionsBoundary'),
    says: /^streamprocessingclient has the boundary undefined$/,
    ways: WITH_USER,
    only: 'guarded',
  },
  {
    title: 'a role has a boundary that nobody asked for',
    breaks: 'isBoundedWhereAsked',
    mutate: set(`${ROLE}/PermissionsBoundary`, 'arn:aws:iam::aws:policy/ReadOnlyAccess'),
    says: /^EventProcessorExecutionRole has the boundary arn:aws:iam::aws:policy\/ReadOnlyAccess$/,
  },

  // Who gets at the data.
  {
    title: 'the stream is not encrypted',
    breaks: 'isEncryptedAtRest',
    mutate: remove('Resources/EventStream/Properties/StreamEncryption'),
    says: /^EventStream is not encrypted$/,
  },
  ...['EventDataTable', 'RejectedEventsTable', 'RollupsTable'].map(
    (table): Mutation => ({
      title: `${table} is not encrypted by a key that CloudTrail shows`,
      breaks: 'isEncryptedAtRest',
      mutate: set(`Resources/${table}/Properties/SSESpecification/SSEEnabled`, false),
      says: new RegExp(`^${table} is not encrypted`),
    }),
  ),
  {
    title: 'the bucket does not say how it is encrypted',
    breaks: 'isEncryptedAtRest',
    mutate: remove(`${BUCKET}/BucketEncryption`),
    says: /^FailedBatches is not encrypted$/,
  },
  {
    title: 'the stream is encrypted with another key than KmsKeyArn',
    breaks: 'isEncryptedAtRest',
    mutate: set('Resources/EventStream/Properties/StreamEncryption/KeyId', 'alias/aws/kinesis'),
    says: /^EventStream is not encrypted$/,
    only: 'guarded',
  },
  ...['EventDataTable', 'RejectedEventsTable', 'RollupsTable'].map(
    (table): Mutation => ({
      title: `${table} is encrypted with another key than KmsKeyArn`,
      breaks: 'isEncryptedAtRest',
      mutate: remove(`Resources/${table}/Properties/SSESpecification/KMSMasterKeyId`),
      says: new RegExp(`^${table} is not encrypted`),
      only: 'guarded',
    }),
  ),
  {
    title: 'the bucket is encrypted with another key than KmsKeyArn',
    breaks: 'isEncryptedAtRest',
    mutate: remove(
      `${BUCKET}/BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault/KMSMasterKeyID`,
    ),
    says: /^FailedBatches is not encrypted$/,
    only: 'guarded',
  },
  {
    title: 'the bucket answers without TLS',
    breaks: 'isReachedOnlyOverTls',
    mutate: remove('Resources/FailedBatchesPolicy'),
    says: /demo-FailedBatches may be reached without TLS/,
  },
  {
    title: 'only the bucket itself is closed to what has no TLS',
    breaks: 'isReachedOnlyOverTls',
    mutate: remove(`${TLS}/Resource/1`),
    says: /demo-FailedBatches\/\* may be reached without TLS/,
  },
  {
    title: 'only some are told to use TLS',
    breaks: 'isReachedOnlyOverTls',
    mutate: set(`${TLS}/Principal`, { AWS: 'arn:aws:iam::123456789012:root' }),
    says: /may be reached without TLS/,
  },
  {
    title: 'TLS is what is denied',
    breaks: 'isReachedOnlyOverTls',
    mutate: set(`${TLS}/Condition/Bool/aws:SecureTransport`, 'true'),
    says: /may be reached without TLS/,
  },
  {
    title: 'the policy is for another bucket',
    breaks: 'isReachedOnlyOverTls',
    mutate: set('Resources/FailedBatchesPolicy/Properties/Bucket', 'other'),
    says: /may be reached without TLS/,
  },
  {
    title: 'the function is told to ask a service without TLS',
    breaks: 'isReachedOnlyOverTls',
    mutate: set(`${FUNCTION}/Environment/Variables/AWS_ENDPOINT_URL_DYNAMODB`, 'http://dynamodb.example.com'),
    says: /DDBEventProcessor is told to ask http:\/\/dynamodb/,
  },
  ...['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'].map(
    (block): Mutation => ({
      title: `the bucket does without ${block}`,
      breaks: 'isNotPublic',
      mutate: set(`${BUCKET}/PublicAccessBlockConfiguration/${block}`, false),
      says: new RegExp(`^FailedBatches lacks ${block}$`),
    }),
  ),
  {
    title: 'the bucket has an access control list',
    breaks: 'isNotPublic',
    mutate: set(`${BUCKET}/AccessControl`, 'PublicRead'),
    says: /FailedBatches has an access control list/,
  },
  {
    title: 'others own objects of the bucket',
    breaks: 'isNotPublic',
    mutate: remove(`${BUCKET}/OwnershipControls`),
    says: /FailedBatches takes objects that others own/,
  },
  {
    title: 'a policy of the bucket lets anybody in',
    breaks: 'isNotPublic',
    mutate: set('Resources/Open', policy('AWS::S3::BucketPolicy', { Principal: { AWS: '*' } })),
    says: /^Open lets anybody in$/,
  },
  {
    title: 'the function has a URL',
    breaks: 'isNotPublic',
    mutate: set(`${FUNCTION}/FunctionUrlConfig`, { AuthType: 'NONE' }),
    says: /DDBEventProcessor has a URL/,
  },
  {
    title: 'the function is called over HTTP',
    breaks: 'isNotPublic',
    mutate: set(`${FUNCTION}/Events/Web`, { Type: 'HttpApi' }),
    says: /called by an event of the type HttpApi/,
  },
  {
    title: 'anybody may call the function',
    breaks: 'isNotPublic',
    mutate: set('Resources/Open', { Type: 'AWS::Lambda::Permission', Properties: { Principal: '*' } }),
    says: /Open is a AWS::Lambda::Permission/,
  },

  // Where the client gets its keys.
  {
    title: 'the secret is in another output',
    breaks: 'keepsTheSecretInItsPlace',
    mutate: set('Outputs/KinesisStream/Value', { 'Fn::Join': [':', ['s', SECRET]] }),
    says: /^output KinesisStream holds the secret access key$/m,
  },
  {
    title: "the secret is in the function's environment",
    breaks: 'keepsTheSecretInItsPlace',
    mutate: set(`${FUNCTION}/Environment/Variables/SECRET`, SECRET),
    says: /^DDBEventProcessor holds the secret access key$/m,
  },
  {
    title: "the secret is in a resource's description",
    breaks: 'keepsTheSecretInItsPlace',
    mutate: set(`${ROLE}/Description`, { 'Fn::Sub': `made with \${ClientSecretKeys.SecretAccessKey}` }),
    says: /^EventProcessorExecutionRole holds the secret access key$/m,
  },
  {
    title: 'the secret is in the outputs although there is a better place',
    breaks: 'keepsTheSecretInItsPlace',
    mutate: set('Outputs/SecretAccessKey/Value', { 'Fn::GetAtt': 'ClientSecretKeys.SecretAccessKey' }),
    says: /^output SecretAccessKey holds the secret access key$/m,
    ways: ['SecretsManager'],
  },
  {
    title: 'the secret is not where the client looks',
    breaks: 'keepsTheSecretInItsPlace',
    mutate: set('Outputs/SecretAccessKey/Value', 'see elsewhere'),
    says: /^output SecretAccessKey does not hold/,
    ways: ['Outputs'],
  },
  {
    title: 'a user is made that nobody asked for',
    breaks: 'makesWhatTheWayNeeds',
    mutate: remove('Resources/streamprocessingclient/Condition'),
    says: /^streamprocessingclient is made$/,
    ways: ['None'],
  },
  {
    title: 'keys are made that nobody asked for',
    breaks: 'makesWhatTheWayNeeds',
    mutate: remove('Resources/ClientKeys/Condition'),
    says: /^ClientKeys is made$/,
    ways: ['SecretsManager', 'None'],
  },
  {
    title: 'a secret is made that nobody asked for',
    breaks: 'makesWhatTheWayNeeds',
    mutate: remove('Resources/ClientSecret/Condition'),
    says: /^ClientSecret is made$/,
    ways: ['Outputs', 'None'],
  },
  {
    title: 'another user gets keys',
    breaks: 'makesWhatTheWayNeeds',
    mutate: set('Resources/MoreKeys', { Type: 'AWS::IAM::AccessKey', Properties: { UserName: 'root' } }),
    says: /^MoreKeys is made$/,
  },
  {
    title: 'the client has no policy',
    breaks: 'makesWhatTheWayNeeds',
    mutate: (template) => {
      remove('Resources/ClientPolicy')(template);
      set('Resources/ClientManagedPolicy/Condition', 'OnDemand')(template);
    },
    says: /^Client(Managed)?Policy is not made$/,
  },
  {
    title: 'the outputs are of another way',
    breaks: 'showsTheClientItsWay',
    mutate: (template) => {
      const { AccessKeyId, ClientPolicyArn } = template.Outputs;
      Object.assign(template.Outputs, {
        AccessKeyId: { ...AccessKeyId, Condition: ClientPolicyArn?.Condition },
        ClientPolicyArn: { ...ClientPolicyArn, Condition: AccessKeyId?.Condition },
      });
    },
    says: /^the output ClientPolicyArn is/m,
  },
  {
    title: 'something refers to what is left out',
    breaks: 'refersToNothingLeftOut',
    mutate: set(`${ROLE}/Description`, {
      'Fn::Sub': `\${streamprocessingclient} \${ClientManagedPolicy}`,
    }),
    says: /^EventProcessorExecutionRole refers to (ClientManagedPolicy|streamprocessingclient), which is left out$/,
  },
];
