/**
 * Keeps the readings of meters in kWh and m³, so that one Query for a meter finds its day in order. The rollups sum what was used
 * by the hour, and keep the least, the most and the last of each counter by the day, apart for each time that it began anew.
 */
import type { EventData } from '../core/event-data.ts';
import { meteredAmount, meterUnit } from '../core/extractors/metered.ts';
import { isObject, isTrue, type JsonObject, type JsonValue } from '../core/json.ts';
import { idText, keyOfId, oneWord } from '../core/key-text.ts';
import type { Processor } from '../core/processor.ts';
import { refuse } from '../core/refuse.ts';
import { anyObject } from '../core/shapes/any-object.ts';
import { fromTime } from '../core/timestamp.ts';

/** `{"meter":"el-nbo-0417","start":"2026-11-20T06:00:00+03:00","used":0.42,"counter":48213.4,"unit":"kWh"}` */
const meterMessage: typeof anyObject = {
  ...anyObject,
  name: 'a message of a meter (meter)',
  matches: (json) => 'meter' in json,
  partitionKey: ({ meter }) => idText(meter),
};

/** What was used in the interval from `start` on, and the counter at its end. The same interval in the same unit is a correction. */
const readingOf = (meter: JsonValue | undefined, message: JsonObject, one: JsonValue): EventData => {
  if (!isObject(one)) return refuse('reading', one, 'an object');
  const { start, unit: found, register: name, ...json } = { ...message, ...one };
  const { unit, factor } = meterUnit('unit', found);
  const Timestamp = fromTime('start', start);
  if (Timestamp < '2020') refuse('start', start, 'a time after 2020; the clock of the meter is wrong');
  const [used = null, counter = null] = ['used', 'counter'].map((field) => meteredAmount(field, json[field], factor));
  if (used === null && counter === null) refuse('counter', json.counter, 'a number, or what was used');
  const resets = meteredAmount('resets', json.resets, 1) ?? 0;
  const register = name === '' ? 'main' : keyOfId('register', name ?? 'main');
  const Type = isTrue(json.reset) ? 'reset' : 'reading';
  const Message = `${register}: used ${used ?? '?'} ${unit}, counter at ${counter ?? '?'} ${unit}`;
  const Data = { register, unit, used, counter, resets, estimated: isTrue(json.estimated) };
  return { Username: keyOfId('meter', meter), Id: `${Timestamp} ${register} ${unit}`, Timestamp, Type, Message, Data };
};

/** Of what was used the sum is right, of a counter the least, the most and the last are. */
const amountOf = (field: 'used' | 'counter', { Username, Data }: EventData) => {
  const { [field]: amount, register, unit, resets } = Data as JsonObject;
  const group = `${Username} ${oneWord(String(register))} ${unit}${field === 'counter' ? ` after ${resets} resets` : ''}`;
  return amount === null ? undefined : { group, values: { [field]: Number(amount) } };
};

export default {
  shapes: [meterMessage],
  process: ({ Data }) => {
    const { meter, readings, event, test, ...message } = Data as JsonObject;
    if (event === 'heartbeat' || isTrue(test)) return undefined;
    const rows = (Array.isArray(readings) ? readings : [{}]).map((one) => readingOf(meter, message, one));
    const told = new Map(rows.map(({ Id, Message }) => [Id, Message]));
    if (rows.every(({ Id, Message }) => told.get(Id) === Message)) return rows;
    return refuse('readings', readings, 'one of each start, register and unit; the others would be lost');
  },
  rollups: [
    { name: 'consumption', every: 'hour', of: (row) => amountOf('used', row) },
    { name: 'counters', every: 'day', of: (row) => amountOf('counter', row) },
  ],
} satisfies Processor;
