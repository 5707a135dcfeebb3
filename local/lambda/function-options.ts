import { localCredentials } from '../../aws/local-stack.ts';
import type { Endpoints } from '../emulators/ports.ts';
import type { LocalStack } from '../stack.ts';
import type { Resource } from '../template/template.ts';
import type { Invoke } from './invocation.ts';
import type { FunctionOptions } from './lambda.ts';

/** What may differ from the template, for a test. */
export interface FunctionOverrides extends Partial<Pick<FunctionOptions, 'timeout' | 'memorySize' | 'handlerName'>> {
  /** Path of a bundle that is ready. */
  bundle?: string;
  /** Path of a file that is bundled instead of the function's own, by the template's build properties. */
  entryPoint?: string;
  /** Variables that are added to those of the template, or replace them. */
  environment?: Readonly<Record<string, string>>;
  /** Wraps each invocation. */
  aroundInvoke?: (invoke: Invoke) => Invoke;
}

/** How a function of the template runs on this machine, in a stack with these endpoints. */
export const functionOptionsOf = (
  logicalName: string,
  { stack, endpoints, overrides }: { stack: LocalStack; endpoints: Endpoints; overrides: FunctionOverrides },
): Omit<FunctionOptions, 'bundle' | 'onLog' | 'clock'> => {
  const { Handler, FunctionName, Timeout, MemorySize, Environment } = functionOf(logicalName, stack).properties;
  const { Variables = {} } = (Environment ?? {}) as { Variables?: Record<string, unknown> };
  const variables = Object.entries(Variables).map(([name, value]) => [name, String(value)]);
  return {
    handlerName: overrides.handlerName ?? String(Handler).split('.').at(-1)!,
    functionName: String(FunctionName),
    functionArn: stack.template.arnOf(logicalName),
    timeout: overrides.timeout ?? Number(Timeout),
    memorySize: overrides.memorySize ?? Number(MemorySize),
    environment: {
      ...Object.fromEntries(variables),
      AWS_REGION: stack.region,
      AWS_ACCESS_KEY_ID: localCredentials().accessKeyId,
      AWS_SECRET_ACCESS_KEY: localCredentials().secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamoDb,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...overrides.environment,
    },
  };
};

/** @throws {TemplateError} where the template has no function of that name */
export const functionOf = (logicalName: string, { template }: LocalStack): Resource =>
  template.resource(logicalName, 'AWS::Serverless::Function');
