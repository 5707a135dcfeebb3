import { devNull } from 'node:os';
import { localCredentials } from '../../aws/local-stack.ts';
import type { Endpoints } from '../emulators/ports.ts';
import type { LocalStack } from '../stack.ts';
import { readsStream } from '../template/mapping-settings.ts';
import { type Resource, TemplateError } from '../template/template.ts';
import type { FunctionOptions } from './lambda.ts';

/** How a function of the template runs on this machine, in a stack with these endpoints. */
export const functionOptionsOf = (
  logicalName: string,
  stack: LocalStack,
  endpoints: Endpoints,
): Omit<FunctionOptions, 'bundle' | 'onLog' | 'clock'> => {
  const { Handler, FunctionName, Environment } = functionOf(logicalName, stack).properties;
  const { Variables = {} } = (Environment ?? {}) as { Variables?: Record<string, unknown> };
  const variables = Object.entries(Variables).map(([name, value]) => [name, String(value)]);
  return {
    handlerName: String(Handler).split('.').at(-1)!,
    functionName: String(FunctionName),
    functionArn: stack.template.arnOf(logicalName),
    timeout: limitOf('Timeout', logicalName, stack),
    memorySize: limitOf('MemorySize', logicalName, stack),
    environment: {
      ...Object.fromEntries(variables),
      AWS_REGION: stack.region,
      AWS_ACCESS_KEY_ID: localCredentials().accessKeyId,
      AWS_SECRET_ACCESS_KEY: localCredentials().secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamoDb,
      // Lambda has no ~/.aws, and that of this machine may ask for endpoints of AWS.
      AWS_CONFIG_FILE: devNull,
      AWS_SHARED_CREDENTIALS_FILE: devNull,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
  };
};

/** What Lambda takes, and what it does where a template says nothing. https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
const LIMITS = {
  Timeout: { byDefault: 3, least: 1, most: 900, unit: 'seconds' },
  MemorySize: { byDefault: 128, least: 128, most: 10_240, unit: 'MB' },
};

/** A limit of a function. @throws {TemplateError} where Lambda takes no such limit */
export const limitOf = (name: keyof typeof LIMITS, logicalName: string, stack: LocalStack): number => {
  const { byDefault, least, most, unit } = LIMITS[name];
  const { [name]: given = byDefault } = functionOf(logicalName, stack).properties;
  const limit = Number(given);
  if (Number.isInteger(limit) && limit >= least && limit <= most) return limit;
  throw new TemplateError(
    `${name} of ${logicalName} is ${JSON.stringify(given)}; expected whole ${unit} from ${least} to ${most}`,
  );
};

/** @throws {TemplateError} where the template has no function of that name */
export const functionOf = (logicalName: string, { template }: LocalStack): Resource =>
  template.resource(logicalName, 'AWS::Serverless::Function');

/** The logical names of the functions that read a stream. One whose condition does not hold is not in the stack. */
export const streamFunctionsOf = ({ template }: LocalStack): string[] =>
  template
    .ofType('AWS::Serverless::Function')
    .filter(([, resource]) => readsStream(resource))
    .map(([name]) => name);
