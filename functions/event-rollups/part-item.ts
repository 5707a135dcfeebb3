import type { Item, WireValue } from '../../aws/wire-value.ts';
import { defined } from '../../core/defined.ts';
import { NUMBER } from '../../core/limits.ts';
import { type Decimal, decimal, decimalText } from '../../core/rollups/decimal.ts';
import { type PartKey, partKey, storedKey } from '../../core/rollups/keys.ts';
import type { Figures, Part } from '../../core/rollups/part.ts';

/** The key of the table of rollups. */
export const ROLLUPS_KEY = ['Rollup', 'Part'] as const;

/** The key of a part, as attribute values. */
export const keyItem = (key: PartKey): Item => {
  const { partition, sort } = storedKey(key);
  return { Rollup: { S: partition }, Part: { S: sort } };
};

/** @param expiresAt seconds since 1970 at which DynamoDB deletes the part. Without it the part is kept */
export const partItem = (key: PartKey, { rebuilt, ...part }: Part, expiresAt?: number): Item => {
  const item: Item = { ...keyItem(key), ...totalsItem(part) };
  if (rebuilt) item.Rebuilt = { M: { Id: { S: rebuilt.id }, ...totalsItem(rebuilt) } };
  if (expiresAt !== undefined) item.ExpiresAt = { N: String(expiresAt) };
  return item;
};

/**
 * A part as the table holds it.
 *
 * @throws {TypeError} where the row is not a part
 */
export const partOf = (item: Readonly<Item>): { key: PartKey; part: Part } => {
  const { Rollup, Part, Count, Through, Rebuilt } = item;
  if (!Rollup?.S || !Part?.S || !Count?.N || !Through?.S)
    throw new TypeError(
      `a row of Rollups with the key "${Rollup?.S}" lacks Part, Count or Through; expected a part of a rollup: delete it if another program wrote it`,
    );
  const rebuilt = Rebuilt?.M && { ...totalsOf(Rebuilt.M), id: Rebuilt.M.Id?.S ?? '' };
  return {
    key: partKey({ partition: Rollup.S, sort: Part.S }),
    part: { ...totalsOf(item), ...defined({ rebuilt }) },
  };
};

/** A row of the table that is not a part begins so: what is known of a rebuild. No name of a rollup begins so. */
const OTHER = '~';

/** Whether a row of the table of rollups is a part. */
export const isPart = ({ Rollup }: Readonly<Item>): boolean => Rollup?.S?.startsWith(OTHER) === false;

/** Whether the time of a part is over. @param now milliseconds since 1970 */
export const isExpired = ({ ExpiresAt }: Readonly<Item>, now: number): boolean =>
  ExpiresAt?.N !== undefined && Number(ExpiresAt.N) * 1_000 <= now;

const totalsItem = ({ count, values, through }: Omit<Part, 'rebuilt'>): Item => {
  const item: Item = { Count: { N: String(count) }, Through: { S: through } };
  if (values.size > 0)
    item.Values = { M: Object.fromEntries([...values].map(([name, figures]) => [name, { M: figuresItem(figures) }])) };
  return item;
};

const totalsOf = ({ Count, Through, Values }: Readonly<Item>): Omit<Part, 'rebuilt'> => ({
  count: Number(Count?.N ?? 0),
  values: new Map(Object.entries(Values?.M ?? {}).map(([name, { M }]) => [name, figuresOf(M ?? {})])),
  through: Through?.S ?? '',
});

const figuresItem = ({ count, sum, min, max, last }: Figures): Item => {
  const item: Item = { Count: { N: String(count) }, Sum: number(sum) };
  if (min) item.Min = number(min);
  if (max) item.Max = number(max);
  if (last) {
    item.Last = number(last.value);
    item.LastAt = { S: last.at };
    item.LastSequence = { S: last.sequence };
  }
  return item;
};

const figuresOf = ({ Count, Sum, Min, Max, Last, LastAt, LastSequence }: Item): Figures => ({
  count: Number(Count?.N ?? 0),
  sum: read(Sum) ?? decimal(0),
  ...defined({ min: read(Min), max: read(Max), last: lastOf(read(Last), LastAt, LastSequence) }),
});

const lastOf = (value: Decimal | undefined, at?: WireValue, sequence?: WireValue): Figures['last'] =>
  value && { value, at: at?.S ?? '', sequence: sequence?.S ?? '' };

/** A number where DynamoDB holds all of its digits, text otherwise: no sum is rounded, however many digits it needs. */
const number = (value: Decimal): WireValue => {
  const text = decimalText(value);
  return text.replace(/[-.]/g, '').length <= NUMBER.digits ? { N: text } : { S: text };
};

const read = (value: WireValue | undefined): Decimal | undefined => {
  const text = value?.N ?? value?.S;
  return text === undefined ? undefined : decimal(text);
};
