import type { Clock } from '../core/clock.ts';

export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Writes one line of JSON. Fields are names, numbers and counts, never payloads. `metrics` are members that CloudWatch makes
 * metrics of: they are written even where the rest of the line is below the log's threshold.
 */
export type Log = (
  level: LogLevel,
  message: string,
  fields: Readonly<Record<string, unknown>>,
  metrics?: Readonly<Record<string, unknown>>,
) => void;

/**
 * A log that drops what is below `threshold`, but no metrics.
 *
 * @param write takes one line, without its line end
 * @param calendar milliseconds since 1970
 */
export const jsonLog =
  (threshold: LogLevel, write: (line: string) => void, calendar: Pick<Clock, 'now'>): Log =>
  (level, message, fields, metrics) => {
    if (LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(threshold))
      write(
        JSON.stringify({ timestamp: new Date(calendar.now()).toISOString(), level, message, ...fields, ...metrics }),
      );
    else if (metrics) write(JSON.stringify(metrics));
  };
