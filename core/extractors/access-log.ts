import { defined } from '../defined.ts';
import { fieldOf, isText, type JsonObject, type JsonValue, scalarText } from '../json.ts';
import { fromWebServer, rfc3339, timeIn } from '../timestamp.ts';

/** What lines of access logs say, without the query string, which may hold a secret. No expression here backtracks on hostile text. */

/** What the line says, in one of the formats that are known as a whole; undefined for any other line. */
export const accessIn = (line: string): JsonObject | undefined => read(line, ACCESS);

/**
 * The same of any line in which the status follows the request in quotes, such as those of Envoy, S3 and frameworks, and of web servers
 * behind what containerd or syslog writes. The second of two texts in quotes next to each other is the agent.
 */
export const requestIn = (line: string): JsonObject | undefined =>
  read(line, line.includes('"') ? REQUEST : UNQUOTED_REQUEST);

// No part can match what the part behind it matches, so that a hostile line costs no more than its length.
const ACCESS: readonly RegExp[] = [
  // Web servers, in the common or the combined format, also with the name of the host before it. Apache escapes a quote:
  // https://httpd.apache.org/docs/2.4/mod/mod_log_config.html
  /^(?:\S+:\d{1,5} )?(?<client>\S+) \S+ \S+ \[(?<clock>[^\]]+)\] "(?<request>[^"\\]*(?:\\.[^"\\]*){0,999})" (?<status>\d{3}) \S+(?: "[^"\\]*(?:\\.[^"\\]*){0,999}" "(?<agent>[^"\\]*(?:\\.[^"\\]*){0,999})")?/,
  // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html, and of classic ones without a type
  /^(?:(?:https?|h2|grpcs|wss?) )?(?<clock>\d{4}-\S+) \S+ (?<client>\S+) (?:\S+ ){4}(?<status>\d{3}) (?:\S+ ){3}"(?<request>[^"]*)" "(?<agent>[^"]*)"/,
  // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
  /^(?<date>[\d-]{10})\t(?<clock>[\d:]{8})\t(?:[^\t]*\t){2}(?<client>[^\t]*)\t(?<request>[A-Z]+\t[^\t]*\t[^\t]*)\t(?<status>\d{3})\t[^\t]*\t(?<agent>[^\t]*)/,
  // IIS, whose times are of UTC: https://learn.microsoft.com/en-us/windows/win32/http/w3c-logging
  /^(?<date>\d{4}-\d\d-\d\d) (?<clock>\d\d:\d\d:\d\d) (?:\S+ ){0,3}?(?<request>[A-Z]{3,10} \/\S* \S+) (?:\S+ ){2}(?<client>\S+) (?<agent>\S+) (?:\S+ ){0,3}?(?<status>\d{3}) \d{1,5} \d{1,10}(?!\S)/,
];
const REQUEST: readonly RegExp[] = [
  /^(?:[^"[]*\[(?<clock>[^\]"]+)\])?[^"]*"(?<request>[A-Z]{3,10} [^\s"]+ HTTP\/[\d.]{1,3})" (?<status>\d{3})(?!\S)(?:[^"]*(?:"[^"]*" [^\s"][^"]*)?"[^"]*" "(?<agent>[^"]*)")?/,
  // HAProxy has it before: https://docs.haproxy.org/3.0/configuration.html#8.2.3
  /\[[^\]"[]{1,40}\] \S+ \S+ (?:[+-]?\d{1,9}\/){4}[+-]?\d{1,9} (?<status>\d{3}) [^"]{1,1000}"(?<request>[^"]*)"/,
  // Gin.
  /\[GIN\] [^|]{1,40}\| {0,9}(?<status>\d{3}) {0,9}\|[^|]{1,40}\| {0,40}(?<client>[^\s|]+) {0,9}\| {0,9}(?<method>[A-Z]{3,10}) {1,9}"(?<target>[^"]*)"/,
];
const UNQUOTED_REQUEST: readonly RegExp[] = [
  // Morgan of Express.
  /^(?:\S+ ){0,5}?(?<request>[A-Z]{3,10} \/\S*(?: HTTP\/[\d.]{1,3})?) (?<status>\d{3}) (?:[\d.]{1,20} ms - |\S+ - [\d.]{1,20} ms)/,
];

const read = (line: string, formats: readonly RegExp[]): JsonObject | undefined => {
  for (const format of formats) {
    const found = format.exec(line)?.groups;
    if (found) return fieldsOfRequest(found);
  }
  return undefined;
};

const fieldsOfRequest = (found: Record<string, string>): JsonObject => {
  const { client, date, clock = '', method: verb, target: asked, status = '', agent = '' } = found;
  const request = found.request ?? `${verb} ${asked}`;
  const time = fromWebServer(clock) ?? rfc3339(date ? `${date}T${clock}Z` : clock);
  // A load balancer tells the whole address, CloudFront the host before the path.
  const [method = '', ...target] = request.split('?', 1)[0]!.split(/[ \t]/);
  const path = (request.includes('\t') ? target[1] : target[0])?.replace(ORIGIN, '') ?? '';
  return { ...defined({ client, time }), path, status, agent, message: `${method} ${path} ${status}` };
};

const ORIGIN = /^\w+:\/\/[^/]*/;

/** ISO 8601 in UTC from what {@link timeIn} takes, or from the time of a web server, as in `20/Nov/2026:12:00:00 +0000`. */
export const accessTimeIn = (found: JsonValue | undefined): string | undefined =>
  fromWebServer(scalarText(found) ?? '') ?? timeIn(found);

/**
 * The status with which a request was answered, by the names that access logs in JSON have for it: those of web servers, gateways, CDNs,
 * Envoy and ECS, within `httpRequest` of Google, and within `res` of pino, Fastify and Express. The agent of Kinesis calls it `response`,
 * parsers of Fluentd and Fluent Bit `code`, which elsewhere are not that of a request.
 * https://docs.aws.amazon.com/streams/latest/dev/writing-with-agents.html
 */
export const statusIn = (fields: JsonObject): string | undefined => {
  const all = Object.keys(fields);
  if (!all.some((name) => MAY_HOLD_STATUS.test(name))) return undefined;
  const { status, response, http, httpRequest, res, code } = fields;
  const names = all.filter((name) => STATUS.test(name));
  const isRequest = 'request' in fields || 'method' in fields;
  const ofRequest = isRequest ? [response, fieldOf(response, 'status'), code] : [];
  const within = [fieldOf(fieldOf(http, 'response'), 'status_code'), fieldOf(httpRequest, 'status')];
  const named = [status, ...names.map((name) => fields[name]), ...within, fieldOf(res, 'statusCode')];
  return [...named, ...ofRequest].map(codeText).find((text) => /^[1-5]\d\d$/.test(text ?? '')) ?? scalarText(status);
};

/** The audit log of Kubernetes has an object for a status, with its number as `code`. */
const codeText = (status: JsonValue | undefined): string | undefined =>
  scalarText(status) ?? scalarText(fieldOf(status, 'code'));

/** Most lines have none of these, and are asked for nothing more. */
const MAY_HOLD_STATUS = /status|^(?:response|response_?code|res|http|httpRequest|code)$/i;
const STATUS =
  /^(?:http[._]?(?:response[._]?)?|(?:edge_?)?response_?|downstream_?|elb_|sc-)?status(?:_?code)?$|^response_?code$/i;

/** What was asked for, a space, and the program that asked. Each is empty where it is not named. */
export const askedIn = ({ path, agent, ...fields }: JsonObject): string => {
  const { request, request_uri, requestURI, requestPath, uri, resourcePath, httpRequest, req } = fields;
  const { http_user_agent, user_agent, userAgent } = fields;
  const target = isText(request) ? request.split(' ', 2)[1] : undefined;
  const first = (...found: (JsonValue | undefined)[]): string => found.find(isText) ?? '';
  const within = [fieldOf(request, 'uri'), fieldOf(httpRequest, 'requestUrl'), fieldOf(req, 'url')];
  const asked = first(
    path,
    request_uri,
    requestURI,
    requestPath,
    uri,
    resourcePath,
    target,
    fields['cs-uri-stem'],
    ...within,
  );
  const agents = [fieldOf(httpRequest, 'userAgent'), fieldOf(fieldOf(req, 'headers'), 'user-agent')];
  const asking = first(agent, http_user_agent, user_agent, userAgent, fields['cs(User-Agent)'], ...agents);
  return `${asked.replace(ORIGIN, '')} ${asking}`;
};
