import type { DynamoDBRecord } from 'aws-lambda';
import type { EventData } from '../../../core/event-data.ts';
import { exactNumber } from '../../../core/exact-number.ts';
import { fieldOf } from '../../../core/json.ts';
import type { Rollup, Window } from '../../../core/processor.ts';
import { between, type Random } from '../../../core/random.ts';
import { changeRecord, shardId } from '../../support/change-event.ts';

/** A shard of a change stream. It is read after its parent was read to its end. */
export interface Shard {
  id: string;
  parent?: Shard;
  records: DynamoDBRecord[];
}

/** What a group in a window must be, in plain text, so that it can be compared whatever made it. */
export type Expected = Map<string, { count: number; values: Record<string, ExpectedFigures> }>;

interface ExpectedFigures {
  count: number;
  /** In ten-thousandths. */
  sum: bigint;
  min?: bigint;
  max?: bigint;
  last?: { value: bigint; at: string };
}

/** Random writes to a table: what its change stream holds, which rows it has in the end, and what its rollups must say then. */
export interface History {
  rollups: readonly Rollup[];
  shards: readonly Shard[];
  rows: readonly EventData[];
  expected: Expected;
}

/** The row as the oracle knows it: no code of the project looks at it. */
interface Model {
  at: string;
  status: string;
  /** In ten-thousandths. */
  amount: bigint;
  pieces?: bigint;
}

const KINDS: readonly [name: string, every: Window, version: number, windowOf: (at: string) => string][] = [
  ['minutes', 'minute', 1, (at) => at.replace(/:\d\d\.\d{3}Z$/, 'Z')],
  ['days', 'day', 3, (at) => at.split('T')[0]!],
  ['all', 'ever', 1, () => 'ever'],
];

/**
 * @param suffix of the names of its rollups, so that several histories may share one table of rollups
 * @param most writes to the table
 */
export const makeHistory = (random: Random, suffix: string, most: number): History => {
  const table = new RandomTable(random, new Ledger(suffix));
  for (let write = between(random, 10, most); write > 0; write -= 1) table.write(`corrected ${write}`);
  const { shards, rows, ledger } = table;
  return { rollups: rollupsNamed(suffix), shards, rows: [...rows.values()], expected: ledger.groups };
};

/** A table of few rows, each of whose writes is a change in one of the shards that are open. */
class RandomTable {
  readonly rows = new Map<string, EventData>();
  readonly ledger: Ledger;
  readonly shards: Shard[] = [0, 1].map((index) => ({ id: shardId(index), records: [] }));
  /** The open shard of each range of keys. */
  readonly #open = [...this.shards, ...this.shards];
  readonly #known = new Map<string, Model>();
  readonly #random: Random;
  #changes = 0;

  constructor(random: Random, ledger: Ledger) {
    this.#random = random;
    this.ledger = ledger;
  }

  /** Writes, replaces, corrects or deletes a random row. @param message of a row that is only corrected */
  write(message: string): void {
    if (this.#random() < 0.03) this.#reshard();
    const key = between(this.#random, 0, 12);
    if (this.#random() < 0.2) this.#delete(key);
    else this.#put(key, message);
  }

  #pick<T>(values: readonly T[]): T {
    return values[between(this.#random, 0, values.length)]!;
  }

  /** A shard ends, and each of its ranges goes on in one of its own. */
  #reshard(): void {
    const closed = this.#pick(this.#open);
    for (const [range, shard] of this.#open.entries()) {
      if (shard !== closed) continue;
      const child: Shard = { id: shardId(this.shards.length), parent: closed, records: [] };
      this.shards.push(child);
      this.#open[range] = child;
    }
  }

  #change(key: number, row: Parameters<typeof changeRecord>[0]): void {
    this.#open[key % this.#open.length]!.records.push(changeRecord(row, this.#changes));
    this.#changes += 1;
  }

  #delete(key: number): void {
    const id = String(key);
    const [before, known] = [this.rows.get(id), this.#known.get(id)];
    if (!before) return;
    const isExpiry = this.#random() < 0.3;
    this.rows.delete(id);
    this.#known.delete(id);
    this.#change(key, { before, isExpiry });
    if (known && !isExpiry) this.ledger.take(known);
  }

  #put(key: number, message: string): void {
    const id = String(key);
    const [before, known] = [this.rows.get(id), this.#known.get(id)];
    const next = this.#model();
    // A change of the note is a change of the row, but of no rollup.
    const after = rowOf(id, next, between(this.#random, 0, 3));
    const isCorrected = known && before && this.#random() < 0.2;
    const row = isCorrected ? { ...before, Message: message } : after;
    this.rows.set(id, row);
    this.#change(key, { before, after: row });
    if (isCorrected) return;
    this.#known.set(id, next);
    if (known && JSON.stringify(plain(known)) === JSON.stringify(plain(next))) return;
    if (known) this.ledger.take(known);
    this.ledger.add(next);
  }

  #model(): Model {
    const random = this.#random;
    return {
      at: `2026-11-${this.#pick(['20', '21'])}T12:0${between(random, 0, 4)}:00.000Z`,
      // A row whose status is "bad" makes the rollups throw.
      status: this.#pick(['placed', 'paid', 'paid', 'sent # 東', 'bad']),
      amount:
        random() < 0.3 ? 9n * 10n ** 37n + BigInt(between(random, 0, 9)) : BigInt(between(random, -99_999, 99_999)),
      ...(random() < 0.5 && { pieces: BigInt(between(random, 1, 9)) * 10_000n }),
    };
  }
}

const rowOf = (id: string, { at, status, amount, pieces }: Model, note: number): EventData => ({
  Username: 'u',
  Id: id,
  Timestamp: at,
  Type: 'order',
  Data: {
    status,
    amount: exactNumber(textOf(amount)),
    ...(pieces !== undefined && { pieces: Number(pieces / 10_000n) }),
    note,
  },
});

const plain = ({ amount, pieces, ...rest }: Model): object => ({ ...rest, amount: `${amount}`, pieces: `${pieces}` });

const textOf = (tenThousandths: bigint): string => {
  const digits = String(tenThousandths < 0n ? -tenThousandths : tenThousandths).padStart(5, '0');
  return `${tenThousandths < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`;
};

const rollupsNamed = (suffix: string): Rollup[] =>
  KINDS.map(([name, every, version]) => ({
    name: name + suffix,
    every,
    version,
    of: ({ Data }) => {
      const data = Data as never;
      const status = fieldOf(data, 'status') as string;
      if (status === 'bad') throw new TypeError('a status that nobody expected');
      const pieces = fieldOf(data, 'pieces') as number | undefined;
      const values = { amount: fieldOf(data, 'amount') as number, ...(pieces !== undefined && { pieces }) };
      return { group: name === 'all' ? 'everything' : status, values };
    },
  }));

/** Keeps books of what the rollups must say: sums by adding and taking out, extremes over all that ever was. */
class Ledger {
  readonly groups: Expected = new Map();
  readonly #suffix: string;

  constructor(suffix: string) {
    this.#suffix = suffix;
  }

  add(row: Model): void {
    this.#book(row, 1);
  }

  take(row: Model): void {
    this.#book(row, -1);
  }

  #book({ at, status, amount, pieces }: Model, sign: 1 | -1): void {
    if (status === 'bad') return;
    for (const [name, , version, windowOf] of KINDS) {
      const key = [`${name}${this.#suffix}.${version}`, windowOf(at), name === 'all' ? 'everything' : status].join(
        ' | ',
      );
      const group = this.groups.get(key) ?? { count: 0, values: {} };
      this.groups.set(key, group);
      group.count += sign;
      for (const [field, value] of Object.entries({ amount, pieces })) {
        if (value === undefined) continue;
        group.values[field] ??= { count: 0, sum: 0n };
        bookValue(group.values[field], value, at, sign);
      }
    }
  }
}

const bookValue = (figures: ExpectedFigures, value: bigint, at: string, sign: 1 | -1): void => {
  figures.count += sign;
  figures.sum += BigInt(sign) * value;
  if (sign < 0) return;
  if (figures.min === undefined || value < figures.min) figures.min = value;
  if (figures.max === undefined || value > figures.max) figures.max = value;
  if (!figures.last || at >= figures.last.at) figures.last = { value, at };
};
