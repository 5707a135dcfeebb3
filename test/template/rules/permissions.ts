import { allowedIn } from '../allowed.ts';
import { grantsOf, isTrust, statementsOf } from '../policies.ts';
import { PLACE } from '../stack.ts';
import type { Rule } from './rule.ts';

/** Each action on each resource is one that is written down, and none of those is missing. */
export const allowsExactlyWhatIsListed: Rule = (stack) => {
  const allowed = allowedIn(stack);
  const found = new Map<string, string[]>();
  for (const { owner, statement } of statementsOf(stack))
    if (statement.Effect === 'Allow' && !isTrust(statement))
      found.set(owner, [...(found.get(owner) ?? []), ...grantsOf(statement)]);
  return [...new Set([...found.keys(), ...allowed.keys()])].flatMap((owner) => {
    const [is, shall] = [found.get(owner) ?? [], allowed.get(owner) ?? []];
    return [
      ...is.filter((grant) => !shall.includes(grant)).map((grant) => `${owner} allows ${grant}`),
      ...shall.filter((grant) => !is.includes(grant)).map((grant) => `${owner} does not allow ${grant}`),
    ];
  });
};

/** A boundary holds for every role and for the user, or the account refuses to make them. */
export const isBoundedWhereAsked: Rule = ({ permissionsBoundary, resources }) =>
  [...resources]
    .filter(([, { type }]) => type === 'AWS::IAM::Role' || type === 'AWS::IAM::User')
    .filter(([, { properties }]) => properties.PermissionsBoundary !== permissionsBoundary)
    .map(([name, { properties }]) => `${name} has the boundary ${properties.PermissionsBoundary}`);

const ONE_OF_ITS_NAME = /^(arn:aws:s3:::[^*?/]+|arn:aws:cloudformation:[^*?/]+:stack\/[^*?/]+)\/\*$/;

/** What reads metrics is granted for all of them: a metric has no ARN. */
const WITHOUT_RESOURCE = 'cloudwatch:GetMetricData';

/**
 * AWS lets each of our other actions be granted separately, on one resource. The objects of a bucket have no names beforehand, and a stack
 * that is asked for by its name is any that has it.
 */
export const hasNoWildcards: Rule = (stack) =>
  statementsOf(stack)
    .filter(({ statement: { Effect, Action } }) => Effect !== 'Deny' && Action !== WITHOUT_RESOURCE)
    .flatMap(({ owner, statement }) => {
      const { Action = [], Resource = [] } = statement;
      const inverted = (['NotAction', 'NotResource', 'NotPrincipal'] as const).filter((name) => name in statement);
      const actions = [Action].flat().filter((action) => /[*?]/.test(action));
      const resources = [Resource].flat().filter((resource) => /[*?]/.test(resource.replace(ONE_OF_ITS_NAME, '$1')));
      return [...inverted, ...actions, ...resources].map((found) => `${owner} allows by ${found}`);
    });

/** A policy that is not written out here may allow anything, and so may what a group has or what SAM adds. */
export const hasNoPoliciesOfOthers: Rule = ({ resources, arnOf }) =>
  [...resources].flatMap(([name, { type, properties }]) => {
    if (/^AWS::Serverless::(?!Function$)/.test(type)) return [`${name} is a ${type}, of which SAM would make policies`];
    const borrowed = ['ManagedPolicyArns', 'Groups']
      .filter((field) => field in properties)
      .map((field) => `${name} has ${field}`);
    if (!/^AWS::(Serverless|Lambda)::Function$/.test(type)) return borrowed;
    const role = [...resources.keys()].find((other) => properties.Role === arnOf(other));
    const isOurs = role !== undefined && resources.get(role)?.type === 'AWS::IAM::Role';
    return [
      ...borrowed,
      ...('Policies' in properties ? [`${name} has Policies, which SAM would add to a role`] : []),
      ...(isOurs ? [] : [`${name} has no role of this template`]),
    ];
  });

/** Nobody but Lambda becomes one of the roles. */
export const isTrustedOnlyByLambda: Rule = (stack) =>
  statementsOf(stack)
    .filter(({ statement }) => isTrust(statement))
    .filter(({ statement: { Principal, Action } }) => {
      const isLambda = JSON.stringify(Principal) === '{"Service":"lambda.amazonaws.com"}';
      return !isLambda || Action !== 'sts:AssumeRole';
    })
    .map(({ owner, statement }) => `${owner} trusts ${JSON.stringify(statement.Principal)}`);

const READS_A_STREAM = ['EventProcessorExecutionRole', 'EventRollupsExecutionRole'];

/** Both functions may put a batch only into a bucket of this account, even if somebody else makes one of its name. */
export const keepsBatchesInTheAccount: Rule = (stack) =>
  statementsOf(stack)
    .filter(({ owner, statement }) => READS_A_STREAM.includes(owner) && String(statement.Action).includes('s3:'))
    .filter(
      ({ statement }) =>
        !JSON.stringify(statement.Condition ?? {}).includes(`{"s3:ResourceAccount":"${PLACE.accountId}"}`),
    )
    .map(({ owner, statement }) => `${owner} allows ${statement.Action} in any account`);
