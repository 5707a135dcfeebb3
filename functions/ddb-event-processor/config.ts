import { defined } from '../../core/defined.ts';
import type { Processor } from '../../core/processor.ts';
import type { LogLevel } from '../log.ts';
import { Settings } from '../settings.ts';

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

/**
 * Reads the function's environment.
 *
 * @throws {ConfigError} so that a wrong deployment fails its cold start and not a batch
 */
export const readConfig = (env: Readonly<Record<string, string | undefined>>): Config => {
  const settings = new Settings(env);
  const config = {
    eventDataTable: settings.table('EVENT_DATA_TABLE'),
    rejectedEventsTable: settings.table('REJECTED_EVENTS_TABLE'),
    processor: settings.processor(),
    logLevel: settings.logLevel(),
    ...defined({ retentionDays: settings.retentionDays(), metricsNamespace: settings.metricsNamespace() }),
  };
  settings.check();
  return config;
};
