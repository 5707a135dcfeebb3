import { isObject, parsedJson } from '../../core/json.ts';

/**
 * A line of the function's log for a person: without the fields that only CloudWatch reads.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @returns the line; undefined where it holds only metrics
 */
export const logLine = (line: string): string | undefined => {
  const fields = parsedJson(line);
  if (!isObject(fields) || !('_aws' in fields)) return line;
  const { _aws, FunctionName, eventToTableMilliseconds, ...fieldsForPeople } = fields;
  return 'message' in fieldsForPeople ? JSON.stringify(fieldsForPeople) : undefined;
};
