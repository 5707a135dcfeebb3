export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Config {
  eventDataTable: string;
  rejectedEventsTable: string;
  logLevel: LogLevel;
}

/** The environment does not say what the function needs. Names every problem at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the function's environment: EVENT_DATA_TABLE, REJECTED_EVENTS_TABLE and, INFO where it is absent, LOG_LEVEL.
 *
 * @throws {ConfigError} so that a wrong deployment fails its cold start and no batch
 */
export const readConfig = (env: Readonly<Record<string, string | undefined>>): Config => {
  const problems: string[] = [];
  const table = (name: string): string => {
    const value = env[name] ?? '';
    if (value === '') problems.push(`${name} is not set; expected the name of a DynamoDB table`);
    return value;
  };
  const level = (): LogLevel => {
    const value = env.LOG_LEVEL ?? 'INFO';
    const known = LOG_LEVELS.find((name) => name === value);
    if (!known) problems.push(`LOG_LEVEL is "${value}"; expected one of ${LOG_LEVELS.join(', ')}`);
    return known ?? 'INFO';
  };
  const config = {
    eventDataTable: table('EVENT_DATA_TABLE'),
    rejectedEventsTable: table('REJECTED_EVENTS_TABLE'),
    logLevel: level(),
  };
  if (problems.length > 0) throw new ConfigError(problems.join('. '));
  return config;
};
