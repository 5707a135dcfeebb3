import { defined } from '../../core/defined.ts';
import { type Processor, ProcessorError } from '../../core/processor.ts';
import { processorNamed } from '../../processors/index.ts';

export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Config {
  eventDataTable: string;
  rejectedEventsTable: string;
  processor: Processor;
  /** Days after which DynamoDB deletes a row of EventData. Without it rows are kept. */
  retentionDays?: number;
  logLevel: LogLevel;
  /** The CloudWatch namespace of the metrics. Without one no metrics are written. */
  metricsNamespace?: string;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html */
const NAMESPACE = /^[A-Za-z0-9._/#:-]{1,255}$/;

/** The environment lacks what the function needs. The message names every problem at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the function's environment: EVENT_DATA_TABLE, REJECTED_EVENTS_TABLE, PROCESSOR (`default` by default), LOG_LEVEL (INFO by default)
 * and, where they are set, RETENTION_DAYS and METRICS_NAMESPACE.
 *
 * @throws {ConfigError} so that a wrong deployment fails its cold start and not a batch
 */
export const readConfig = (env: Readonly<Record<string, string | undefined>>): Config => {
  const problems: string[] = [];
  const table = (name: string): string => {
    const value = env[name] ?? '';
    if (value === '') problems.push(`${name} is not set; expected the name of a DynamoDB table`);
    return value;
  };
  const days = (): number | undefined => {
    const value = env.RETENTION_DAYS ?? '';
    if (!/^\d{0,4}$/.test(value))
      problems.push(`RETENTION_DAYS is "${value}"; expected a whole number of days, or 0 to keep all rows`);
    return Number(value) || undefined;
  };
  const level = (): LogLevel => {
    const value = env.LOG_LEVEL ?? 'INFO';
    const known = LOG_LEVELS.find((name) => name === value);
    if (!known) problems.push(`LOG_LEVEL is "${value}"; expected one of ${LOG_LEVELS.join(', ')}`);
    return known ?? 'INFO';
  };
  const processor = (): Processor => {
    try {
      return processorNamed(env.PROCESSOR ?? 'default');
    } catch (error) {
      if (!(error instanceof ProcessorError)) throw error;
      problems.push(`PROCESSOR cannot be used: ${error.message}`);
      return { shapes: [] };
    }
  };
  const namespace = (): string | undefined => {
    const value = env.METRICS_NAMESPACE || undefined;
    if (value === undefined) return undefined;
    if (!NAMESPACE.test(value) || value.startsWith('AWS/'))
      problems.push(
        `METRICS_NAMESPACE is "${value}"; expected up to 255 letters, digits and .-_/#: that do not begin with AWS/`,
      );
    return value;
  };
  const config = {
    eventDataTable: table('EVENT_DATA_TABLE'),
    rejectedEventsTable: table('REJECTED_EVENTS_TABLE'),
    processor: processor(),
    logLevel: level(),
    ...defined({ retentionDays: days(), metricsNamespace: namespace() }),
  };
  if (problems.length > 0) throw new ConfigError(problems.join('. '));
  return config;
};
