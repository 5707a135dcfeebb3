import { LOG_LEVELS, type LogLevel } from './config.ts';

/**
 * Writes one line of JSON. Fields are names, numbers and counts; payloads never. `metrics` are members that CloudWatch makes
 * metrics of: where the line is below the log's threshold, they are written without the rest of it.
 */
export type Log = (
  level: LogLevel,
  message: string,
  fields: Readonly<Record<string, unknown>>,
  metrics?: Readonly<Record<string, unknown>>,
) => void;

/** A log that drops what is below `threshold`, but no metrics. @param write takes one line, without its line end */
export const jsonLog =
  (threshold: LogLevel, write: (line: string) => void, now: () => Date): Log =>
  (level, message, fields, metrics) => {
    if (LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(threshold))
      write(JSON.stringify({ timestamp: now().toISOString(), level, message, ...fields, ...metrics }));
    else if (metrics) write(JSON.stringify(metrics));
  };
