import { readFileSync } from 'node:fs';
import { load, YAMLException } from 'js-yaml';
import { UserError } from '../../cli/user-error.ts';
import { changeStreamArn } from '../emulators/change-stream.ts';
import { CLOUDFORMATION_SCHEMA } from './cloudformation-tags.ts';
import { type Fields, fieldsOf, type Value } from './fields.ts';
import { parametersOf, type StackParameters } from './parameters.ts';

/** template.yaml holds something that the local stack does not understand. */
export class TemplateError extends UserError {
  override readonly name = 'TemplateError';
}

/** The values that CloudFormation fills in. */
export interface Stack {
  name: string;
  region: string;
  accountId: string;
  parameters?: StackParameters;
}

export interface Resource {
  type: string;
  properties: Fields;
  metadata: Fields;
}

/** A template as one stack has it: every intrinsic is resolved, and properties without a value are left out. */
export interface Template {
  resources: Map<string, Resource>;
  outputs: Map<string, Value>;
  /** The resource of that logical name. @throws {TemplateError} where there is none of that type */
  resource: (name: string, type: string) => Resource;
  ofType: (type: string) => [name: string, resource: Resource][];
  /** What a Ref to that logical name gives. */
  nameOf: (name: string) => string;
  /** The ARN of that logical name. */
  arnOf: (name: string) => string;
}

/** @throws {TemplateError} */
export const readTemplate = (file: URL, stack: Stack): Template =>
  resolveTemplate(parseTemplate(readFileSync(file, 'utf8')), stack);

/** The fields of template.yaml as they stand there. @throws {TemplateError} naming the line that is not YAML */
export const parseTemplate = (yaml: string): Fields => {
  try {
    return load(yaml, { schema: CLOUDFORMATION_SCHEMA }) as Fields;
  } catch (error) {
    if (error instanceof YAMLException) throw new TemplateError(`template.yaml is not YAML: ${error.message}`);
    throw error;
  }
};

/** Resolves the intrinsics of a template. @throws {TemplateError} naming an intrinsic or a parameter that is not valid, or Globals */
export const resolveTemplate = (template: Fields, stack: Stack): Template => {
  if (template.Globals !== undefined)
    throw new TemplateError(
      'the template has Globals, which the local stack does not read; give them to each resource',
    );
  const { isTrue, resolve, ref, attribute } = intrinsicsOf(template, stack);
  const resources = new Map<string, Resource>();
  for (const [name, resource] of Object.entries(fieldsOf(template.Resources))) {
    const { Type, Properties, Metadata, Condition } = fieldsOf(resource);
    if (Condition !== undefined && !isTrue(String(Condition))) continue;
    resources.set(name, {
      type: String(Type),
      properties: fieldsOf(resolve(Properties ?? {})),
      metadata: fieldsOf(resolve(Metadata ?? {})),
    });
  }
  const outputs = Object.entries(fieldsOf(template.Outputs)).map(
    ([name, output]) => [name, resolve(fieldsOf(output).Value ?? null) ?? null] as const,
  );
  return {
    resources,
    outputs: new Map(outputs),
    resource: (name, type) => {
      const found = resources.get(name);
      if (found?.type !== type) throw new TemplateError(`${name} is ${found?.type ?? 'not there'}; expected ${type}`);
      return found;
    },
    ofType: (type) => [...resources].filter(([, resource]) => resource.type === type),
    nameOf: (name) => String(ref(name)),
    arnOf: (name) => attribute(`${name}.Arn`),
  };
};

/** What the intrinsics of a template stand for in a stack. @throws {TemplateError} as each of them does */
const intrinsicsOf = (template: Fields, stack: Stack) => {
  const raw = fieldsOf(template.Resources);
  const problems: string[] = [];
  const parameters = parametersOf(fieldsOf(template.Parameters), stack.parameters ?? {}, problems);
  if (problems.length > 0) throw new TemplateError(problems.join('; '));
  const known: Fields = { ...parameters, ...pseudoParametersOf(stack) };

  const isTrue = (name: string): boolean => {
    const condition = fieldsOf(template.Conditions)[name];
    if (condition === undefined) throw new TemplateError(`the condition ${name} is not declared`);
    return truth(condition);
  };
  const truth = (condition: Value): boolean => {
    const [operator, operands] = intrinsicOf(condition) ?? [];
    if (operator === 'Condition') return isTrue(String(operands));
    if (!Array.isArray(operands)) throw unknown(condition);
    if (operator === 'Fn::Equals') return String(resolve(operands[0]!)) === String(resolve(operands[1]!));
    if (operator === 'Fn::Not') return !truth(operands[0]!);
    if (operator === 'Fn::And') return operands.every(truth);
    if (operator === 'Fn::Or') return operands.some(truth);
    throw unknown(condition);
  };

  /** Undefined stands for AWS::NoValue: the property is left out. */
  const resolve = (value: Value): Value | undefined => {
    if (Array.isArray(value)) return value.map(resolve).filter((element) => element !== undefined);
    if (typeof value !== 'object' || value === null) return value;
    const [operator, operand] = intrinsicOf(value) ?? [];
    if (operator !== undefined && operand !== undefined) return intrinsic(operator, operand);
    const fields = Object.entries(value).map(([name, field]) => [name, resolve(field)] as const);
    return Object.fromEntries(fields.filter((field): field is [string, Value] => field[1] !== undefined));
  };

  const ofText: Record<string, (operand: string) => Value | undefined> = {
    Ref: (name) => ref(name),
    'Fn::GetAtt': (path) => attribute(path),
    'Fn::Sub': (text) =>
      text.replace(/\$\{([^!{}][^{}]*)\}/g, (_, name: string) =>
        String(name.includes('.') ? attribute(name) : ref(name)),
      ),
  };
  const ofList: Record<string, (operand: Value[]) => Value | undefined> = {
    'Fn::GetAtt': (path) => attribute(path.join('.')),
    'Fn::If': ([condition, yes, no]) => resolve((isTrue(String(condition)) ? yes : no) ?? null),
    'Fn::Join': ([separator, parts]) => (resolve(parts ?? []) as Value[]).join(String(separator)),
  };
  const intrinsic = (operator: string, operand: Value): Value | undefined => {
    if (typeof operand === 'string' && ofText[operator]) return ofText[operator](operand);
    if (Array.isArray(operand) && ofList[operator]) return ofList[operator](operand);
    throw unknown({ [operator]: operand });
  };

  const ref = (name: string): Value | undefined => {
    if (name === 'AWS::NoValue') return undefined;
    if (known[name] !== undefined) return known[name];
    const resource = raw[name];
    if (resource === undefined) throw new TemplateError(`there is no resource or parameter ${name} to refer to`);
    const { Type, Properties } = fieldsOf(resource);
    const given = fieldsOf(Properties)[NAME_PROPERTIES[String(Type)] ?? ''];
    return (given === undefined ? undefined : resolve(given)) ?? `${stack.name}-${name}`;
  };

  const attribute = (path: string): string => {
    const [name = '', attributeName] = path.split('.');
    const { Type, Properties } = fieldsOf(raw[name]);
    const type = String(Type);
    if (attributeName === 'StreamArn' && type === 'AWS::DynamoDB::Table') {
      if (fieldsOf(Properties).StreamSpecification === undefined)
        throw new TemplateError(`${path} is used, but ${name} has no StreamSpecification`);
      return changeStreamArn(attribute(`${name}.Arn`));
    }
    if (attributeName !== 'Arn') return `${ref(name)}.${attributeName}`;
    const service = ARN_OF[type] ?? (() => `cloudformation:${stack.region}:${stack.accountId}:resource/`);
    return `arn:aws:${service(stack)}${ref(name)}`;
  };
  return { isTrue, resolve, ref, attribute };
};

const pseudoParametersOf = ({ name, region, accountId }: Stack): Fields => ({
  'AWS::StackName': name,
  'AWS::Region': region,
  'AWS::AccountId': accountId,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
});

const NAME_PROPERTIES: Record<string, string> = {
  'AWS::Kinesis::Stream': 'Name',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Serverless::Function': 'FunctionName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::Logs::LogGroup': 'LogGroupName',
};

const ARN_OF: Record<string, (stack: Stack) => string> = {
  'AWS::Kinesis::Stream': ({ region, accountId }) => `kinesis:${region}:${accountId}:stream/`,
  'AWS::DynamoDB::Table': ({ region, accountId }) => `dynamodb:${region}:${accountId}:table/`,
  'AWS::Serverless::Function': ({ region, accountId }) => `lambda:${region}:${accountId}:function:`,
  'AWS::IAM::Role': ({ accountId }) => `iam::${accountId}:role/`,
  'AWS::S3::Bucket': () => 's3:::',
};

/** `[operator, operand]` where the value is an intrinsic in its long form. */
const intrinsicOf = (value: Value): [string, Value] | undefined => {
  const [only, ...others] = Object.entries(fieldsOf(value));
  return only && others.length === 0 && /^(Ref|Condition|Fn::.+)$/.test(only[0]) ? only : undefined;
};

const unknown = (value: Value): TemplateError =>
  new TemplateError(`${JSON.stringify(value)} is not an intrinsic that the local stack knows`);
