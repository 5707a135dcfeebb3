/**
 * Keeps the readings of meters in kWh and m³, so that one Query for a meter finds its day in order. The rollups sum what was used
 * by the hour, and keep the least, the most and the last of each counter by the day, apart for each time that it began anew.
 */
import type { EventData } from '../core/event-data.ts';
import { meteredAmount, meterUnit } from '../core/extractors/metered.ts';
import { isObject, type JsonObject, type JsonValue } from '../core/json.ts';
import { idText, keyOfId } from '../core/key-text.ts';
import type { Processor } from '../core/processor.ts';
import { refuse } from '../core/refuse.ts';
import type { Shape } from '../core/shapes/shape.ts';
import { fromRfc3339 } from '../core/timestamp.ts';

/** `{"meter":"el-nbo-0417","start":"2026-11-20T06:00:00+03:00","used":0.42,"counter":48213.4,"unit":"kWh"}` */
const meterMessage: Shape = {
  name: 'a message of a meter (meter)',
  matches: (json) => 'meter' in json,
  partitionKey: ({ meter }) => idText(meter),
  toRow: (json, { arrivedAt, hash }) => {
    return { Username: keyOfId('meter', json.meter), Id: hash(), Timestamp: arrivedAt, Type: 'message', Data: json };
  },
};

/** What was used in the interval from `start` on, and the counter at its end. The same interval in the same unit is a correction. */
const readingOf = (Username: string, message: JsonObject, one: JsonValue): EventData => {
  if (!isObject(one)) return refuse('reading', one, 'an object');
  const { start, unit: found, register: name, ...json } = { ...message, ...one };
  const { unit, factor } = meterUnit('unit', found);
  const Timestamp = fromRfc3339('start', start);
  if (Timestamp < '2020') refuse('start', start, 'a time after 2020; the clock of the meter is wrong');
  const used = meteredAmount('used', json.used, factor);
  const counter = meteredAmount('counter', json.counter, factor);
  if (used === null && counter === null) refuse('counter', json.counter, 'a number, or what was used');
  const resets = meteredAmount('resets', json.resets, 1) ?? 0;
  const [register, Type] = [idText(name) ?? 'main', json.reset === true ? 'reset' : 'reading'];
  const Message = `${register}: used ${used ?? '?'} ${unit}, counter at ${counter ?? '?'} ${unit}`;
  const Data = { register, unit, used, counter, resets, estimated: json.estimated === true };
  return { Username, Id: `${Timestamp} ${register} ${unit}`, Timestamp, Type, Message, Data };
};

/** Of what was used the sum is right, of a counter the least, the most and the last are. */
const amountOf = (field: 'used' | 'counter', { Username, Data }: EventData) => {
  const { [field]: amount, register, unit, resets } = Data as JsonObject;
  const group = `${Username} ${register} ${unit}${field === 'counter' ? ` after ${resets} resets` : ''}`;
  return amount === null ? undefined : { group, values: { [field]: Number(amount) } };
};

export default {
  shapes: [meterMessage],
  process: ({ Username, Data }) => {
    const { readings, event, test, ...message } = Data as JsonObject;
    if (event === 'heartbeat' || test === true) return undefined;
    // A meter that was offline sends what it kept in one message.
    return (Array.isArray(readings) ? readings : [{}]).map((one) => readingOf(Username, message, one));
  },
  rollups: [
    { name: 'consumption', every: 'hour', of: (row) => amountOf('used', row) },
    { name: 'counters', every: 'day', of: (row) => amountOf('counter', row) },
  ],
} satisfies Processor;
