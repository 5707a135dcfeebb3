import { mapEvent } from './decode.ts';
import { defined } from './defined.ts';
import { fieldOf, isPresent, type JsonObject, type JsonValue } from './json.ts';
import { anyObject } from './shapes/any-object.ts';
import { iso, rfc3339 } from './timestamp.ts';

/** What lines of logs say about themselves, for processors that read logs. No expression here backtracks on hostile text. */

/** The level that a log names, by the first of the fields that loggers use: those of ECS have a dot in their name, or are within `log`. */
export const levelIn = (fields: JsonObject): JsonValue | undefined =>
  [...LEVEL_FIELDS.map((name) => fields[name]), fieldOf(fields.log, 'level'), wordIn(fields.at)].find(isPresent);

/** Heroku writes `at=error`; elsewhere `at` is a time or a place. */
const wordIn = (at: JsonValue | undefined): JsonValue | undefined =>
  typeof at === 'string' && /^[a-z]{1,8}$/i.test(at) ? at : undefined;

const LEVEL_FIELDS = ['level', 'severity', 'lvl', 'levelname', 'log.level', 'log_level', 'loglevel'];

// No part can match what the part behind it matches, so that a hostile line costs no more than its length.
const ACCESS = /^(\S+) \S+ \S+ \[([^\]:]+):([^\]]+)\] "([^"]*)" (\d{3}) \S+(?: "[^"]*" "([^"]*)")?/;
const PAIRS = /(?<!\S)([\w.@-]{1,64})=(?:"((?:[^"\\]|\\.){0,10000})"|(\S*))/gs;
/** In capitals anywhere; otherwise in brackets only, as nginx, Apache and MySQL write `[error]`, `[core:error]`, `[Warning]`. */
const WORD =
  /\b(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERR|ERROR|SEVERE|CRITICAL|FATAL|PANIC)\b|(?<=[[:])(?:debug|info|[Nn]ote|notice|[Ww]arn(?:ing)?|[Ee]rror|crit|alert|emerg)(?=\])/;

/**
 * What a line says: JSON, the line of an access log, or text with or without pairs such as `level=warn`.
 *
 * @throws {InvalidEventError} where it begins as JSON does and is not JSON
 */
export const fieldsOfLine = (line: string): JsonObject => {
  const arrival = { at: new Date(0), partitionKey: '-' };
  if (/^\s*\{\s*"/.test(line)) return mapEvent(Buffer.from(line), arrival, [anyObject]).Data as JsonObject;
  const [found, client = '', day, clock, request = '', status = '', agent = ''] = ACCESS.exec(line) ?? [];
  const [method = '', path = ''] = request.split('?', 1)[0]!.split(' ');
  const time = found ? iso(Date.parse(`${day} ${clock}`)) : rfc3339(line.split(/\s/, 1)[0]);
  if (found) return { client, path, status, agent, message: `${method} ${path} ${status}`, ...defined({ time }) };
  const pairs = [...line.matchAll(PAIRS)].map(([, key, text, word]) => [key, text?.replace(/\\(.)/g, '$1') ?? word]);
  const fields: JsonObject = { ...defined({ time }), ...Object.fromEntries(pairs) };
  return levelIn(fields) ? fields : { ...fields, level: WORD.exec(line.slice(0, 100))?.[0] ?? null };
};
