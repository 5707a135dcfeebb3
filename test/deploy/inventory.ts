import type { Answer, Call, FakeAws } from './fake-aws.ts';

/** How each kind of thing that the template makes is listed, and what names it. */
const LISTS: readonly (readonly [call: Call, names: (answer: Answer) => string[]])[] = [
  [['cloudformation', 'describe_stacks'], ({ Stacks }) => Stacks.map(({ StackName }: Answer) => `stack ${StackName}`)],
  [['kinesis', 'list_streams'], ({ StreamNames }) => StreamNames.map((name: string) => `stream ${name}`)],
  [['dynamodb', 'list_tables'], ({ TableNames }) => TableNames.map((name: string) => `table ${name}`)],
  [['s3', 'list_buckets'], ({ Buckets }) => Buckets.map(({ Name }: Answer) => `bucket ${Name}`)],
  [['iam', 'list_users'], ({ Users }) => Users.map(({ UserName }: Answer) => `user ${UserName}`)],
  [['iam', 'list_roles'], ({ Roles }) => Roles.map(({ RoleName }: Answer) => `role ${RoleName}`)],
  [
    ['iam', 'list_policies', { Scope: 'Local' }],
    ({ Policies }) => Policies.map(({ PolicyName }: Answer) => `policy ${PolicyName}`),
  ],
  [
    ['logs', 'describe_log_groups'],
    ({ logGroups }) => logGroups.map(({ logGroupName }: Answer) => `log group ${logGroupName}`),
  ],
  [
    ['lambda', 'list_functions'],
    ({ Functions }) => Functions.map(({ FunctionName }: Answer) => `function ${FunctionName}`),
  ],
  [
    ['lambda', 'list_event_source_mappings'],
    ({ EventSourceMappings }) => EventSourceMappings.map(({ UUID }: Answer) => `event source mapping ${UUID}`),
  ],
  [
    ['cloudwatch', 'describe_alarms'],
    ({ MetricAlarms = [], CompositeAlarms = [] }) =>
      [...MetricAlarms, ...CompositeAlarms].map(({ AlarmName }) => `alarm ${AlarmName}`),
  ],
  [
    ['cloudwatch', 'list_dashboards'],
    ({ DashboardEntries = [] }) => DashboardEntries.map(({ DashboardName }: Answer) => `dashboard ${DashboardName}`),
  ],
  [['secretsmanager', 'list_secrets'], ({ SecretList }) => SecretList.map(({ Name }: Answer) => `secret ${Name}`)],
  [['sns', 'list_topics'], ({ Topics }) => Topics.map(({ TopicArn }: Answer) => `topic ${TopicArn}`)],
  [
    ['sns', 'list_subscriptions'],
    ({ Subscriptions }) => Subscriptions.map(({ SubscriptionArn }: Answer) => `subscription ${SubscriptionArn}`),
  ],
];

/** Everything that there is in the account, of all kinds that a stack of this template may own, sorted. */
export const inventoryOf = async ({ ask }: FakeAws): Promise<string[]> => {
  const answers = await ask(...LISTS.map(([call]) => call));
  return LISTS.flatMap(([, names], index) => names(answers[index])).sort();
};
