import {
  fieldOf,
  isNumber,
  isObject,
  isPresent,
  isText,
  type JsonObject,
  type JsonValue,
  scalarText,
} from '../json.ts';
import { lazyExpression } from '../lazy-expression.ts';
import { statusIn } from './access-log.ts';

/** How bad what a log tells is, by the fields of a line. No expression here backtracks on hostile text. */

/** What makes a terminal write in colours, often between the words of a line: ESC, `[31m`. */
export const COLOURS = lazyExpression(String.raw`\p{Cc}\[[\d;]{0,40}[mK]`, 'gu');

/**
 * The level that a log names, by the first of the fields that loggers use: those of ECS have a dot in their name, or are within `log`, where
 * that of syslog is an object. Serilog leaves out that something is information only: https://clef-json.org/
 */
export const levelIn = (fields: JsonObject): string | undefined => {
  const byName = new Map<string, JsonValue | undefined>();
  // That of a line of text without one is null.
  for (const name of Object.keys(fields))
    if (LEVEL.test(name) && isPresent(fields[name]))
      byName.set(name.toLowerCase().replace(/[@._-]/g, ''), fields[name]);
  const ofSerilog = '@m' in fields || '@mt' in fields ? (fields['@l'] ?? 'Information') : undefined;
  const ofSyslog = fieldOf(fieldOf(fields.log, 'syslog'), 'severity');
  const others = [fieldOf(fields.log, 'level'), ofSyslog, wordIn(fields.at), ofSerilog];
  const named = byName.size > 0 ? [...LEVEL_FIELDS.map((name) => byName.get(name)), ...others] : others;
  const level = firstOf(named, levelText)?.replace(COLOURS(), '');
  if (level === undefined) return undefined;
  // As a level 10 is the least one of a logger, as a severity the worst one of a finding.
  if ((level === '10' || isFinding(fields)) && scalarText(byName.get('severity')) === level) return ratingOf(level);
  return isOfMicrosoft(fields) ? (MICROSOFT[Number(level)] ?? level) : level;
};

/** Findings have a title where lines have a message. */
const isFinding = ({ title, Title, message, msg }: JsonObject): boolean =>
  isText(title ?? Title) && !isText(message ?? msg);

/**
 * A severity from 0 to 10 as a word, anything else as it is.
 * https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html
 */
export const ratingOf = (severity: string): string => {
  const number = Number(severity);
  if (Number.isNaN(number)) return severity;
  if (number >= 7) return 'high';
  return number >= 4 ? 'medium' : 'low';
};

/**
 * Whether it is an event of Windows or of a resource of Azure.
 * https://learn.microsoft.com/en-us/azure/azure-monitor/platform/resource-logs-schema
 */
const isOfMicrosoft = (fields: JsonObject): boolean =>
  'EventID' in fields || ('resourceId' in fields && 'operationName' in fields);

/** Their levels: https://learn.microsoft.com/en-us/windows/win32/wes/eventmanifestschema-leveltype-complextype */
const MICROSOFT = ['always', 'critical', 'error', 'warning', 'informational', 'verbose'];

/** Loguru and log4js have an object for a level. Cloud Logging of Google calls it DEFAULT where a line has none. */
const levelText = (level: JsonValue | undefined): string | undefined => {
  const text = scalarText(level) ?? [fieldOf(level, 'name'), fieldOf(level, 'levelStr')].find(isText);
  return text === 'DEFAULT' ? undefined : text;
};

/**
 * The level of a record of OpenTelemetry by its number, four for each. As a text it has what the line had, which may be anything: `500`, `E4`.
 * https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
 */
const numberedLevelIn = ({ severityNumber, severity_number, SeverityNumber }: JsonObject): string | undefined => {
  const number = severityNumber ?? severity_number ?? SeverityNumber;
  return isPresent(number) ? NUMBERED[Math.ceil(Number(scalarText(number)) / 4) - 1] : undefined;
};

const NUMBERED = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/** All that tells how bad it is: a level, wherever it is, that of OpenTelemetry, and the status of a request. */
const toldHowBad = (fields: JsonObject): string[] => {
  const status = statusIn(fields);
  return [levelIn(fields) ?? lastLevelIn(fields), numberedLevelIn(fields), status && `HTTP ${status}`].filter(isText);
};

/** Whether a line names a level or a status at all, be it one below a warning. */
export const tellsHowBad = (fields: JsonObject): boolean => toldHowBad(fields).length > 0;

/** How bad what a log says is, by the level that it names or the HTTP status that it tells of; undefined below a warning. */
export const problemIn = (fields: JsonObject): string | undefined => {
  const told = toldHowBad(fields);
  for (const [name, problem] of PROBLEMS) if (told.some((one) => problem.test(one))) return name;
  return undefined;
};

/**
 * Where nothing else names a level, not even the line: Datadog's libraries have it as `status`, journald and syslog-ng as `PRIORITY`, and
 * MongoDB its letter as `s`. Lambda tells of a function with a status, MySQL has the level as `label`, events of Kubernetes as `type`, and
 * Falco as the `priority` of what it has as `output`: elsewhere that is how urgent something is. Step Functions say what became of a step.
 * What CloudTrail names an error of is a request that AWS refused, or that has only a message of one, as a sign-in that failed. Programs of
 * Kubernetes name no level in JSON: what has an `err` and no verbosity `v` is an error. Fluent Bit has the PRI of syslog, which counts eight
 * levels for each facility, and Fortinet a word for it: https://www.rfc-editor.org/rfc/rfc5424#section-6.2.1
 */
export const lastLevelIn = (fields: JsonObject): string | undefined => {
  const { status, PRIORITY, s, label, pri, type, priority, output, ts, err, v } = fields;
  const ofSyslog = /^\d{1,3}$/.test(scalarText(pri) ?? '') ? Number(pri) % 8 : wordIn(pri);
  const named = [wordIn(status), PRIORITY, wordIn(s), wordIn(label), 'involvedObject' in fields ? type : null];
  const ofStep = 'execution_arn' in fields && FAILED.test(scalarText(type) ?? '') ? 'error' : null;
  // A pair of a line of text has no number.
  const ofKlog = isNumber(ts) && isText(err) && !isPresent(v) ? 'error' : null;
  const told = [isText(output) ? priority : null, ofStep, levelOfCall(fields), ofKlog];
  return firstOf([...named, ofSyslog, ...told], scalarText) ?? levelWithin(fields);
};

const levelOfCall = ({ eventName, eventSource, errorCode, errorMessage }: JsonObject): string | null => {
  if (!isText(eventName)) return null;
  if (isText(errorCode ?? errorMessage)) return 'warn';
  return isText(eventSource) && eventSource.endsWith('.amazonaws.com') ? 'info' : null;
};

const FAILED = /(?:Failed|TimedOut|Aborted)$/;

/** The level that an object of a line names, as Vector and winston for Logstash have it. What the line is about may have one, too: `gold`, 3. */
const levelWithin = (fields: JsonObject): string | undefined => {
  for (const name in fields) {
    const value = fields[name];
    const level = isObject(value) ? levelIn(value) : undefined;
    if (level && LEVEL_WORD.test(level)) return level;
  }
  return undefined;
};

const LEVEL_WORD = /^(?:trace|debug|info|notice|warn(?:ing)?|err(?:or)?|crit(?:ical)?|fatal|alert|emerg(?:ency)?)$/i;

/**
 * From the worst, by the names, the letters and the numbers that loggers, Kubernetes, syslog and pino give them, and by the words of those who
 * look for attacks, for weaknesses or at networks: high and medium, major and minor. Those of CVSS go up to 10, which no syslog has, and an
 * alert of Prometheus or Grafana is firing.
 */
const PROBLEMS: readonly (readonly [name: string, RegExp])[] = [
  ['FATAL', /^(?:fata|ftl|crit|d?panic|pnc|alert|emerg|f$|[012]$|60$)/i],
  [
    'ERROR',
    /^(?:err|eror|severe|fail(?:ed|ure)?$|exception$|unhandled$|traceback$|task timed out|timed_?out$|timeout$|aborted$|execution failed$|(?:very-)?high$|major$|e$|3$|50$|[89]$|[7-9]\.\d$|HTTP 5\d\d$)/i,
  ],
  ['WARN', /^(?:warn|wrn|medium$|moderate$|minor$|firing$|w$|#$|4$|40$|[4-6]\.\d$|HTTP 4\d\d$)/i],
];

/** Heroku writes `at=error`; elsewhere `at` is a time or a place. A status is one word but for that of Step Functions. */
const wordIn = (at: JsonValue | undefined): JsonValue | undefined =>
  typeof at === 'string' && /^(?:[a-z]{1,9}|timed_out)$/i.test(at) ? at : undefined;

const LEVEL = /level|severity|lvl/i;

/**
 * In small letters, without `@`, dots, dashes and underscores. Where Monolog has a number of its own as `level`, it has `level_name` as
 * well. rsyslog and Logstash say whose severity it is.
 */
const LEVEL_FIELDS = [
  ...['levelname', 'level', 'severity', 'severitytext', 'errorseverity', 'lvl', 'loglevel'],
  ...['syslogseverity', 'syslogseveritytext', 'severitylabel'],
];

/** The text of the first value that has one. Those behind it cost nothing. */
export const firstOf = (
  values: readonly (JsonValue | undefined)[],
  textOf: (value: JsonValue | undefined) => string | undefined,
): string | undefined => {
  for (const value of values) {
    const text = textOf(value);
    if (isText(text)) return text;
  }
  return undefined;
};
