import { hash } from 'node:crypto';
import { defined } from '../core/defined.ts';
import { writeExactJson } from '../core/exact-json.ts';
import { askedIn } from '../core/extractors/access-log.ts';
import { problemIn, tellsHowBad } from '../core/extractors/log-level.ts';
import { fieldsOfLine, withLine } from '../core/extractors/log-line.ts';
import {
  fieldsOfObject,
  lineIn,
  lineTimeIn,
  loggedEvent,
  messageIn,
  serviceIn,
} from '../core/extractors/log-object.ts';
import { InvalidEventError } from '../core/invalid-event.ts';
import { isText, type JsonValue } from '../core/json.ts';
import { ownerOf } from '../core/key-text.ts';
import type { Processor } from '../core/processor.ts';
import { anyObject } from '../core/shapes/any-object.ts';
import { timeIn } from '../core/timestamp.ts';

/**
 * Keeps WARN and above of logs in JSON, logfmt and plain text, and of access logs what was answered by 400 and above. Health checks
 * and lines that name no level are dropped; each line that stays is a row of its service, in order of time.
 */
export default {
  shapes: [loggedEvent, anyObject],
  process: (row) => {
    const line = row.Message ?? lineIn(fieldsOfObject(row.Data));
    const fields = row.Message === undefined ? withLine(row.Data) : fieldsOfLine(row.Message);
    const Type = problemIn(fields);
    if (line === undefined && !tellsHowBad(fields))
      throw new InvalidEventError(
        'Refused',
        'it has no message, no level and no status; expected a line of a log with fields of these names',
      );
    if (!Type || HEALTH.test(askedIn(fields))) return undefined;
    const named = lineTimeIn(fields);
    const Timestamp = named ?? row.Timestamp;
    const Username = serviceIn(fields, row.Attributes?.loggroup) ?? ownerOf(row);
    const Message = (messageIn(fields) ?? line)?.trim();
    const isShown = (value: JsonValue): boolean =>
      timeIn(value) === Timestamp || (isText(value) && [Username, Message, line?.trim()].includes(value.trim()));
    const Data = Object.fromEntries(
      Object.entries(fields).filter(([name, value]) => !(SHOWN.has(name) && isShown(value))),
    );
    // The id of JSON is often that of a request, which may have several lines at one time. What they say tells them apart.
    const digest = row.Message === undefined ? ` ${hash('sha256', writeExactJson(row.Data)).slice(0, 16)}` : '';
    const Id = `${named || row.Attributes?.time !== null ? `${Timestamp} ` : ''}${row.Id}${digest}`;
    return { ...row, Username, Id, Timestamp, Type, Data, ...defined({ Message }) };
  },
  rollups: [{ name: 'levels', every: 'minute', of: ({ Username, Type }) => ({ group: `${Username} ${Type}` }) }],
} satisfies Processor;

/** What a row shows elsewhere, unless it has two of a kind, or one that is no text or no time there, as in ECS. */
const SHOWN = new Set(['message', 'msg', 'log', 'service', 'app', 'ts', 'time', 'timestamp', '@timestamp']);

const HEALTH = /^\/(?:health|healthz|healthcheck|livez|readyz|ping)[ /?]|^\S* (?:ELB-HealthChecker|kube-probe)\//;
