import { LOCAL_REGION, localCredentials } from '../../aws/local-stack.ts';

/**
 * The environment of one of our functions, as Lambda would set it. Its log is silent unless something is refused.
 *
 * @param variables of the function
 */
export const environmentOf = (
  endpoint: string,
  variables: Readonly<Record<string, string>>,
): Record<string, string> => ({
  ...variables,
  METRICS_NAMESPACE: 'bench',
  LOG_LEVEL: 'WARN',
  AWS_REGION: LOCAL_REGION,
  AWS_ACCESS_KEY_ID: localCredentials().accessKeyId,
  AWS_SECRET_ACCESS_KEY: localCredentials().secretAccessKey,
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
});
