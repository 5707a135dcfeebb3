import type { Clock } from '../../core/clock.ts';
import { type Random, seeded } from '../../core/random.ts';
import { changeStreamName } from '../../local/emulators/change-stream.ts';
import { checkpointFileOf } from '../../local/runner.ts';
import type { Services } from '../../local/services.ts';
import { ROLLUPS } from '../../local/stack.ts';
import type { FaultPlan } from '../fault-proxy.ts';
import { ChangeStream } from './change-stream.ts';
import { Edits } from './edits.ts';
import type { FaultName } from './faults.ts';
import type { SoakInput } from './input.ts';
import { LateWrites, withRollupFaults } from './rollup-faults.ts';
import type { WaitOptions } from './wait.ts';

export interface SoakRollupsOptions {
  /** Events of the soak. */
  count: number;
  seed: number;
  faults: ReadonlySet<FaultName>;
  services: Services;
  /** Called with each fault as it happens. */
  note: (name: string) => void;
  clock: Clock;
}

/** The rollups of a soak: what goes wrong with them, and when they are up to date. */
export class SoakRollups {
  readonly changes: ChangeStream;
  /** Which shards of the change stream are split. */
  readonly random: Random;
  readonly #options: SoakRollupsOptions;
  readonly #late: LateWrites;

  constructor(options: SoakRollupsOptions) {
    const { kinesis, names } = options.services;
    this.#options = options;
    this.random = seeded(options.seed * 10 + 6);
    this.#late = new LateWrites(options.clock);
    this.changes = new ChangeStream(kinesis, changeStreamName(names.eventDataTable));
  }

  /** What happens to calls of the functions besides. */
  around(plan: FaultPlan): FaultPlan {
    const { seed, faults, services, note } = this.#options;
    return withRollupFaults(plan, {
      seed: seed * 10 + 4,
      faults,
      table: services.names.rollupsTable!,
      writes: this.#late,
      note: (kind) => note(`rollups: ${kind}`),
    });
  }

  /** @param input its first events have the rows that edits copy */
  edits(input: SoakInput): Edits {
    const { count, seed, services } = this.#options;
    return new Edits(
      { client: services.dynamoDb, table: services.names.eventDataTable, models: input.firstRows(MODELS) },
      { count: Math.ceil(count / EDITS_EVERY), seed: seed * 10 + 5 },
    );
  }

  /**
   * Waits until every change is in the rollups, and no write is on its way.
   *
   * @param checkpoints the file of the function that stores events
   * @returns how many changes are not settled
   */
  async waitUntilSettled(checkpoints: string, waiting: WaitOptions): Promise<number> {
    const unsettled = await this.changes.waitUntilSettled(checkpointFileOf(checkpoints, ROLLUPS.function), waiting);
    await this.#late.landed();
    return unsettled;
  }
}

/** How many events there are for each edit. */
const EDITS_EVERY = 8;

/** Events whose rows are copied by edits. */
const MODELS = 200;
