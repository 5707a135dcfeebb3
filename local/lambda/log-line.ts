/**
 * A line of the function's log as a person reads it: what only CloudWatch reads of it is left out.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @returns the line; nothing where all of it is metrics
 */
export const logLine = (line: string): string | undefined => {
  const fields = fieldsOf(line);
  if (!fields || !('_aws' in fields)) return line;
  const { _aws, FunctionName, eventToTableMilliseconds, ...said } = fields;
  return 'message' in said ? JSON.stringify(said) : undefined;
};

const fieldsOf = (line: string): Record<string, unknown> | undefined => {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
};
