import { expect } from 'chai';
import type { Template } from '../../local/template/template.ts';
import type { Answer, FakeAws } from './fake-aws.ts';

/** A stack as CloudFormation made it. */
export interface DeployedStack {
  name: string;
  outputs: Map<string, string>;
  /** Logical name to type and physical name. */
  resources: Map<string, { type: string; id: string }>;
}

/** Reads a stack from CloudFormation. @throws {Error} if there is no stack of that name */
export const readStack = async ({ ask }: FakeAws, name: string): Promise<DeployedStack> => {
  const [{ Stacks }, { StackResources }] = await ask(
    ['cloudformation', 'describe_stacks', { StackName: name }],
    ['cloudformation', 'describe_stack_resources', { StackName: name }],
  );
  return {
    name,
    outputs: new Map((Stacks[0].Outputs ?? []).map(({ OutputKey, OutputValue }: Answer) => [OutputKey, OutputValue])),
    resources: new Map(
      StackResources
        // What a condition leaves out, and what moto does not know, has no name there.
        .filter(({ LogicalResourceId }: Answer) => LogicalResourceId)
        .map(({ LogicalResourceId, ResourceType, PhysicalResourceId }: Answer) => [
          LogicalResourceId,
          { type: ResourceType, id: PhysicalResourceId },
        ]),
    ),
  };
};

/** Each resource of the template with its type, after SAM's transform. */
const resourcesIn = (template: Template): Map<string, string> => {
  const resources = new Map<string, string>();
  for (const [name, { type, properties }] of template.resources)
    if (type !== 'AWS::Serverless::Function') resources.set(name, type);
    else {
      resources.set(name, 'AWS::Lambda::Function');
      for (const event of Object.keys(properties.Events ?? {}))
        resources.set(`${name}${event}`, 'AWS::Lambda::EventSourceMapping');
    }
  return resources;
};

/** What a stack is made from. */
export interface Expectation {
  template: Template;
  /** Names of the outputs that no condition leaves out. */
  outputs: readonly string[];
  /** What policies may name although the stack does not make it. */
  others?: readonly string[];
}

/**
 * Compares a stack with the template that it was made from: each resource, each output, and the settings of those that events
 * go through. Every permission must be one on something that is there.
 */
export const expectStackOf = async (
  { template, outputs, others = [] }: Expectation,
  stack: DeployedStack,
  aws: FakeAws,
): Promise<void> => {
  const idOf = (logicalName: string): string => {
    const resource = stack.resources.get(logicalName);
    if (resource === undefined) throw new Error(`the stack has no ${logicalName}`);
    return resource.id;
  };
  const namesOf = (type: string): string[] => template.ofType(type).map(([name]) => name);
  const propertiesOf = (name: string, type: string) => template.resource(name, type).properties as Answer;

  const expected = [...resourcesIn(template)].filter(([, type]) => !aws.passedOver.has(type));
  const found = [...stack.resources].map(([name, { type }]) => [name, type]);
  expect(Object.fromEntries(found), 'the resources').to.deep.equal(Object.fromEntries(expected));
  expect([...stack.outputs.keys()], 'the outputs').to.include.members([...outputs]);
  const named = [...namesOf('AWS::DynamoDB::Table'), ...namesOf('AWS::Serverless::Function'), 'FailedBatches'];
  for (const name of named) expect(stack.outputs.get(name), `the output ${name}`).to.equal(idOf(name));
  expect(stack.outputs.get('KinesisStream')).to.equal(idOf('EventStream'));

  const StreamName = idOf('EventStream');
  const [{ StreamDescriptionSummary: stream }, { Table: eventData }] = await aws.ask(
    ['kinesis', 'describe_stream_summary', { StreamName }],
    ['dynamodb', 'describe_table', { TableName: idOf('EventDataTable') }],
  );
  const declaredStream = propertiesOf('EventStream', 'AWS::Kinesis::Stream');
  const { ShardCount, StreamModeDetails, RetentionPeriodHours, StreamEncryption } = declaredStream;
  expect(stream).to.deep.include({ StreamModeDetails, RetentionPeriodHours, ...StreamEncryption });
  if (ShardCount !== undefined) expect(stream.OpenShardCount, 'shards').to.equal(ShardCount);

  for (const name of namesOf('AWS::Serverless::Function')) {
    const [lambda, { EventSourceMappings: mappings }] = await aws.ask(
      ['lambda', 'get_function_configuration', { FunctionName: idOf(name) }],
      ['lambda', 'list_event_source_mappings', { FunctionName: idOf(name) }],
    );
    const { Runtime, MemorySize, Timeout, Handler, Environment, Role, Events } = propertiesOf(
      name,
      'AWS::Serverless::Function',
    );
    // The build leaves the name of the bundle's folder out.
    expect(lambda, name).to.deep.include({ Runtime, MemorySize, Timeout, Handler, Environment });
    const role = namesOf('AWS::IAM::Role').find((role) => template.arnOf(role) === Role) ?? 'a role of the template';
    expect(lambda.Role, name).to.match(new RegExp(`role/${idOf(role)}$`));

    const [event] = Object.values<Answer>(Events);
    const { Stream: _, DestinationConfig, ...knobs } = event.Properties;
    const EventSourceArn = event.Type === 'Kinesis' ? stream.StreamARN : eventData.LatestStreamArn;
    expect(mappings, `event source mappings of ${name}`).to.have.lengthOf(1);
    expect(mappings[0], `the event source mapping of ${name}`).to.deep.include({ ...knobs, EventSourceArn });
    expect(DestinationConfig).to.nested.include({ 'OnFailure.Type': 'S3' });
    expect(mappings[0].DestinationConfig).to.deep.equal({
      OnFailure: { Destination: `arn:aws:s3:::${idOf('FailedBatches')}` },
    });
  }

  const tables = namesOf('AWS::DynamoDB::Table');
  const groups = namesOf('AWS::Logs::LogGroup');
  const described = await aws.ask(
    ...tables.map((name) => ['dynamodb', 'describe_table', { TableName: idOf(name) }] as const),
    ...groups.map((name) => ['logs', 'describe_log_groups', { logGroupNamePrefix: idOf(name) }] as const),
  );
  for (const [index, name] of tables.entries()) {
    const {
      KeySchema,
      BillingMode,
      GlobalSecondaryIndexes = [],
      StreamSpecification,
    } = propertiesOf(name, 'AWS::DynamoDB::Table');
    const { Table } = described[index];
    expect(Table.StreamSpecification?.StreamViewType, `changes of ${name}`).to.equal(
      StreamSpecification?.StreamViewType,
    );
    const indexes: Answer[] = Table.GlobalSecondaryIndexes ?? [];
    expect(
      indexes.map(({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection })),
      `the indexes of ${name}`,
    ).to.deep.equal(GlobalSecondaryIndexes);
    expect(Table.KeySchema, name).to.deep.equal(KeySchema);
    expect(Table.BillingModeSummary, name).to.include({ BillingMode });
  }
  for (const [index, name] of groups.entries()) {
    const { RetentionInDays } = propertiesOf(name, 'AWS::Logs::LogGroup');
    const { logGroups } = described[tables.length + index];
    expect(logGroups[0], name).to.include({ logGroupName: idOf(name), retentionInDays: RetentionInDays });
  }

  await expectAlarms(template, stack, aws);
  // Its name has the time at which it was switched on.
  const changeStream = `${idOf('EventDataTable')}/stream/${eventData.LatestStreamLabel}`;
  await expectPermissions(template, stack, [...others, changeStream], aws);
};

/** Each alarm watches what is there: a name that CloudFormation makes up must be the one it made up. */
const expectAlarms = async (template: Template, stack: DeployedStack, { ask }: FakeAws): Promise<void> => {
  const [{ MetricAlarms = [] }] = await ask(['cloudwatch', 'describe_alarms']);
  const actual = (name: string): string => {
    const [logicalName] = [...template.resources.keys()].filter((key) => template.nameOf(key) === name);
    return (logicalName && stack.resources.get(logicalName)?.id) ?? name;
  };
  for (const [name, { properties }] of template.ofType('AWS::CloudWatch::Alarm')) {
    const { MetricName, Namespace, Dimensions = [], Threshold } = properties as Answer;
    const alarm = MetricAlarms.find(({ AlarmName }: Answer) => AlarmName === stack.resources.get(name)?.id);
    expect(alarm, name).to.not.equal(undefined);
    // A metric computed from others has none of these.
    if (MetricName === undefined) continue;
    expect(alarm, name).to.deep.include({
      MetricName,
      Namespace,
      Dimensions: Dimensions.map(({ Name, Value }: Answer) => ({ Name, Value: actual(Value) })),
      Threshold,
    });
  }
};

/** Every policy of the stack must allow something only on the stack's own resources, or on `others`. */
const expectPermissions = async (
  template: Template,
  stack: DeployedStack,
  others: readonly string[],
  { ask }: FakeAws,
): Promise<void> => {
  const idsOf = (type: string): string[] =>
    template.ofType(type).flatMap(([name]) => stack.resources.get(name)?.id ?? []);
  const roles = idsOf('AWS::IAM::Role');
  const users = idsOf('AWS::IAM::User');
  const managed = idsOf('AWS::IAM::ManagedPolicy');
  const listed = await ask(
    ...roles.map((RoleName) => ['iam', 'list_role_policies', { RoleName }] as const),
    ...users.map((UserName) => ['iam', 'list_user_policies', { UserName }] as const),
  );
  const calls = listed.flatMap(({ PolicyNames }, index) =>
    PolicyNames.map((PolicyName: string) =>
      index < roles.length
        ? ['iam', 'get_role_policy', { RoleName: roles[index], PolicyName }]
        : ['iam', 'get_user_policy', { UserName: users[index - roles.length], PolicyName }],
    ),
  );
  const versions = managed.map((PolicyArn) => ['iam', 'get_policy_version', { PolicyArn, VersionId: 'v1' }] as const);
  const own = [...others, stack.name, ...[...stack.resources.values()].map(({ id }) => id)];
  const policies = (await ask(...calls, ...versions)).map(({ PolicyName, PolicyDocument, PolicyVersion }) => ({
    name: PolicyName ?? 'a managed policy',
    document: PolicyDocument ?? PolicyVersion.Document,
  }));
  // Each role has one at least, and so have the client, who reads rows and who watches.
  expect(policies.length, 'policies').to.be.above(roles.length + 2);
  for (const { name: policy, document } of policies)
    for (const { Action, Resource } of document.Statement)
      for (const arn of [Resource].flat()) {
        // A metric has no ARN.
        if (Action === 'cloudwatch:GetMetricData') continue;
        const [, resource = ''] = /^arn:aws:[a-z0-9]+:[^:]*:[^:]*:(.+)$/.exec(arn) ?? [];
        const name = resource
          .replace(/^(stream\/|table\/|stack\/|log-group:)/, '')
          .replace(/((\/|:)\*|\/index\/\w+)$/, '');
        expect(own, `${policy} allows ${Action} on ${arn}`).to.include(name);
      }
};
