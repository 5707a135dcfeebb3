import type { Clock } from '../core/clock.ts';
import type { Rollup } from '../core/processor.ts';
import { verify } from '../core/rollups/verify.ts';
import type { RollupView } from '../core/rollups/view.ts';
import type { Pipeline } from './pipeline.ts';
import { viewOfParts } from './rollup-views.ts';
import type { RollupsResult } from './rollups-report.ts';
import type { FunctionRun } from './runner.ts';
import { ROLLUPS } from './stack.ts';
import { StallWatch } from './stall-watch.ts';

/** The rollups of one run of the pipeline: waits for them, and compares them with the rows. */
export class RunRollups {
  readonly #rollups: readonly Rollup[];
  readonly #watch: StallWatch;
  /** Changes of EventData that the function has applied. */
  changes = 0;

  /**
   * @param rollups of the processor
   * @param clock monotonic
   * @param stallMs how long no change may be applied
   */
  constructor(rollups: readonly Rollup[], clock: Clock, stallMs: number) {
    this.#rollups = rollups;
    this.#watch = new StallWatch(clock, stallMs);
  }

  /** Who hears of the function's changes. */
  functionRun(onSettled: () => void): Record<string, FunctionRun> {
    return {
      [ROLLUPS.function]: {
        onSettled: ({ length }) => {
          this.changes += length;
          this.#watch.moved();
          onSettled();
        },
      },
    };
  }

  /**
   * Waits until all changes so far are in the rollups. Where there are no rollups nothing is waited for.
   *
   * @throws where the signal is aborted, or no change was applied for too long
   */
  async drained({ caughtUp, names }: Pick<Pipeline, 'caughtUp' | 'names'>, signal: AbortSignal): Promise<void> {
    if (!names.rollupsTable) return;
    const why = await this.#watch.wait(caughtUp(ROLLUPS.function), signal);
    if (why !== undefined) throw new Error(`${why} changes of EventData are not in the rollups yet`);
  }

  /**
   * @param rows what the rows of EventData make
   * @returns nothing where the stack or its processor has no rollups
   */
  async result({ dynamoDb: client, names }: Pipeline, rows: RollupView): Promise<RollupsResult | undefined> {
    const rollups = this.#rollups;
    if (!names.rollupsTable || rollups.length === 0) return undefined;
    const view = await viewOfParts({ client, table: names.rollupsTable, rollups });
    // Nothing expires on this machine, so every window is compared.
    return { rollups, view, verification: verify(rows, view) };
  }
}
