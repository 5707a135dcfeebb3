import { readFileSync } from 'node:fs';
import { defined } from '../../core/defined.ts';
import type { StackParameters } from '../../local/template/parameters.ts';
import { parseTemplate, type Resource, resolveTemplate, type Template } from '../../local/template/template.ts';

/** The place of the stack in these tests. */
export const PLACE = { name: 'demo', region: 'eu-west-1', accountId: '123456789012' };

const FIELDS = parseTemplate(readFileSync(new URL('../../template.yaml', import.meta.url), 'utf8'));

/** template.yaml as it is written, intrinsics and all. */
export const TEMPLATE = FIELDS as unknown as RawTemplate;

/** template.yaml as a stack with these parameters has it. */
export const stackWith = (parameters: StackParameters = {}, name = PLACE.name): Template =>
  resolveTemplate(FIELDS, { ...PLACE, name, parameters });

export interface RawTemplate {
  Parameters: Record<string, RawParameter>;
  Conditions: Record<string, unknown>;
  Resources: Record<string, RawResource>;
  Outputs: Record<string, { Condition?: string; Value: unknown }>;
}

interface RawParameter {
  Type: string;
  Default: string | number;
  Description: string;
  MinValue?: number;
  MaxValue?: number;
  AllowedValues?: (string | number)[];
  AllowedPattern?: string;
}

interface RawResource {
  Type: string;
  Condition?: string;
  Properties?: Record<string, unknown>;
  DependsOn?: string;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}

/** A template as one stack has it: what it makes, what its outputs say, and what it leaves out. */
export interface Stack {
  clientCredentials: string;
  /** The key that the stack encrypts with, where KmsKeyArn is given. */
  kmsKeyArn?: string;
  /** The policy that limits its roles and its user, where there is one. */
  permissionsBoundary?: string;
  /** Whether EventData has an index by Type. */
  hasTypeIndex: boolean;
  /** Whether a second function keeps counts and sums of the rows. */
  hasRollups: boolean;
  resources: ReadonlyMap<string, Resource>;
  outputs: ReadonlyMap<string, unknown>;
  /** Logical names of resources whose conditions do not hold. */
  leftOut: readonly string[];
  /** What a Ref to a logical name gives. */
  nameOf: (name: string) => string;
  arnOf: (name: string) => string;
}

/** Parameters that change who may do what. */
export interface Access {
  ClientCredentials: string;
  KmsKeyArn?: string;
  PermissionsBoundary?: string;
  TypeIndex?: string;
  Rollups?: string;
}

/** The stack that CloudFormation makes of a parsed template. What a condition leaves out is gone, outputs too. */
export const stackOf = (template: RawTemplate, access: Access): Stack => {
  const outputs = Object.entries(template.Outputs).map(([name, { Condition, Value }]) => [
    name,
    { Value: Condition === undefined ? Value : { 'Fn::If': [Condition, Value, { Ref: 'AWS::NoValue' }] } },
  ]);
  const place = { ...PLACE, parameters: { ...access } };
  const whole = { ...template, Outputs: Object.fromEntries(outputs) } as unknown as Parameters<
    typeof resolveTemplate
  >[0];
  const resolved = resolveTemplate(whole, place);
  return {
    clientCredentials: access.ClientCredentials,
    ...defined({ kmsKeyArn: access.KmsKeyArn, permissionsBoundary: access.PermissionsBoundary }),
    hasTypeIndex: access.TypeIndex === 'true',
    hasRollups: access.Rollups !== 'false',
    resources: resolved.resources,
    outputs: new Map([...resolved.outputs].filter(([, value]) => value !== null)),
    leftOut: Object.keys(template.Resources).filter((name) => !resolved.resources.has(name)),
    nameOf: resolved.nameOf,
    arnOf: resolved.arnOf,
  };
};
