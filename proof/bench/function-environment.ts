import { functionOptionsOf } from '../../local/lambda/function-options.ts';
import { localStack } from '../../local/stack.ts';

/**
 * The environment of one of our functions, as the template has it. Its log is silent unless something is refused.
 *
 * @param logicalName in the template
 * @param endpoint of DynamoDB
 * @param others variables that are to have other values
 */
export const environmentOf = (
  logicalName: string,
  endpoint: string,
  others: Readonly<Record<string, string>> = {},
): Record<string, string> => ({
  ...functionOptionsOf(logicalName, localStack(), { kinesis: endpoint, dynamoDb: endpoint }).environment,
  LOG_LEVEL: 'WARN',
  ...others,
});
