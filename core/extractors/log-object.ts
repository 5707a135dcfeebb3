import type { EventData } from '../event-data.ts';
import { fieldOf, isObject, isPresent, isText, type JsonObject, type JsonValue, scalarText } from '../json.ts';
import { cloudEvent } from '../shapes/cloud-event.ts';
import type { Shape } from '../shapes/shape.ts';
import { rfc3339 } from '../timestamp.ts';
import { accessTimeIn, statusIn } from './access-log.ts';
import { COLOURS, firstOf, lastLevelIn, levelIn } from './log-level.ts';

/** What JSON of loggers and their agents says: the line, its message, whose it is, and its time. */

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

/** Whether it has a text, or a level by a word. A number may be of any scale, but that of a finding, such as those of GuardDuty, is a word. */
const isLine = (detail: JsonValue | undefined): boolean =>
  isObject(detail) && (lineIn(detail) !== undefined || /^[a-z_]+$/i.test(levelIn(detail) ?? lastLevelIn(detail) ?? ''));

const areBytes = (list: JsonValue | undefined): list is number[] =>
  Array.isArray(list) && list.every((byte) => typeof byte === 'number');

/** The object with the fields that are within one of its own in place of that one. */
const opened = (object: JsonObject, name: string): JsonObject => {
  const { [name]: inner = null, ...others } = object;
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
 * a function that failed, also within `message`, Serilog as a template at least, zerolog may have an `error` only, and a finding a title. They
 * may be something else without a level.
 */
export const messageIn = (fields: JsonObject): string | undefined => {
  const { message, msg } = fields;
  return ([message, msg].find(isText) ?? (lineIn(fields) || toldIn(fields)))?.replace(COLOURS(), '');
};

const toldIn = (fields: JsonObject): string | undefined => {
  const { message, event, fields: inner, output, errorMessage, error, err, RenderedMessage, MessageTemplate } = fields;
  const failures = [errorMessage, fieldOf(message, 'errorMessage')];
  const errors = [error, err].map((one) => fieldOf(one, 'message') ?? one);
  const told = [event, fieldOf(inner, 'message'), output, ...failures, RenderedMessage, MessageTemplate, ...errors];
  return [...told, fields.title].find(isText);
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

const valuesOf = (names: RegExp, fields: JsonObject): (JsonValue | undefined)[] =>
  Object.keys(fields)
    .filter((name) => names.test(name))
    .map((name) => fields[name]);
