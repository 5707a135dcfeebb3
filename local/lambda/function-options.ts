import { devNull } from 'node:os';
import { localCredentials } from '../../aws/local-stack.ts';
import type { Endpoints } from '../emulators/ports.ts';
import type { LocalStack } from '../stack.ts';
import { readsStream } from '../template/mapping-settings.ts';
import type { Resource } from '../template/template.ts';
import type { FunctionOptions } from './lambda.ts';

/** How a function of the template runs on this machine, in a stack with these endpoints. */
export const functionOptionsOf = (
  logicalName: string,
  stack: LocalStack,
  endpoints: Endpoints,
): Omit<FunctionOptions, 'bundle' | 'onLog' | 'clock'> => {
  const { Handler, FunctionName, Timeout, MemorySize, Environment } = functionOf(logicalName, stack).properties;
  const { Variables = {} } = (Environment ?? {}) as { Variables?: Record<string, unknown> };
  const variables = Object.entries(Variables).map(([name, value]) => [name, String(value)]);
  return {
    handlerName: String(Handler).split('.').at(-1)!,
    functionName: String(FunctionName),
    functionArn: stack.template.arnOf(logicalName),
    timeout: Number(Timeout),
    memorySize: Number(MemorySize),
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

/** @throws {TemplateError} where the template has no function of that name */
export const functionOf = (logicalName: string, { template }: LocalStack): Resource =>
  template.resource(logicalName, 'AWS::Serverless::Function');

/** The logical names of the functions that read a stream. One whose condition does not hold is not in the stack. */
export const streamFunctionsOf = ({ template }: LocalStack): string[] =>
  template
    .ofType('AWS::Serverless::Function')
    .filter(([, resource]) => readsStream(resource))
    .map(([name]) => name);
