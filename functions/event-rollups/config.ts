import { defined } from '../../core/defined.ts';
import type { Rollup } from '../../core/processor.ts';
import type { LogLevel } from '../log.ts';
import { Settings } from '../settings.ts';

export interface Config {
  rollupsTable: string;
  /** Of the processor. Without any the function has nothing to do. */
  rollups: readonly Rollup[];
  /** Days after the end of its window after which DynamoDB deletes a part. Without it parts are kept. */
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
    rollupsTable: settings.table('ROLLUPS_TABLE'),
    rollups: settings.processor().rollups ?? [],
    logLevel: settings.logLevel(),
    ...defined({ retentionDays: settings.retentionDays(), metricsNamespace: settings.metricsNamespace() }),
  };
  settings.check();
  return config;
};
