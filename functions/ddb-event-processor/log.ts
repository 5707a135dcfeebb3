import { LOG_LEVELS, type LogLevel } from './config.ts';

/** Writes one line of JSON. Fields are names, numbers and counts; payloads never. */
export type Log = (level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>) => void;

/** A log that drops what is below `threshold`. @param write takes one line, without its line end */
export const jsonLog =
  (threshold: LogLevel, write: (line: string) => void, now: () => Date): Log =>
  (level, message, fields) => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(threshold)) return;
    write(JSON.stringify({ timestamp: now().toISOString(), level, message, ...fields }));
  };
