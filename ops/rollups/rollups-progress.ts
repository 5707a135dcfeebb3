import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { count } from '../../cli/numbers.ts';
import { beginStep, type Counted, type Step } from '../../cli/progress.ts';
import type { Clock } from '../../core/clock.ts';
import { describeError } from '../../core/describe-error.ts';
import type { RebuildStep } from './rebuild.ts';
import type { VerifyStep } from './verify-rollups.ts';

/** How many items each table has, where that is known. */
export interface TableSizes {
  rows: number | undefined;
  rollups: number | undefined;
}

/**
 * How many items the tables have. DynamoDB counts them about every six hours, so it is an estimate, and only the progress needs it:
 * where the caller may not describe a table, its size is unknown.
 */
export const sizesOf = async (
  client: DynamoDBClient,
  { table, eventData }: { table: string; eventData: string },
): Promise<TableSizes> => {
  const [rollups, rows] = await Promise.all(
    [table, eventData].map(async (TableName) => {
      const answer = await client.send(new DescribeTableCommand({ TableName })).catch(() => undefined);
      return answer?.Table?.ItemCount || undefined;
    }),
  );
  return { rows, rollups };
};

/** Tells how far a verification or a rebuild is. */
export class RollupsProgress {
  readonly #sizes: TableSizes;
  readonly #clock: Pick<Clock, 'now'>;
  #name = 'looking at the tables';
  /** Of the name, where it counts something. */
  #step: Step | undefined;
  /** Why the last request was not answered as it should be. */
  #problem: string | undefined;

  constructor(sizes: TableSizes, clock: Pick<Clock, 'now'>) {
    this.#sizes = sizes;
    this.#clock = clock;
  }

  readonly line = (): string => {
    if (this.#step && this.#problem !== undefined)
      return `trying again after ${this.#problem}, ${count(this.#step.done, 'row')} so far`;
    return this.#step?.line() ?? this.#name;
  };

  /** Counts items of the step that is on. */
  readonly onItems = (items: number): void => {
    if (this.#step) this.#step.done += items;
  };

  readonly onVerifyStep = (step: VerifyStep): void => {
    if ('suspects' in step) this.#to(`waiting for the change stream to catch up with ${count(step.suspects, 'group')}`);
    else if (step.reads === 'rows') this.#to('reading EventData', { unit: 'row', total: this.#sizes.rows });
    else this.#to('reading the rollups', { unit: 'item', total: this.#sizes.rollups });
  };

  readonly onRebuildStep = (step: RebuildStep): void => {
    this.#problem = undefined;
    if (step === 'settling') this.#to('waiting for deletions to arrive');
    else if (step === 'correcting') this.#to('correcting the rollups');
    else if ('problem' in step) this.#problem = describeError(step.problem);
    else if ('rows' in step) {
      this.#to('writing the rows of EventData', { unit: 'row', total: this.#sizes.rows });
      this.onItems(step.rows);
    } else {
      const { written: total, counted: from } = step;
      this.#to('waiting for the change stream', { unit: 'row', total, from });
      this.#step!.done = from;
    }
  };

  /** Begins a step, unless it is the one that is on. */
  #to(name: string, counting?: Counted): void {
    if (name === this.#name) return;
    this.#name = name;
    this.#step = counting && beginStep(name, this.#clock, counting);
  }
}
