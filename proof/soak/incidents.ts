import { SplitShardCommand } from '@aws-sdk/client-kinesis';
import type { Services } from '../../local/services.ts';
import type { Edits } from './edits.ts';
import type { FaultName } from './faults.ts';
import type { SoakRunner } from './runner.ts';
import type { SoakRollups } from './soak-rollups.ts';

export interface IncidentOptions {
  /** Events of the soak. */
  count: number;
  faults: ReadonlySet<FaultName>;
  services: Services;
  runner: SoakRunner;
  /** Absent where there are no rollups. */
  rollups: SoakRollups | undefined;
  edits: Edits | undefined;
  /** Shows a sentence about what happens. */
  say: (line: string) => void;
}

/** What happens while events go through: shards are split, the runner ends, and rows are edited. */
export class Incidents {
  /** By how many events were sent, and by how many were settled. */
  readonly #afterSent: Incident[] = [];
  readonly #afterSettled: Incident[] = [];
  /** One after the other: a stream is not split again while it is. */
  #happening: Promise<unknown> = Promise.resolve();
  readonly #edits: Edits | undefined;
  readonly #count: number;

  constructor({ count, faults, services: { kinesis, names }, runner, rollups, edits, say }: IncidentOptions) {
    this.#count = count;
    const split = async (): Promise<void> => {
      say('A shard is split.');
      const middle = String(2n ** 126n);
      const [StreamName, ShardToSplit] = [names.stream, 'shardId-000000000000'];
      await kinesis.send(new SplitShardCommand({ StreamName, ShardToSplit, NewStartingHashKey: middle }));
    };
    const kill = async (): Promise<void> => {
      say('The runner is killed, and started again.');
      await runner.kill();
      await runner.start();
    };
    const splitChanges = async (): Promise<void> => {
      say('A shard of the change stream is split.');
      await rollups?.changes.split(rollups.random);
    };
    if (faults.has('split')) this.#afterSent.push({ after: count * 0.3, happen: split });
    if (faults.has('kill')) this.#afterSent.push({ after: count * 0.5, happen: kill });
    if (rollups && faults.has('rollup-split'))
      for (const share of [0.2, 0.6]) this.#afterSettled.push({ after: count * share, happen: splitChanges });
    this.#edits = faults.has('rollup-edit') ? edits : undefined;
  }

  /** Starts what is due. @param sent how many events Kinesis took */
  sent(sent: number): void {
    this.#start(this.#afterSent, sent);
  }

  /** Starts what is due. @param settled how many events need no delivery any more */
  settled(settled: number): void {
    this.#start(this.#afterSettled, settled);
    this.#edits?.progress(settled / this.#count);
  }

  /** Resolves when everything that was started is over. */
  async over(): Promise<void> {
    await this.#happening;
  }

  /** Starts what is left, and waits for all of it. @returns how many edits there were */
  async finish(): Promise<number> {
    for (const waiting of [this.#afterSent, this.#afterSettled]) this.#start(waiting, this.#count);
    await this.over();
    return (await this.#edits?.finish()) ?? 0;
  }

  #start(waiting: Incident[], done: number): void {
    while (waiting[0] && done >= waiting[0].after) {
      const { happen } = waiting.shift()!;
      this.#happening = this.#happening.then(happen);
      // Whoever waits for the end hears of a failure.
      this.#happening.catch(() => {});
    }
  }
}

interface Incident {
  after: number;
  happen: () => Promise<unknown>;
}
