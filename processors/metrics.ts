import type { EventData } from '../core/event-data.ts';
import { isObject, isPresent, isText, isTrue, type JsonValue, scalarText } from '../core/json.ts';
import { idText, keyOfId, keyText } from '../core/key-text.ts';
import type { Processor } from '../core/processor.ts';
import { refuse } from '../core/refuse.ts';
import type { Shape } from '../core/shapes/shape.ts';
import { fromTime } from '../core/timestamp.ts';

/** A request that was answered: `{"id":"r1","time":"…","method":"GET","path":"/orders/17","status":200,"ms":34.2}`. */
const sample: Shape = {
  name: 'a sample of a request (method, path)',
  matches: (json) => 'method' in json && 'path' in json,
  // A sample that is corrected has the same id and time, so it replaces the first.
  partitionKey: ({ id }) => idText(id),
  toRow: ({ id, time, method, path, ...Data }) => {
    const Timestamp = fromTime('time', time);
    const Username = `${keyText('method', method).toUpperCase()} ${routeOf(keyText('path', path))}`;
    return { Username, Id: `${Timestamp} ${keyOfId('id', id)}`, Timestamp, Type: 'request', Data };
  },
};

/**
 * Counts the requests of each route by the minute, with the sum, the minimum and the maximum of their latency. Each sample is a row
 * of its route, in order of time; what a probe asked for is dropped.
 */
export default {
  shapes: [sample],
  process: ({ Data, ...row }) => {
    const { probe, ms, seconds, took, status, service = null } = isObject(Data) ? Data : {};
    if (isTrue(probe)) return undefined;
    const latency = isPresent(ms) ? duration(ms, 'ms') : isPresent(seconds) ? duration(seconds, 's') : duration(took);
    const code = Number(scalarText(status));
    return { ...row, Data: { ms: latency, status: code && Number.isFinite(code) ? code : null, service } };
  },
  rollups: [{ name: 'latency', every: 'minute', of: ({ Username: group, Data }) => ({ group, values: msOf(Data) }) }],
} satisfies Processor;

/** The path of a path or an address without its query, its ids replaced: `/orders/17/?page=2` is `/orders/{id}`. */
const routeOf = (path: string): string => {
  const segments = /^(?:\w+:\/\/[^/?#;]*)?([^?#;]*)/.exec(path)![1]!.split('/').filter(isText);
  return `/${segments.map((segment) => (ID.test(segment) ? '{id}' : segment)).join('/')}`;
};

/** An address, the parameter of a framework (`:id`, `{id}`, `<id>`), a number, a phone, a UUID or another long hexadecimal number, a ULID. */
const ID =
  /^(?:[:{<].*|.+(?:@|%(?:25){0,9}40).+|(?:(?:[+-]|%2B)?\d+|(?=\D*\d)(?:[\da-f-]{8,64}|[\da-hjkmnp-tv-z]{26}))(?:\.[a-z]\w{1,4})?)$/is;

const msOf = (data: EventData['Data']) => ({ ms: (data as { ms: number }).ms });

/** The micro sign is a letter of Greek in NFKC. */
const UNITS: Readonly<Record<string, number>> = { ns: 0.000_001, us: 0.001, μs: 0.001, ms: 1, s: 1_000 };

/** Milliseconds, to the microsecond, of a number with its unit, such as `34.2 ms` or `1.2s`. Go writes `1m2.5s` for more than a minute. */
const duration = (found: JsonValue | undefined, unit = ''): number => {
  const [, minutes = 0, amount = Number.NaN, of = unit] = DURATION.exec(`${scalarText(found)}`.normalize('NFKC')) ?? [];
  const milliseconds = Math.round((Number(minutes) * 60_000 + Number(amount) * UNITS[of]!) * 1_000) / 1_000;
  return milliseconds <= 3_600_000 ? milliseconds : refuse('the latency', found, '0 ms to an hour, like "34.2 ms"');
};

const DURATION = /^(?:(\d{1,2})m)?(\d{1,12}(?:\.\d{1,40})?(?:e-\d{1,3})?)(?: ?(ns|us|μs|ms|s))?$/i;
