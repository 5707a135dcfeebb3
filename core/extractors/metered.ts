import { isPresent, type JsonValue, scalarText } from '../json.ts';
import { refuse } from '../refuse.ts';

/** What a unit is in the one that rows have. */
export interface MeterUnit {
  unit: 'kWh' | 'm³';
  factor: number;
}

/** In small letters; mWh and mJ are there by themselves, since they are not MWh and MJ. */
const MILLI = { mWh: 0.000_001, mJ: 0.000_000_001 / 3.6 };
const KWH = new Map(Object.entries({ ...MILLI, wh: 0.001, kwh: 1, mwh: 1_000, mj: 1 / 3.6, gj: 1_000 / 3.6 }));
const M3 = new Map(Object.entries({ l: 0.001, m3: 1, ft3: 0.028316846592 }));

/** The unit of energy or volume that a meter names, in capitals or not, as `m³` or in the one character `㎥`. @throws {InvalidEventError} Refused */
export const meterUnit = (field: string, found: JsonValue | undefined): MeterUnit => {
  const name = scalarText(found)?.normalize('NFKC').trim() ?? '';
  const [kWh, m3] = [KWH.get(name) ?? KWH.get(name.toLowerCase()), M3.get(name.toLowerCase())];
  if (kWh !== undefined) return { unit: 'kWh', factor: kWh };
  return m3 === undefined ? refuse(field, found, 'one such as kWh or m³') : { unit: 'm³', factor: m3 };
};

/**
 * An amount times a factor, to the millionth; `null` where the field is absent. Some meters write their numbers as text.
 *
 * @throws {InvalidEventError} Refused where it is negative or not a number
 */
export const meteredAmount = (field: string, found: JsonValue | undefined, factor: number): number | null => {
  if (!isPresent(found)) return null;
  const text = scalarText(found) ?? '';
  if (!/^\d{1,10}(?:\.\d{1,40})?(?:e-\d{1,3})?$/i.test(text)) refuse(field, found, 'a number from 0 to 9999999999');
  return Number((Number(text) * factor).toFixed(6));
};
