/**
 * Keeps the readings of meters in kWh and m³, so that one Query for a meter finds its day in order. The rollups sum what was used
 * by the hour, and keep the least, the most and the last of each counter by the day, apart for each time that it began anew.
 */
import type { EventData } from '../core/event-data.ts';
import { InvalidEventError } from '../core/invalid-event.ts';
import { isObject, isPresent, isText, type JsonObject, type JsonValue, kindOf } from '../core/json.ts';
import { keyText } from '../core/key-text.ts';
import type { Processor, Rollup } from '../core/processor.ts';
import type { Shape } from '../core/shapes/shape.ts';
import { fromRfc3339 } from '../core/timestamp.ts';

/** `{"meter":"el-nbo-0417","start":"2026-11-20T06:00:00+03:00","used":0.42,"counter":48213.4,"unit":"kWh"}` */
const meterMessage: Shape = {
  name: 'a message of a meter (meter)',
  matches: (json) => 'meter' in json,
  partitionKey: ({ meter }) => (isText(meter) ? meter : undefined),
  toRow: (json, { arrivedAt, hash }) => {
    const Username = keyText('meter', json.meter);
    return { Username, Id: hash(), Timestamp: arrivedAt, Type: `${json.event}`, Data: json };
  },
};

/** What was used in the interval that begins at `start`, and the counter at its end. The same interval again is a correction. */
const readingOf = (Username: string, { start, unit: found, register: name, ...json }: JsonObject): EventData => {
  const given = `${found}`.trim().toLowerCase();
  const factor = KWH.get(given) ?? M3.get(given) ?? refuse('unit', found, 'one such as kWh or m³');
  const unit = KWH.has(given) ? 'kWh' : 'm³';
  const Timestamp = fromRfc3339('start', start);
  if (Timestamp < '2020') refuse('start', start, 'a time after 2020; the clock of the meter is wrong');
  const used = amountIn('used', json.used, factor);
  const counter = amountIn('counter', json.counter, factor);
  if (used === null && counter === null) refuse('counter', json.counter, 'a number, or what was used');
  const resets = amountIn('resets', json.resets, 1) ?? 0;
  const register = isText(name) ? name : 'main';
  const Message = `${register}: used ${used ?? '?'} ${unit}, counter at ${counter ?? '?'} ${unit}`;
  const Data = { register, unit, used, counter, resets, estimated: json.estimated === true };
  const Type = json.reset === true ? 'reset' : 'reading';
  return { Username, Id: `${Timestamp} ${register}`, Timestamp, Type, Message, Data };
};

const KWH = new Map(Object.entries({ wh: 0.001, kwh: 1, mwh: 1_000, mj: 1 / 3.6, gj: 1_000 / 3.6 }));
const M3 = new Map(Object.entries({ l: 0.001, m3: 1, 'm³': 1, ft3: 0.028316846592 }));

/** To the millionth. Some meters write their numbers as text. */
const amountIn = (field: string, found: JsonValue | undefined, factor: number): number | null => {
  if (!isPresent(found)) return null;
  if (!/^\d{1,10}(?:\.\d{1,20})?$/.test(`${found}`)) refuse(field, found, 'a number from 0 to 9999999999');
  return Number((Number(found) * factor).toFixed(6));
};

const refuse = (field: string, found: unknown, expected: string): never => {
  throw new InvalidEventError('Refused', `${field} is ${kindOf(found)}; expected ${expected}`);
};

/** Of what was used the sum is right, of a counter the least, the most and the last are. */
const amountOf = (field: 'used' | 'counter'): Rollup['of'] => {
  return ({ Username, Data }) => {
    const { [field]: amount, register, unit, resets } = Data as JsonObject;
    const group = `${Username} ${register} ${unit}${field === 'counter' ? ` after ${resets} resets` : ''}`;
    return amount === null ? undefined : { group, values: { [field]: Number(amount) } };
  };
};

export default {
  shapes: [meterMessage],
  process: ({ Username, Type, Data }) => {
    const { readings, test, ...message } = Data as JsonObject;
    if (Type === 'heartbeat' || test === true) return undefined;
    // A meter that was offline sends what it kept in one message.
    const all = Array.isArray(readings) ? readings : [message];
    return all.map((one) =>
      readingOf(Username, { ...message, ...(isObject(one) ? one : refuse('reading', one, 'an object')) }),
    );
  },
  rollups: [
    { name: 'consumption', every: 'hour', of: amountOf('used') },
    { name: 'counters', every: 'day', of: amountOf('counter') },
  ],
} satisfies Processor;
