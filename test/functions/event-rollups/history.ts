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
  const pick = <T>(values: readonly T[]): T => values[between(random, 0, values.length)]!;
  const [left, right]: Shard[] = [0, 1].map((index) => ({ id: shardId(index), records: [] }));
  const shards = [left!, right!];
  /** The open shard of each range of keys. */
  const open = [left!, right!, left!, right!];
  const model = new Map<string, Model>();
  const stored = new Map<string, EventData>();
  const ledger = new Ledger(suffix);
  let changes = 0;

  for (let write = between(random, 10, most); write > 0; write -= 1) {
    if (random() < 0.03) {
      const closed = pick(open);
      const ranges = [...open.keys()].filter((range) => open[range] === closed);
      for (const range of ranges) {
        const child: Shard = { id: shardId(shards.length), parent: closed, records: [] };
        shards.push(child);
        open[range] = child;
      }
    }
    const key = between(random, 0, 12);
    const id = String(key);
    const [before, known] = [stored.get(id), model.get(id)];
    const put = (row: { before?: EventData | undefined; after?: EventData; isExpiry?: boolean }): void => {
      open[key % open.length]!.records.push(changeRecord(row, changes));
      changes += 1;
    };
    if (random() < 0.2) {
      if (!before) continue;
      const isExpiry = random() < 0.3;
      stored.delete(id);
      model.delete(id);
      put({ before, isExpiry });
      if (known && !isExpiry) ledger.take(known);
      continue;
    }
    const next: Model = {
      at: `2026-11-${pick(['20', '21'])}T12:0${between(random, 0, 4)}:00.000Z`,
      // A row whose status is "bad" makes the rollups throw.
      status: pick(['placed', 'paid', 'paid', 'sent # 東', 'bad']),
      amount:
        random() < 0.3 ? 9n * 10n ** 37n + BigInt(between(random, 0, 9)) : BigInt(between(random, -99_999, 99_999)),
      ...(random() < 0.5 && { pieces: BigInt(between(random, 1, 9)) * 10_000n }),
    };
    const after: EventData = {
      Username: 'u',
      Id: id,
      Timestamp: next.at,
      Type: 'order',
      // A change of the note is a change of the row, but of no rollup.
      Data: {
        status: next.status,
        amount: exactNumber(textOf(next.amount)),
        ...(next.pieces !== undefined && { pieces: Number(next.pieces / 10_000n) }),
        note: between(random, 0, 3),
      },
    };
    const row = known && before && random() < 0.2 ? { ...before, Message: `corrected ${write}` } : after;
    stored.set(id, row);
    put({ before, after: row });
    if (row !== after) continue;
    model.set(id, next);
    if (known && JSON.stringify(plain(known)) === JSON.stringify(plain(next))) continue;
    if (known) ledger.take(known);
    ledger.add(next);
  }
  return { rollups: rollupsNamed(suffix), shards, rows: [...stored.values()], expected: ledger.groups };
};

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
        const figures = group.values[field] ?? { count: 0, sum: 0n };
        group.values[field] = figures;
        figures.count += sign;
        figures.sum += BigInt(sign) * value;
        if (sign < 0) continue;
        if (figures.min === undefined || value < figures.min) figures.min = value;
        if (figures.max === undefined || value > figures.max) figures.max = value;
        if (!figures.last || at >= figures.last.at) figures.last = { value, at };
      }
    }
  }
}
