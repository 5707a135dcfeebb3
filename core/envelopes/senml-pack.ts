import { defined } from '../defined.ts';
import type { EventBytes } from '../event-bytes.ts';
import { exactNumber } from '../exact-number.ts';
import { isNumber, isText, type JsonObject, type JsonValue, scalarText } from '../json.ts';
import { KEY_BYTES } from '../limits.ts';
import { isPartitionKey } from '../partition-key.ts';
import { add, decimal, decimalText } from '../rollups/decimal.ts';
import { writtenEvents } from './written-events.ts';

/**
 * The records of a pack of SenML, in which a device says once what holds for all that it measured: each with its whole name, unit and time,
 * as an event of that name. `undefined` for any other array.
 * https://www.rfc-editor.org/rfc/rfc8428#section-4
 *
 * @throws {InvalidEventError} NumberOutOfRange, and as {@link writtenEvents}
 */
export const senmlRecords = (elements: readonly EventBytes[]): EventBytes[] | undefined => {
  const first = elements[0]?.object;
  if (!isText(first?.bn ?? first?.n)) return undefined;
  const records = elements.map(({ object }) => object);
  if (!records.every(isRecord) || !records.some((record) => VALUES.some((label) => label in record))) return undefined;
  const exact = elements.map(({ exactJson }) => exactJson as JsonObject);
  const groups = resolved(exact).map((record) => ({
    parts: [record],
    write: (whole: JsonObject) => whole,
    own: isPartitionKey(record.n) && !PATH_OF_LWM2M.test(record.n) ? { partitionKey: record.n } : undefined,
  }));
  return writtenEvents(groups, { isExact: true });
};

/** Object, instance and resource, as in `/3303/0/5700`: all devices have the same ones, so it is the record's key that says which one it is. */
const PATH_OF_LWM2M = /^\/?\d+\/\d+\/\d+/;

/** The last is LwM2M's own, a link to an object. */
const VALUES = ['v', 'vs', 'vb', 'vd', 's', 'vlo'];
const LABELS = new Set(['bn', 'bt', 'bu', 'bv', 'bs', 'bver', 'n', 'u', 't', 'ut', ...VALUES]);

const isRecord = (record: JsonObject | undefined): record is JsonObject =>
  record !== undefined &&
  Object.keys(record).every((label) => LABELS.has(label)) &&
  // Each record gets a copy, and one that is longer is no key.
  !(isText(record.bn) && record.bn.length > KEY_BYTES.partition);

const resolved = (records: readonly JsonObject[]): JsonObject[] => {
  let base: JsonObject = {};
  return records.flatMap(({ bn, bt, bu, bv, bs, bver, ...record }): JsonObject[] => {
    // A base value holds until the next of its name.
    base = { ...base, ...defined({ bn, bt, bu, bv, bs }) };
    if (Object.keys(record).length === 0) return [];
    const { n, u = base.bu, v, s, t, ...others }: JsonObject = record;
    const time = sum(base.bt, t);
    const whole = defined({
      n: [base.bn, n].filter(isText).join(''),
      // What is below counts from now, and nobody knows when that was.
      ...(Number(scalarText(time)) < 2 ** 28 ? { t: time } : { time }),
      u,
      v: v === undefined ? v : sum(base.bv, v),
      s: s === undefined ? s : sum(base.bs, s),
      ...others,
    });
    return [whole];
  });
};

const sum = (base: JsonValue | undefined, own: JsonValue | undefined): JsonValue | undefined =>
  isNumber(base) && isNumber(own) ? exactNumber(decimalText(add(decimal(base), decimal(own)))) : (own ?? base);
