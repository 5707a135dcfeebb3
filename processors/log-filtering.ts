import { mapEvent } from '../core/decode.ts';
import { defined } from '../core/defined.ts';
import { InvalidEventError } from '../core/invalid-event.ts';
import { isObject, isText, type JsonObject, scalarText } from '../core/json.ts';
import { ownerOf } from '../core/key-text.ts';
import type { Processor } from '../core/processor.ts';
import { anyObject } from '../core/shapes/any-object.ts';
import { cloudEvent } from '../core/shapes/cloud-event.ts';
import { iso, rfc3339 } from '../core/timestamp.ts';

/**
 * Keeps WARN and above of logs in JSON, logfmt and plain text, and of access logs what was answered by 400 and above. Health checks
 * and lines that name no level are dropped; each line that stays is a row of its service, in order of time.
 */
export default {
  shapes: [cloudEvent, anyObject],
  process: (row) => {
    const outer = isObject(row.Data) && !(row.Data instanceof Uint8Array) ? row.Data : {};
    const line = row.Message ?? [outer.message, outer.msg, outer.log].find((text) => typeof text === 'string');
    const fields = line === undefined || levelIn(outer) ? outer : { ...outer, message: null, ...fieldsOf(line) };
    const named = [scalarText(levelIn(fields)) ?? '', `HTTP ${scalarText(fields.status)}`];
    if (line === undefined && named.join('') === 'HTTP undefined')
      throw new InvalidEventError('Refused', 'it has no message, no level and no status; expected a line of a log');
    const level = Object.keys(LEVELS).find((name) => named.some((text) => LEVELS[name]!.test(text)));
    if (!level || HEALTH.test(`${scalarText(fields.path)} ${scalarText(fields.agent)}`)) return undefined;
    const { message, msg, log, service, app, time, '@timestamp': at, ts = time ?? at, ...Data } = fields;
    const Timestamp = (typeof ts === 'number' ? iso(ts < 1e11 ? ts * 1e3 : ts) : rfc3339(ts)) ?? row.Timestamp;
    const Username = [service, app, Data.container_name, row.Attributes?.loggroup].find(isText) ?? ownerOf(row);
    const Message = [message, msg, line].find(isText)?.trim();
    return { ...row, Username, Id: `${Timestamp} ${row.Id}`, Timestamp, Type: level, Data, ...defined({ Message }) };
  },
  rollups: [{ name: 'levels', every: 'minute', of: ({ Username, Type }) => ({ group: `${Username} ${Type}` }) }],
} satisfies Processor;

const levelIn = ({ level, severity, lvl, levelname, at }: JsonObject) => level ?? severity ?? lvl ?? levelname ?? at;

/** From the worst, by the names and the numbers that syslog and pino give them. */
const LEVELS: Readonly<Record<string, RegExp>> = {
  FATAL: /^(?:fatal|crit|panic|alert|emerg|[012]$|60$)/i,
  ERROR: /^(?:err|severe|3$|50$|HTTP 5\d\d$)/i,
  WARN: /^(?:warn|4$|40$|HTTP 4\d\d$)/i,
};
const HEALTH = /^\/(?:health|healthz|healthcheck|livez|readyz|ping)[ /?]|^\S* (?:ELB-HealthChecker|kube-probe)\//;
// No part can match what the part behind it matches, so that a hostile line costs no more than its length.
const ACCESS = /^(\S+) \S+ \S+ \[([^\]:]+):([^\]]+)\] "([^"]*)" (\d{3}) \S+(?: "[^"]*" "([^"]*)")?/;
const PAIRS = /(?<!\S)([\w.@-]{1,64})=(?:"((?:[^"\\]|\\.){0,10000})"|(\S*))/gs;
const WORD = /\b(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERR|ERROR|SEVERE|CRITICAL|FATAL|PANIC)\b/;

/** What a line says: JSON, the line of an access log, or text with or without pairs such as `level=warn`. */
const fieldsOf = (line: string): JsonObject => {
  const arrival = { at: new Date(0), partitionKey: '-' };
  if (line.startsWith('{"')) return mapEvent(Buffer.from(line), arrival, [anyObject]).Data as JsonObject;
  const [found, client = '', day, clock, request = '', status = '', agent = ''] = ACCESS.exec(line) ?? [];
  const [method = '', path = ''] = request.split('?', 1)[0]!.split(' ');
  const time = found ? iso(Date.parse(`${day} ${clock}`)) : rfc3339(line.split(/\s/, 1)[0]);
  if (found) return { client, path, status, agent, message: `${method} ${path} ${status}`, ...defined({ time }) };
  const pairs = [...line.matchAll(PAIRS)].map(([, key, text, word]) => [key, text?.replace(/\\(.)/g, '$1') ?? word]);
  const fields: JsonObject = { ...defined({ time }), ...Object.fromEntries(pairs) };
  return levelIn(fields) ? fields : { ...fields, level: WORD.exec(line.slice(0, 100))?.[0] ?? null };
};
