import { defined } from '../defined.ts';
import { EventBytes } from '../event-bytes.ts';
import type { EventData } from '../event-data.ts';
import { unlessInvalid } from '../invalid-event.ts';
import { isText, type JsonObject } from '../json.ts';
import { rfc3339, timeIn } from '../timestamp.ts';
import { accessIn, askedIn, requestIn, statusIn } from './access-log.ts';
import { COLOURS, levelIn, problemIn, ratingOf } from './log-level.ts';
import { fieldsOfObject, lineIn, messageIn } from './log-object.ts';

/** What lines of logs say about themselves, in JSON or as text. No expression here backtracks on hostile text. */

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
  // A logger has one level for all lines of an access log, and syslog for those of CEF.
  const inner = level ? (accessIn(line) ?? cefIn(line, level) ?? requestBehind(level, line)) : fieldsOfLine(line);
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

/** An option of a program, such as `--log-level=error`, is not one, nor is what attackers send and no row takes as a field. */
const PAIRS = /(?<!\S)(?!__proto__=)([\w.@][\w.@-]{0,63})=(?:"((?:[^"\\]|\\.){0,10000})"|(\S*))/gs;
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
    /silly|trace|verbose|trce|dbug|[Dd]ebug|[Ii]nfo|[Nn]otice|[Ww]arn(?:ing)?|fail|[Ee]rror|[Cc]rit(?:ical)?|[Aa]lert|[Ff]atal(?: error)?|panic/,
    /: | serving | (?<=^\d{4}-\d\d-\d\d[T ][\d:.,]{8,20}(?:Z|[+-]\d\d:?\d\d)? \w{4,8} )/,
  ),
  // The letter before the day with which programs of Kubernetes begin a line, as in `E1120 12:00:00.123456`. Newer glog has the year, too.
  // The agent of CloudWatch and Telegraf have it behind the time, as in `E! `, and so have Rook and TensorFlow, as in `E | ` and `E a.cc:7] `.
  // Tornado and Jupyter have it in brackets with the time, as in `[E 261120 12:00:00 web:7]`, Android behind the numbers of a thread,
  // and Gitea and frp in brackets behind the time, and maybe behind a place in their code.
  between(
    /^|[\s[]/,
    /[DIWEF]/,
    /(?:\d{4}){1,2} \d\d:\d\d:\d\d|! (?<=\dZ .! )| (?<=^\d{4}-\d\d-\d\d [\d:.]{8,17} . )(?:\||[\w/.-]{1,99}:\d{1,6}\]) | (?<=^\[. )(?:[\d-]{6,10} )?\d\d:\d\d:\d\d| (?<=^\d\d-\d\d [\d:.]{12} {1,5}\d{1,7} {1,5}\d{1,7} . )|\] (?<=^\d{4}\/\d\d\/\d\d [\d:.]{8,15} (?:\S{1,120} )?\[.\] )/,
  ),
  // Between a facility and the name of a message, as Cisco and Arista write the number of syslog: `%LINK-3-UPDOWN: `.
  between(/%[A-Z]\w{0,40}(?:-\w{1,40}){0,3}-/, /[0-7]/, /-\w{1,60}: /),
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
  const plain = line.replace(COLOURS(), '');
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

/** CEF, as products that look for attacks write it: the severity behind five parts, and maybe the time, in milliseconds, behind `rt=`. */
const CEF =
  /\bCEF:\d{1,2}(?:\|[^|\\]{0,999}(?:\\.[^|\\]{0,999}){0,99}){5}\|([\w-]{1,9})\|(?:.{0,9999}?(?<![^\s|])rt=(\d{13})(?!\S))?/;

/** @param named the level that was named before it: a problem says more, but where the line begins with CEF */
const cefIn = (line: string, named?: string): JsonObject | undefined => {
  const found = CEF.exec(line);
  if (!found) return undefined;
  const { index: start, 1: severity = '', 2: rt } = found;
  const level = named ?? WORD.exec(line.slice(0, Math.min(start, HEAD)))?.[0] ?? null;
  if (start > 0 && problemIn({ level })) return undefined;
  return { ...defined({ time: timeIn(rt) }), level: ratingOf(severity) };
};

const fieldsOfText = (line: string): JsonObject => {
  const found = line.includes('=') ? [...line.matchAll(PAIRS)] : [];
  const pairs = found.map(([, key, text, word]) => [key, text?.replace(/\\(.)/g, '$1') ?? word]);
  const fields: JsonObject = { ...carrierOf(line), ...Object.fromEntries(pairs) };
  const cef = cefIn(line);
  if (cef) return { ...fields, message: line, ...cef };
  // Between words, a pair is a part of what the line says, whatever its name: `ERROR cannot write log=/a.log`.
  const isPairs = pairs.length > 0 && line.replace(BEGINNING, '').replace(PAIRS, '').trim() === '';
  const message = (isPairs && messageIn(fields)) || line;
  const level = WORD.exec(line.slice(0, HEAD));
  const named = levelIn(fields);
  if (named && !saysMore(level, named, found[0]?.index)) return { ...fields, message };
  // What was asked for may read like a level: `"GET /ERROR HTTP/1.1" 200`.
  const isBefore = level && !line.slice(0, level.index).includes('"');
  const request = isBefore ? requestBehind(level[0], line) : requestIn(line);
  return (!isBefore && request) || { ...fields, ...request, message, level: level?.[0] ?? null };
};

/** A warning before the first pair says more, and any level more than what anything may have: `WARN flush level=info`, `INFO zstd level=9`. */
const saysMore = (level: RegExpExecArray | null, named: string, firstPair = 0): boolean =>
  level !== null && level.index < firstPair && (isText(problemIn({ level: level[0] })) || OF_ANYTHING.test(named));
