import { defined } from '../defined.ts';
import { EventBytes } from '../event-bytes.ts';
import type { EventData } from '../event-data.ts';
import { unlessInvalid } from '../invalid-event.ts';
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
import { cloudEvent } from '../shapes/cloud-event.ts';
import type { Shape } from '../shapes/shape.ts';
import { rfc3339 } from '../timestamp.ts';
import { accessIn, accessTimeIn, askedIn, requestIn, statusIn } from './access-log.ts';

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

/** What makes a terminal write in colours, often between the words of a line: ESC, `[31m`. */
const COLOURS = /\p{Cc}\[[\d;]{0,40}[mK]/gu;

/**
 * The level that a log names, by the first of the fields that loggers use: those of ECS have a dot in their name, or are within `log`, where
 * that of syslog is an object. Serilog leaves out that something is information only: https://clef-json.org/
 */
const levelIn = (fields: JsonObject): string | undefined => {
  const byName = new Map<string, JsonValue | undefined>();
  // That of a line of text without one is null.
  for (const name of Object.keys(fields))
    if (LEVEL.test(name) && isPresent(fields[name]))
      byName.set(name.toLowerCase().replace(/[@._-]/g, ''), fields[name]);
  const ofSerilog = '@m' in fields || '@mt' in fields ? (fields['@l'] ?? 'Information') : undefined;
  const ofSyslog = fieldOf(fieldOf(fields.log, 'syslog'), 'severity');
  const others = [fieldOf(fields.log, 'level'), ofSyslog, wordIn(fields.at), ofSerilog];
  const named = byName.size > 0 ? [...LEVEL_FIELDS.map((name) => byName.get(name)), ...others] : others;
  const level = firstOf(named, levelText)?.replace(COLOURS, '');
  return level !== undefined && 'EventID' in fields ? (WINDOWS[Number(level)] ?? level) : level;
};

/** The levels of events of Windows: https://learn.microsoft.com/en-us/windows/win32/wes/eventmanifestschema-leveltype-complextype */
const WINDOWS = ['always', 'critical', 'error', 'warning', 'informational', 'verbose'];

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

export const tellsHowBad = (fields: JsonObject): boolean => toldHowBad(fields).length > 0;

/** How bad what a log says is, by the level that it names or the HTTP status that it tells of; undefined below a warning. */
export const problemIn = (fields: JsonObject): string | undefined => {
  const told = toldHowBad(fields);
  if (told.length === 0) return undefined;
  for (const [name, problem] of PROBLEMS) if (told.some((one) => problem.test(one))) return name;
  return undefined;
};

/**
 * Where nothing else names a level, not even the line: Datadog's libraries have it as `status`, journald and syslog-ng as `PRIORITY`, and
 * MongoDB its letter as `s`. Lambda tells of a function with a status, MySQL has the level as `label`, events of Kubernetes as `type`, and
 * Falco as the `priority` of what it has as `output`: elsewhere that is how urgent something is. Step Functions say what became of a step.
 * What CloudTrail names an error of is a request that AWS refused, or that has only a message of one, as a sign-in that failed. Programs of
 * Kubernetes name no level in JSON: what has an `err` and no verbosity `v` is an error. Fluent Bit has the PRI of syslog, which counts eight
 * levels for each facility: https://www.rfc-editor.org/rfc/rfc5424#section-6.2.1
 */
const lastLevelIn = (fields: JsonObject): string | undefined => {
  const { status, PRIORITY, s, label, pri, type, priority, output, ts, err, v } = fields;
  const ofSyslog = /^\d{1,3}$/.test(scalarText(pri) ?? '') ? Number(pri) % 8 : undefined;
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
 * look for attacks, for weaknesses or at networks: high and medium, major and minor. Those of GuardDuty and CVSS go up to 10, which no syslog
 * has, and an alert of Prometheus or Grafana is firing.
 */
const PROBLEMS: readonly (readonly [name: string, RegExp])[] = [
  ['FATAL', /^(?:fata|ftl|crit|d?panic|pnc|alert|emerg|f$|[012]$|60$)/i],
  [
    'ERROR',
    /^(?:err|eror|severe|fail(?:ed|ure)?$|exception$|unhandled$|traceback$|task timed out|timeout$|execution failed$|high$|major$|e$|3$|50$|[89]$|[7-9]\.\d$|HTTP 5\d\d$)/i,
  ],
  ['WARN', /^(?:warn|wrn|medium$|moderate$|minor$|firing$|w$|#$|4$|40$|[4-6]\.\d$|HTTP 4\d\d$)/i],
];

/** Heroku writes `at=error`; elsewhere `at` is a time or a place. */
const wordIn = (at: JsonValue | undefined): JsonValue | undefined =>
  typeof at === 'string' && /^[a-z]{1,9}$/i.test(at) ? at : undefined;

const LEVEL = /level|severity|lvl/i;

/**
 * In small letters, without `@`, dots, dashes and underscores. Where Monolog has a number of its own as `level`, it has `level_name` as
 * well. rsyslog and Logstash say whose severity it is.
 */
const LEVEL_FIELDS = [
  ...['levelname', 'level', 'severity', 'severitytext', 'errorseverity', 'lvl', 'loglevel'],
  ...['syslogseverity', 'syslogseveritytext', 'severitylabel'],
];

/**
 * The fields of an object, none of anything else. Some loggers have those of a line within one of their own, which may be the line itself:
 * Splunk within `event`, Cloud Logging of Google within `jsonPayload`, Loguru and the telemetry of Lambda within `record`, and what comes by
 * EventBridge within `detail`. A line with colours or anything else that is not printable is a list of its bytes in the JSON of journald.
 * https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector
 * https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry
 * https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
 * https://systemd.io/JOURNAL_EXPORT_FORMATS/#journal-json-format
 */
export const fieldsOfObject = (object: EventData['Data']): JsonObject => {
  if (!isObject(object) || object instanceof Uint8Array) return {};
  const { event, jsonPayload, record, MESSAGE } = object;
  if (areBytes(MESSAGE)) return { ...object, MESSAGE: Buffer.from(MESSAGE).toString() };
  if (isPresent(event) && isText(object.sourcetype)) return opened(object, 'event');
  if (isObject(jsonPayload)) return opened(object, 'jsonPayload');
  if ('detail-type' in object && isLine(object.detail)) return opened(object, 'detail');
  // Elsewhere it is one that the line is about.
  const mayBeLine = isObject(record) || (isText(record) && isText(object.type));
  return mayBeLine && lineIn(object) === undefined && !levelIn(object) ? opened(object, 'record') : object;
};

/** Whether it has a text, or a level by a word. A number may be of any scale, as the severity of GuardDuty is. */
const isLine = (detail: JsonValue | undefined): boolean =>
  isObject(detail) && (lineIn(detail) !== undefined || /^[a-z]+$/i.test(levelIn(detail) ?? lastLevelIn(detail) ?? ''));

const areBytes = (list: JsonValue | undefined): list is number[] =>
  Array.isArray(list) && list.every((byte) => typeof byte === 'number');

/** The object with the fields that are within one of its own in place of that one. */
const opened = (object: JsonObject, name: string): JsonObject => {
  const others = Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
  const inner = object[name] ?? null;
  return { ...others, ...(isObject(inner) ? inner : { message: inner }) };
};

/** The text that JSON around a line has it in. */
export const lineIn = (fields: JsonObject): string | undefined => {
  const { message, msg, log, body, resource } = fields;
  const named = [message, msg, log].find((text) => typeof text === 'string') ?? valuesOf(LINE, fields).find(isText);
  // The Collector of OpenTelemetry writes it so. Elsewhere it is that of a request.
  return named ?? (isObject(resource) && isText(body) ? body : undefined);
};

/**
 * What a line says to people. structlog has that as `event`, tracing of Rust within `fields`, Falco as `output`, Lambda as `errorMessage` of
 * a function that failed, also within `message`, Serilog as a template at least, and zerolog may have an `error` only. They may be something
 * else without a level.
 */
export const messageIn = (fields: JsonObject): string | undefined => {
  const { message, msg } = fields;
  return ([message, msg].find(isText) ?? (lineIn(fields) || toldIn(fields)))?.replace(COLOURS, '');
};

const toldIn = (fields: JsonObject): string | undefined => {
  const { message, event, fields: inner, output, errorMessage, error, err, RenderedMessage, MessageTemplate } = fields;
  const failures = [errorMessage, fieldOf(message, 'errorMessage')];
  const errors = [error, err].map((one) => fieldOf(one, 'message') ?? one);
  const told = [event, fieldOf(inner, 'message'), output, ...failures, RenderedMessage, MessageTemplate, ...errors];
  return told.find(isText);
};

/** Whose line it is: of a service, a program or a container, else of its log group or its source on EventBridge, else of its host. */
export const serviceIn = (fields: JsonObject, logGroup: JsonValue | undefined): string | undefined => {
  const { service, app, container_name, source = null } = fields;
  // What the router of Heroku has under this name is how long it took.
  const isTaken = isText(service) && /^\d{1,9}ms$/.test(service);
  const own = [isTaken ? null : service, app, fieldOf(service, 'name'), fields['service.name'], container_name];
  const named = own.find(isText) ?? programIn(fields);
  return named ?? [logGroup, 'detail-type' in fields ? source : null, ...hostsIn(fields)].find(isText);
};

const programIn = (fields: JsonObject): string | undefined => {
  const { application, resource, container, kubernetes, pid, hostname, name } = fields;
  const within = fieldOf(resource, 'labels') ?? resource;
  return [
    application,
    ...(isObject(within) ? RESOURCES.map((one) => within[one]) : []),
    ...[fieldOf(kubernetes, 'container_name'), fieldOf(fieldOf(kubernetes, 'container'), 'name')],
    fieldOf(container, 'name'),
    ...PROGRAMS.map((one) => fields[one]),
    // Bunyan and pino have the three next to each other. Elsewhere it is that of a logger, or of what the line is about.
    isPresent(pid) && isText(hostname) ? name : null,
  ].find(isText);
};

const hostsIn = ({ hostname, host, _HOSTNAME }: JsonObject) => [hostname, host, fieldOf(host, 'name'), _HOSTNAME];

/** What journald, syslog-ng, Logstash, rsyslog, Vector and Fluent Bit call the program of a line of syslog. */
const PROGRAMS = ['SYSLOG_IDENTIFIER', 'PROGRAM', 'program', 'programname', 'appname', 'ident'];

/** What a resource of OpenTelemetry, or one of Google, is named by. */
const RESOURCES = ['service.name', 'service_name', 'container_name', 'function_name', 'module_id'];

/** The time that a line names. ISO 8601 in UTC. */
export const lineTimeIn = (fields: JsonObject): string | undefined => {
  const { ts, time, '@timestamp': at, timestamp } = fields;
  const named =
    firstOf([ts, time, at, timestamp], accessTimeIn) ??
    firstOf(valuesOf(TIME, fields), timeWithin) ??
    (/^\d{3}$/.test(statusIn(fields) ?? '') ? firstOf(valuesOf(BEGAN, fields), timeWithin) : undefined);
  // CloudFront has day and time apart, as all logs of W3C, which are of UTC.
  return named ?? ('sc-status' in fields ? rfc3339(`${scalarText(fields.date)}T${scalarText(time)}Z`) : undefined);
};

/**
 * MongoDB writes a time as `{"$date":"…"}`, Loguru as `{"timestamp":1795176000.5}`, Log4j 2 as
 * `{"epochSecond":1795176000,"nanoOfSecond":500000000}`, and libraries of Google as `{"seconds":1795176000,"nanos":500000000}`.
 */
const timeWithin = (found: JsonValue | undefined): string | undefined => {
  const textOf = (name: string): string | undefined => scalarText(fieldOf(found, name));
  const second = textOf('epochSecond') ?? textOf('seconds');
  const nano = textOf('nanoOfSecond') ?? textOf('nanos') ?? '0';
  return accessTimeIn(
    second ? `${second}.${nano.padStart(9, '0')}` : (textOf('$date') ?? textOf('timestamp') ?? found),
  );
};

/** How others name a line: hclog, Serilog, GELF, journald, Google, Azure, and Cribl, which sends what it could not read as `_raw`. */
const LINE = /^(?:@?message|short_message|@mt?|_raw|textPayload|resultDescription)$/i;
/**
 * How others name its time: Serilog, Monolog, Log4j 2, Fluent Bit, journald, MongoDB, Kubernetes, CloudTrail, Python, Envoy and other
 * access logs in JSON.
 */
const TIME =
  /^(?:@?t|@?timestamp|instant|time(?:_local|_iso8601|millis)?|date(?:time)?|__realtime_timestamp|request_?time(?:_?epoch)?|requestreceivedtimestamp|event_?time|lasttimestamp|asctime)$/i;

/** The time of a request, in access logs of Envoy, VPC Lattice, Kong and Cloudflare. Elsewhere a job began then, hours before it failed. */
const BEGAN = /^(?:start_?time|started_at|edgestarttimestamp)$/i;

/** The text of the first value that has one. Those behind it cost nothing. */
const firstOf = (
  values: readonly (JsonValue | undefined)[],
  textOf: (value: JsonValue | undefined) => string | undefined,
): string | undefined => {
  for (const value of values) {
    const text = textOf(value);
    if (isText(text)) return text;
  }
  return undefined;
};

const valuesOf = (names: RegExp, fields: JsonObject): (JsonValue | undefined)[] =>
  Object.keys(fields)
    .filter((name) => names.test(name))
    .map((name) => fields[name]);

/**
 * What {@link fieldsOfObject} gives, with the fields of the line in place of the line where they name no level, or where it is that of an
 * access log: agents write JSON of their own around a line. The line itself is in none of them then, unless it is the message: that of an
 * access log may have a secret in its query string.
 *
 * @throws as {@link fieldsOfLine}
 */
export const withLine = (data: EventData['Data']): JsonObject => {
  const fields = fieldsOfObject(data);
  const line = lineIn(fields);
  if (line === undefined) return fields;
  const level = levelIn(fields);
  // A logger has one level for all lines of an access log.
  const inner = level ? (accessIn(line) ?? requestBehind(level, line)) : fieldsOfLine(line);
  if (!inner) return fields;
  const others = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== line));
  return { ...others, message: messageIn(inner) ?? line, ...inner };
};

/**
 * The request that a line tells of behind a level. Web servers in Python, and Morgan behind winston or pino, have one for all requests,
 * whatever became of them. DEBUG is before those that a program makes itself, and with a problem the line says more.
 */
const requestBehind = (level: string, line: string): JsonObject | undefined =>
  /^(?:info?|http|30)$/i.test(level) ? requestIn(line) : undefined;

/** The query string of an address in quotes, which may hold a secret, as in `request: "GET /cart?token=1 HTTP/1.1"` of nginx. */
const QUERY = /("(?:[A-Z]{3,10} )?(?:[a-z]{1,10}:\/)?\/[^\s"?]*)\?[^\s"]*/g;

const PAIRS = /(?<!\S)([\w.@-]{1,64})=(?:"((?:[^"\\]|\\.){0,10000})"|(\S*))/gs;
/**
 * An expression of words between what is before and behind them. The words come first in it: an engine looks for their letters in one
 * pass, and tries what may be before them at each character.
 */
const between = ({ source: before }: RegExp, { source: words }: RegExp, { source: behind }: RegExp): RegExp =>
  new RegExp(`(?:${words})(?=${behind})(?<=(?:${before})(?:${words}))`);

/** What names the level of a line of text. The first in the line counts. */
const WORDS: readonly RegExp[] = [
  // In capitals anywhere but in a path, also cut short, as Serilog, zerolog and Charm write them.
  /\b(?:TRACE?|TRC|VRB|FINE(?:R|ST)?|DEBUG?|DEBUG[1-5]|DBG|(?:LOG|STATEMENT|DETAIL|HINT|CONTEXT|QUERY)(?=: {2})|INFO|INF|NOTICE|WARN|WARNING|WRN|ERR|ERRO|ERROR|SEVERE)\b(?!\.\w|(?<=\/\w+)[/? ])/,
  /\b(?:CRIT|CRITICAL|ALERT|EMERG|EMERGENCY|FATA|FATAL|FTL|PANIC|PNC)\b(?!\.\w|(?<=\/\w+)[/? ])/,
  // In brackets, as nginx, Apache, MySQL, Envoy and Fluent Bit write `[error]`, `[core:error]`, `[Warning]`, `[critical]`, `[ warn]`,
  // structlog `[error    ]`, and ClickHouse and WebLogic `<Error>`.
  between(
    /[[:] {0,9}|</,
    /[Tt]race|[Dd]ebug|[Ii]nfo(?:rmation)?|[Nn]ot(?:e|ice)|System|[Ww]arn(?:ing)?|[Ee]rror|[Cc]rit(?:ical)?|[Ff]atal|[Aa]lert|[Ee]merg(?:ency)?/,
    / {0,9}[\]>]/,
  ),
  // Between tabs, as zap writes it for Istio and others, and .NET on Lambda.
  between(/\t/, /trce|dbug|debug|info|warn|fail|error|crit|d?panic|fatal/, /\t/),
  // A sign in place of a level, in Redis and Valkey, which have `1:M 20 Nov 2026 12:00:00.123 #` before a warning.
  between(/^\d{1,9}:[A-Z] \d\d \w{3} \d{4} [\d:.]{8,15} /, /[#*.-]/, / /),
  // Before a colon, where .NET, Go, PHP and many programs begin what they say: `fail: `, `panic: `, `PHP Warning: `, `cc: error: `. What
  // winston's guide has it behind is a time or a label: `2026-11-20T12:00:00.000Z [cart] error: `. ESXi, Swift and what people tell winston
  // to write have no colon, right behind the time with which a line begins. SQL Server fills up the name of a session with spaces.
  between(
    /^|: |PHP (?:[A-Z][a-z]{1,20} )?|\] |\dZ? | {2}(?=Error: \d{1,9}, Severity: )/,
    /silly|trace|verbose|trce|dbug|debug|info|notice|[Ww]arn(?:ing)?|fail|[Ee]rror|crit(?:ical)?|alert|[Ff]atal(?: error)?|panic/,
    /: | serving | (?<=^\d{4}-\d\d-\d\d[T ][\d:.,]{8,20}(?:Z|[+-]\d\d:?\d\d)? \w{4,8} )/,
  ),
  // The letter before the day with which programs of Kubernetes begin a line, as in `E1120 12:00:00.123456`. Newer glog has the year, too.
  // The agent of CloudWatch and Telegraf have it behind the time, as in `E! `, and so have Rook and TensorFlow, as in `E | ` and `E a.cc:7] `.
  // Tornado and Jupyter have it in brackets with the time, as in `[E 261120 12:00:00 web:7]`, Android behind the numbers of a thread,
  // and Gitea and frp in brackets behind the time, and maybe behind a place in their code.
  between(
    /^\[?|[\s[]/,
    /[DIWEF]/,
    /(?:\d{4}){1,2} \d\d:\d\d:\d\d|! (?<=\dZ .! )| (?<=^\d{4}-\d\d-\d\d [\d:.]{8,17} . )(?:\||[\w/.-]{1,99}:\d{1,6}\]) | (?<=^\[. )(?:[\d-]{6,10} )?\d\d:\d\d:\d\d| (?<=^\d\d-\d\d [\d:.]{12} {1,5}\d{1,7} {1,5}\d{1,7} . )|\] (?<=^\d{4}\/\d\d\/\d\d [\d:.]{8,15} (?:\S{1,120} )?\[.\] )/,
  ),
  // What Node, Python, Java, .NET and Rust say of a program that nothing caught an error of, and Node of what may become one. Exceptions of
  // Java, which have dots in their names, are mostly what a line before them is about.
  between(/^(?:[\w.]{0,99}(?=Error)|\w{0,99})/, /Error|Exception/, /: /),
  between(/^\(node:\d{1,9}\) (?:\[\w{1,12}\] )?(?!Unhandled)\w{0,60}/, /Warning/, /: /),
  between(/^/, /Exception/, / in thread "/),
  between(/^/, /Unhandled/, / [Ee]xception/),
  between(/^/, /Traceback/, / \(most recent call last\):\s{0,9}\n/),
  between(/^thread '[^']{1,60}' (?:\(\d{1,20}\) )?/, /panicked/, / /),
  // What Lambda says of a function that failed, behind the id of the request or in its report.
  between(/^RequestId: [\w-]{36} /, /Error/, /: /),
  between(/[\w-]{36} /, /Task timed out/, / after /),
  between(/\tStatus: /, /error|timeout/, /\b/),
  // What API Gateway says behind the id of a request, and Heroku of a dyno.
  between(/^\([\w-]{36}\) /, /Execution failed/, / due to /),
  between(/\]: /, /Error/, / R\d\d /),
];
/** Characters of a line in which it names its level. */
const HEAD = 200;
const WORD = new RegExp(WORDS.map(({ source }) => source).join('|'));

/** What is a level of a line only where nothing else is. */
const OF_ANYTHING = /^(?:\d.*|high|major|medium|moderate|minor)$/i;

/** A time at the beginning of a line, in brackets or not, with its zone. Syslog and Python on Lambda have a level before it. */
const BEGINNING =
  /^(?:<\d{1,3}>(?:1 )?|\[?[A-Z]{3,9}\]?:?\s{1,4})?\[?(\d{4}-\d\d-\d\d[Tt ][\d:.,]{8,40}(?:[Zz]| ?(?:UTC|GMT|[+-]\d\d:?\d\d)))/;

/**
 * What a line says: JSON, the line of an access log, or text with or without pairs such as `level=warn`.
 *
 * @throws {InvalidEventError} where it begins as JSON does and is not JSON
 */
export const fieldsOfLine = (line: string): JsonObject => {
  const plain = line.replace(COLOURS, '');
  if (/^\s*\{\s*"/.test(plain)) return withLine(dataIn(plain));
  return accessIn(plain) ?? carriedIn(plain) ?? fieldsOfText(plain.replace(QUERY, '$1'));
};

/**
 * What JSON at the end of a line says, where it has a level or a status and says what it is about: containerd, Compose, syslog, Heroku and
 * the console of Lambda write something of their own before it. A warning there says more, as before pairs.
 */
const carriedIn = (line: string): JsonObject | undefined => {
  const start = line.trimEnd().endsWith('}') ? line.search(/(?<=[\s:])\{\s*"/) : -1;
  if (start < 0 || problemIn({ level: WORD.exec(line.slice(0, Math.min(start, HEAD)))?.[0] ?? null })) return undefined;
  const inner = unlessInvalid(() => withLine(dataIn(line.slice(start))));
  if (!inner || !(levelIn(inner) ?? statusIn(inner))) return undefined;
  return (messageIn(inner) ?? askedIn(inner).trim()) ? { ...carrierOf(line), ...inner } : undefined;
};

/** The time and the priority with which a line begins. */
const carrierOf = (line: string): JsonObject =>
  defined({ time: rfc3339(BEGINNING.exec(line)?.[1]), pri: /^<(\d{1,3})>/.exec(line)?.[1] });

const dataIn = (json: string): EventData['Data'] => new EventBytes(Buffer.from(json)).exactJson;

const fieldsOfText = (line: string): JsonObject => {
  const found = line.includes('=') ? [...line.matchAll(PAIRS)] : [];
  const pairs = found.map(([, key, text, word]) => [key, text?.replace(/\\(.)/g, '$1') ?? word]);
  const fields: JsonObject = { ...carrierOf(line), ...Object.fromEntries(pairs) };
  // Between words, a pair is a part of what the line says, whatever its name: `ERROR cannot write log=/a.log`.
  const isPairs = pairs.length > 0 && line.replace(BEGINNING, '').replace(PAIRS, '').trim() === '';
  const message = (isPairs && messageIn(fields)) || line;
  const head = line.slice(0, HEAD);
  const level = WORD.exec(head);
  const named = levelIn(fields);
  // A warning before the first pair says more, and any level more than what anything may have: `WARN flush level=info`, `INFO zstd level=9`.
  const isFirst = level && level.index < (found[0]?.index ?? 0);
  if (named && !(isFirst && (problemIn({ level: level[0] }) || OF_ANYTHING.test(named)))) return { ...fields, message };
  // What was asked for may read like a level: `"GET /ERROR HTTP/1.1" 200`.
  const isBefore = level && !head.slice(0, level.index).includes('"');
  const request = isBefore ? requestBehind(level[0], line) : requestIn(line);
  return (!isBefore && request) || { ...fields, ...request, message, level: level?.[0] ?? null };
};
