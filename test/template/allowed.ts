import { PLACE, type Stack } from './stack.ts';

/** By its name: the id of a stack is made up when it is made. */
const STACK = `arn:aws:cloudformation:${PLACE.region}:${PLACE.accountId}:stack/${PLACE.name}/*`;

const WRITE_LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];

const READ_ROWS = ['dynamodb:DescribeTable', 'dynamodb:Query', 'dynamodb:Scan'];

const PUT_EVENTS = { EventStream: ['kinesis:PutRecord', 'kinesis:PutRecords'] };

const USE_KEY = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** What KmsKeyArn adds: owner of the policy, actions on the key. */
const WITH_KEY = {
  EventProcessorExecutionRole: USE_KEY,
  EventRollupsExecutionRole: USE_KEY,
  ClientPolicy: ['kms:GenerateDataKey'],
  ClientManagedPolicy: ['kms:GenerateDataKey'],
  QueryPolicy: ['kms:Decrypt'],
} as Readonly<Record<string, readonly string[]>>;

/** All that anybody may do to what the stack makes: owner of the policy, resource (behind a `/` what is in it), actions. */
const ALLOWED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  EventProcessorExecutionRole: {
    EventStream: [
      'kinesis:DescribeStream',
      'kinesis:DescribeStreamSummary',
      'kinesis:GetRecords',
      'kinesis:GetShardIterator',
      'kinesis:ListShards',
    ],
    EventDataTable: ['dynamodb:BatchWriteItem', 'dynamodb:PutItem'],
    RejectedEventsTable: ['dynamodb:BatchWriteItem'],
    FailedBatches: ['s3:ListBucket'],
    'FailedBatches/*': ['s3:PutObject'],
    DDBEventProcessorLogGroup: WRITE_LOG,
  },
  FailedBatchesCleanerRole: {
    FailedBatches: ['s3:ListBucketVersions'],
    'FailedBatches/*': ['s3:DeleteObject', 's3:DeleteObjectVersion'],
    FailedBatchesCleanerLogGroup: WRITE_LOG,
  },
  QueryPolicy: { EventDataTable: READ_ROWS },
  WatchPolicy: { RejectedEventsTable: ['dynamodb:Scan'] },
};

/** What rollups add to it. The function that keeps them reads what changes in EventData, and neither reads nor writes its rows. */
const WITH_ROLLUPS = {
  EventRollupsExecutionRole: {
    // The end of the ARN of a change stream on one machine.
    'EventDataTable/stream/1970-01-01T00:00:00.000': [
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
    ],
    RollupsTable: ['dynamodb:BatchGetItem', 'dynamodb:PutItem'],
    FailedBatches: ['s3:ListBucket'],
    'FailedBatches/*': ['s3:PutObject'],
    EventRollupsLogGroup: WRITE_LOG,
  },
};

/** On what the stack does not make. Who reads rows finds the table by the stack; a metric has no ARN. */
const BEYOND = {
  QueryPolicy: [`cloudformation:DescribeStacks on ${STACK}`],
  WatchPolicy: ['cloudwatch:GetMetricData on *'],
} as Readonly<Record<string, readonly string[]>>;

/** What each way of ClientCredentials adds to it, and whom it makes for that. */
export const WAYS: Readonly<Record<string, { policy: string; identities: readonly string[] }>> = {
  Outputs: { policy: 'ClientPolicy', identities: ['streamprocessingclient', 'ClientPolicy', 'ClientKeys'] },
  SecretsManager: {
    policy: 'ClientPolicy',
    identities: ['streamprocessingclient', 'ClientPolicy', 'ClientSecretKeys', 'ClientSecret'],
  },
  None: { policy: 'ClientManagedPolicy', identities: ['ClientManagedPolicy'] },
};

/** `action on ARN`, by the logical name of what holds the policy. */
export const allowedIn = (stack: Stack): Map<string, string[]> => {
  const { clientCredentials, kmsKeyArn, hasTypeIndex, hasRollups, arnOf } = stack;
  const policies = {
    ...ALLOWED,
    ...(hasRollups ? WITH_ROLLUPS : {}),
    QueryPolicy: {
      ...ALLOWED.QueryPolicy,
      ...(hasTypeIndex ? { 'EventDataTable/index/ByType': READ_ROWS } : {}),
      ...(hasRollups ? { RollupsTable: READ_ROWS } : {}),
    },
    [WAYS[clientCredentials]!.policy]: PUT_EVENTS,
  };
  return new Map(
    Object.entries(policies).map(([owner, grants]) => {
      const onResources = Object.entries(grants).flatMap(([resource, actions]) => {
        const [name = '', ...rest] = resource.split('/');
        return actions.map((action) => `${action} on ${[arnOf(name), ...rest].join('/')}`);
      });
      const beyond = BEYOND[owner] ?? [];
      const onKey = kmsKeyArn === undefined ? [] : (WITH_KEY[owner] ?? []);
      return [owner, [...onResources, ...beyond, ...onKey.map((action) => `${action} on ${kmsKeyArn}`)]];
    }),
  );
};
