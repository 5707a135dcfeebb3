import { mapEvent } from './decode.ts';
import { defined } from './defined.ts';
import { fieldOf, isPresent, isText, type JsonObject, type JsonValue, scalarText } from './json.ts';
import { anyObject } from './shapes/any-object.ts';
import { cloudEvent } from './shapes/cloud-event.ts';
import type { Shape } from './shapes/shape.ts';
import { iso, rfc3339, timeIn } from './timestamp.ts';

/** What lines of logs say about themselves, for processors that read logs. No expression here backtracks on hostile text. */

/**
 * A CloudEvent that holds a line. One without a time says so in its attributes: its time is that of its arrival, which is another one each
 * time it is sent, and its id is all that a key needs.
 */
export const loggedEvent: Shape = {
  ...cloudEvent,
  toRow: (json, context) => {
    const row = cloudEvent.toRow(json, context);
    return isPresent(json.time) ? row : { ...row, Attributes: { ...row.Attributes, time: null } };
  },
};

/** The level that a log names, by the first of the fields that loggers use: those of ECS have a dot in their name, or are within `log`. */
export const levelIn = (fields: JsonObject): string | undefined => {
  const names = Object.keys(fields).filter((name) => LEVEL.test(name));
  const byName = new Map(names.map((name) => [name.toLowerCase().replace(/[@._]/g, ''), fields[name]]));
  const named = [...LEVEL_FIELDS.map((name) => byName.get(name)), fieldOf(fields.log, 'level'), wordIn(fields.at)];
  return named.map(scalarText).find(isText);
};

/** How bad what a log says is, by the level that it names or the HTTP status that it tells of; undefined below a warning. */
export const problemIn = (fields: JsonObject): string | undefined => {
  const levels = [levelIn(fields) ?? lastLevelIn(fields) ?? '', `HTTP ${scalarText(fields.status)}`];
  return Object.keys(PROBLEMS).find((name) => levels.some((level) => PROBLEMS[name]!.test(level)));
};

/**
 * Where nothing else names a level, not even the line: Datadog's libraries have it as `status`, journald and syslog-ng as `PRIORITY`, Serilog
 * as `@l`, and MongoDB its letter as `s`. Lambda tells of a function with a status in `record`.
 */
const lastLevelIn = ({ status, PRIORITY, '@l': level, s, record }: JsonObject): string | undefined =>
  [wordIn(status), PRIORITY, wordIn(level), wordIn(s), wordIn(fieldOf(record, 'status'))].map(scalarText).find(isText);

/** From the worst, by the names, the letters and the numbers that loggers, Kubernetes, syslog and pino give them. */
const PROBLEMS: Readonly<Record<string, RegExp>> = {
  FATAL: /^(?:fata|ftl|crit|d?panic|pnc|alert|emerg|f$|[012]$|60$)/i,
  ERROR: /^(?:err|eror|severe|fail(?:ure)?$|task timed out|timeout$|e$|3$|50$|HTTP 5\d\d$)/i,
  WARN: /^(?:warn|wrn|w$|4$|40$|HTTP 4\d\d$)/i,
};

/** Heroku writes `at=error`; elsewhere `at` is a time or a place. */
const wordIn = (at: JsonValue | undefined): JsonValue | undefined =>
  typeof at === 'string' && /^[a-z]{1,8}$/i.test(at) ? at : undefined;

const LEVEL = /level|severity|lvl/i;

/** In small letters, without `@`, dots and underscores. Where Monolog has a number of its own as `level`, it has `level_name` as well. */
const LEVEL_FIELDS = ['levelname', 'level', 'severity', 'severitytext', 'errorseverity', 'lvl', 'loglevel'];

/** The text that JSON around a line has it in. */
export const lineIn = (fields: JsonObject): string | undefined => {
  const { message, msg, log } = fields;
  return [message, msg, log].find((text) => typeof text === 'string') ?? valuesOf(LINE, fields).find(isText);
};

/** What a line says to people. structlog has that as `event`, tracing of Rust within `fields`; both may be something else without a level. */
export const messageIn = (fields: JsonObject): string | undefined => {
  const { message, msg, event, fields: inner } = fields;
  return [message, msg, lineIn(fields), event, fieldOf(inner, 'message')].find(isText);
};

/** The time that a line names. ISO 8601 in UTC. */
export const lineTimeIn = (fields: JsonObject): string | undefined => {
  const { ts, time, '@timestamp': at, timestamp } = fields;
  const named = [ts, time, at, timestamp].map(timeIn).find(isText);
  // MongoDB writes a time as `{"$date":"…"}`.
  return (
    named ??
    valuesOf(TIME, fields)
      .map((found) => timeIn(fieldOf(found, '$date') ?? found))
      .find(isText)
  );
};

/** How others name a line and its time: hclog, Serilog, GELF, Monolog, Fluent Bit, journald, MongoDB. */
const LINE = /^(?:@?message|short_message|@mt?)$/i;
const TIME = /^(?:@?t|@?timestamp|time|date(?:time)?|__realtime_timestamp)$/i;

const valuesOf = (names: RegExp, fields: JsonObject): (JsonValue | undefined)[] =>
  Object.keys(fields)
    .filter((name) => names.test(name))
    .map((name) => fields[name]);

/**
 * The fields with those of the line in them, where they name no level: agents write JSON of their own around a line.
 *
 * @throws as {@link fieldsOfLine}
 */
export const withLine = (fields: JsonObject): JsonObject => {
  const line = lineIn(fields);
  if (line === undefined || levelIn(fields)) return fields;
  const inner = fieldsOfLine(line);
  return { ...fields, message: [lineIn(inner), line].find(isText) ?? line, ...inner };
};

// No part can match what the part behind it matches, so that a hostile line costs no more than its length.
const ACCESS: readonly RegExp[] = [
  // Web servers, in the common or the combined format, also with the name of the host before it. Apache escapes a quote:
  // https://httpd.apache.org/docs/2.4/mod/mod_log_config.html
  /^(?:\S+:\d{1,5} )?(?<client>\S+) \S+ \S+ \[(?:(?<day>\d\d\/\w{3}\/\d{4}):)?(?<clock>[^\]]+)\] "(?<request>[^"\\]*(?:\\.[^"\\]*){0,999})" (?<status>\d{3}) \S+(?: "[^"\\]*(?:\\.[^"\\]*){0,999}" "(?<agent>[^"\\]*(?:\\.[^"\\]*){0,999})")?/,
  // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html, and of classic ones without a type
  /^(?:(?:https?|h2|grpcs|wss?) )?(?<clock>\d{4}-\S+) \S+ (?<client>\S+) (?:\S+ ){4}(?<status>\d{3}) (?:\S+ ){3}"(?<request>[^"]*)" "(?<agent>[^"]*)"/,
  // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
  /^(?<date>[\d-]{10})\t(?<clock>[\d:]{8})\t(?:[^\t]*\t){2}(?<client>[^\t]*)\t(?<request>[A-Z]+\t[^\t]*\t[^\t]*)\t(?<status>\d{3})\t[^\t]*\t(?<agent>[^\t]*)/,
];
/** Any other line without a level in which the status follows the request in quotes, such as those of Envoy, S3 and frameworks. */
const REQUEST: readonly RegExp[] = [
  /^(?:[^"[]*\[(?:(?<day>\d\d\/\w{3}\/\d{4}):)?(?<clock>[^\]"]+)\])?[^"]*"(?<request>[A-Z]{3,10} [^\s"]+ HTTP\/[\d.]{1,3})" (?<status>\d{3})(?!\S)/,
];
const PAIRS = /(?<!\S)([\w.@-]{1,64})=(?:"((?:[^"\\]|\\.){0,10000})"|(\S*))/gs;
/**
 * In capitals anywhere, also cut short, as Serilog, zerolog and Charm write them; otherwise in brackets only, as nginx, Apache and MySQL write
 * `[error]`, `[core:error]`, `[Warning]`, or before a colon, where .NET, Go and PHP begin what they say: `fail: `, `panic: `, `PHP Warning: `;
 * the letter before the day with which programs of Kubernetes begin a line, as in `E1120 12:00:00.123456`; what Lambda says of a function
 * that failed, behind the id of the request or in its report.
 */
const WORD =
  /(?<!\S)[IWEF](?=\d{4} \d\d:\d\d:\d\d)|\b(?:TRACE|TRC|VRB|DEBUG|DBG|INFO|INF|NOTICE|WARN|WARNING|WRN|ERR|ERRO|ERROR|SEVERE|CRIT|CRITICAL|ALERT|EMERG|EMERGENCY|FATA|FATAL|FTL|PANIC|PNC)\b|(?<=[[:])(?:debug|info|[Nn]ote|notice|[Ww]arn(?:ing)?|[Ee]rror|crit|alert|emerg)(?=\])|(?<=^|: |PHP )(?:dbug|info|[Ww]arn(?:ing)?|fail|[Ee]rror|crit|[Ff]atal(?: error)?|panic)(?=: )|(?<=^RequestId: [\w-]{36} )Error(?=: )|(?<=[\w-]{36} )Task timed out(?= after )|(?<=\tStatus: )(?:error|timeout)/;

/** A time at the beginning of a line, in brackets or not, with its zone. */
const BEGINNING = /^\[?(\d{4}-\d\d-\d\d[Tt ][\d:.,]{8,40}(?:[Zz]| ?(?:UTC|GMT|[+-]\d\d:?\d\d)))/;

/**
 * What a line says: JSON, the line of an access log, or text with or without pairs such as `level=warn`.
 *
 * @throws {InvalidEventError} where it begins as JSON does and is not JSON
 */
export const fieldsOfLine = (line: string): JsonObject => {
  const arrival = { at: new Date(0), partitionKey: '-' };
  if (/^\s*\{\s*"/.test(line)) return withLine(mapEvent(Buffer.from(line), arrival, [anyObject]).Data as JsonObject);
  const access = accessIn(line, ACCESS);
  if (access) return access;
  const time = rfc3339(BEGINNING.exec(line)?.[1]);
  const pairs = [...line.matchAll(PAIRS)].map(([, key, text, word]) => [key, text?.replace(/\\(.)/g, '$1') ?? word]);
  const fields: JsonObject = { ...defined({ time }), ...Object.fromEntries(pairs) };
  if (levelIn(fields)) return fields;
  const level = WORD.exec(line.slice(0, 200))?.[0] ?? null;
  return (level === null && accessIn(line, REQUEST)) || { ...fields, level };
};

/** What the line of an access log says, without the query string, which may hold a secret. */
const accessIn = (line: string, formats: readonly RegExp[]): JsonObject | undefined => {
  const found = formats.map((format) => format.exec(line)?.groups).find((groups) => groups !== undefined);
  if (!found) return undefined;
  const { client, day = '', date, clock = '', request = '', status = '', agent = '' } = found;
  const at = date ? `${date}T${clock}Z` : `${day} ${clock}`.trim();
  // Without a zone it would be a time of the zone in which this runs.
  const time = ZONED.test(at) ? iso(Date.parse(at)) : undefined;
  // A load balancer tells the whole address, CloudFront the host before the path.
  const [method = '', ...target] = request.split('?', 1)[0]!.split(/[ \t]/);
  const path = (request.includes('\t') ? target[1] : target[0])?.replace(/^\w+:\/\/[^/]*/, '') ?? '';
  return { ...defined({ client, time }), path, status, agent, message: `${method} ${path} ${status}` };
};

const ZONED = /(?:Z|[+-]\d\d:?\d\d)$/;
