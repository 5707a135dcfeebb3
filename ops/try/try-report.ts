import { count, number } from '../../cli/numbers.ts';
import { textTable } from '../../cli/text-table.ts';
import { keyHint } from '../../client/next-steps.ts';
import type { FieldNames } from '../../client/sources/file/fields.ts';
import { type EventData, keyOf } from '../../core/event-data.ts';
import { writeExactJson } from '../../core/exact-json.ts';
import { printable } from '../../core/printable.ts';
import type { SourceEvent } from '../../core/source-event.ts';
import type { ExpectedEvent } from '../../local/expected.ts';
import { type ProcessorListener, whereThrown } from './telling-processor.ts';

/** Columns of a terminal are 80. */
const COLUMNS = [5, 8, 14, 22, 23].map((columns) => ({ name: '', columns, isFixed: true }));

/** How many errors of a processor are told. */
const ERRORS = 3;

/** Counts what becomes of events, and hears of what the processor does wrong. */
export class TryReport implements ProcessorListener {
  #lines = 0;
  #keyless = 0;
  #events = 0;
  #rows = 0;
  #dropped = 0;
  /** Rows with the time at which their event came. */
  #timeless = 0;
  #unsteady = 0;
  #firstUnsteady: number | undefined;
  #hasChanged = false;
  readonly #arrivedAt: string;
  readonly #keys = new Set<string>();
  readonly #reasons = new Map<string, number>();
  readonly #thrown = new Set<string>();
  readonly #misfits = new Set<string>();

  /** @param arrivedAt when all of the events came. ISO 8601 in UTC */
  constructor(arrivedAt: string) {
    this.#arrivedAt = arrivedAt;
  }

  // Each is told once.
  readonly threw: ProcessorListener['threw'] = (error) => {
    if (this.#thrown.size < ERRORS) this.#thrown.add(whereThrown(error));
  };
  readonly misfit: ProcessorListener['misfit'] = (place) => {
    if (this.#misfits.size < ERRORS) this.#misfits.add(place);
  };
  readonly changed: ProcessorListener['changed'] = () => {
    this.#hasChanged = true;
  };

  /** Another line of the file was read. */
  line({ isKeyless }: SourceEvent): void {
    this.#lines += 1;
    if (isKeyless) this.#keyless += 1;
  }

  /** What becomes of an event. @param line of the file, from 1 */
  add(line: number, { fate, isSteady }: ExpectedEvent): void {
    this.#events += 1;
    if (!isSteady) {
      this.#unsteady += 1;
      this.#firstUnsteady ??= line;
    }
    if ('reason' in fate) {
      this.#reasons.set(fate.reason, (this.#reasons.get(fate.reason) ?? 0) + 1);
      return;
    }
    if (fate.rows.length === 0) this.#dropped += 1;
    this.#rows += fate.rows.length;
    for (const row of fate.rows) {
      this.#keys.add(keyOf(row));
      if (row.Timestamp === this.#arrivedAt) this.#timeless += 1;
    }
  }

  /** @param name of the processor @param from what the events were read from @param fields those that are given */
  summary(name: string, from: string, { key, time }: Pick<FieldNames, 'key' | 'time'> = {}): string[] {
    const rejected = [...this.#reasons.values()].reduce((sum, events) => sum + events, 0);
    const reasons = [...this.#reasons].sort().map(([reason, events]) => `${number(events)} ${reason}`);
    const withRows = this.#events - this.#dropped - rejected;
    const table: [name: string, value: number, remark: string][] = [
      ['events', this.#events, `in ${count(this.#lines, 'line')} of ${from}`],
      ['rows', this.#rows, `of ${count(withRows, 'event')}, under ${count(this.#keys.size, 'key')}`],
      ['dropped', this.#dropped, ''],
      ['rejected', rejected, reasons.join(', ')],
    ];
    const cells = table.map(([what, value, remark]) => [what, number(value), remark]);
    return [
      `What the processor ${name} makes of them:`,
      ...textTable([{ name: '' }, { name: '', isRight: true }, { name: '' }], cells).map((line) => `  ${line}`),
      ...[keyHint(this.#keyless, key), timeHint(this.#timeless, time)].filter((hint) => hint !== undefined),
      ...[...this.#thrown].map((thrown) => `The processor ${name} threw ${printable(thrown)}`),
      ...[...this.#misfits].map(
        (place) => `The processor ${name} made a row that cannot be stored with its ${printable(place)}`,
      ),
      ...this.#habits().map((habit) => `The processor ${name} ${habit}`),
    ];
  }

  /** What the processor does that no processor should, or hardly any. */
  #habits(): string[] {
    const habits: string[] = [];
    if (this.#events > 0 && this.#dropped === this.#events)
      habits.push('dropped every event, as one does whose process returns nothing.');
    if (this.#hasChanged)
      habits.push('changed the row that it took. Expected a new row, as { ...row, Type: "new" } is.');
    if (this.#unsteady > 0)
      habits.push(
        `gives different rows for the same event: it did for ${count(this.#unsteady, 'event')}, first in line ${this.#firstUnsteady}. Expected rows that depend on the event only.`,
      );
    return habits;
  }
}

/**
 * Without it nobody sees that a time without its offset, as many languages write it, is taken for none.
 *
 * @param timeless how many rows @param field of the time, where it is given
 */
const timeHint = (timeless: number, field: string | undefined): string | undefined => {
  if (timeless === 0) return undefined;
  const how = field === undefined ? ', and --time FIELD takes it from a field of plain JSON' : '';
  return `${count(timeless, 'row')} got the time of arrival; a time needs its offset, as in 2026-11-20T06:00:00Z${how}.`;
};

/** One event for a person, in at most 80 columns: a line for each row, or one. @param line of the file, from 1 */
export const toLines = (line: number, { index, fate }: ExpectedEvent): string[] => {
  const place = index === undefined ? String(line) : `${line}.${index + 1}`;
  // The only cell that may be wide: it is what a person looks for.
  if ('reason' in fate) return [`${laidOut([place, 'rejected'])}  ${fate.reason}: ${printable(fate.detail)}`];
  if (fate.rows.length === 0) return [laidOut([place, 'dropped'])];
  return fate.rows.map((row, at) => laidOut([at === 0 ? place : '', 'row', ...cellsOf(row)]));
};

const cellsOf = ({ Username, Id, Type, Message, Data }: EventData): string[] => [
  Type,
  `${Username} ${Id}`,
  Message ?? (Data === undefined ? '' : writeExactJson(Data)),
];

/** Lines are printed as they come, so each column is as wide as it may be. */
const laidOut = (cells: readonly string[]): string => textTable(COLUMNS, [cells])[0] ?? '';

/** One event for a machine. */
export const toJson = (line: number, { index, fate, isSteady }: ExpectedEvent): string =>
  writeExactJson({
    line,
    event: index,
    outcome: 'reason' in fate ? 'rejected' : fate.rows.length === 0 ? 'dropped' : 'rows',
    ...fate,
    isSteady: isSteady ? undefined : false,
  });
