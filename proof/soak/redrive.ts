import { mkdir } from 'node:fs/promises';
import type { Clock } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import type { Endpoints } from '../../local/emulators/ports.ts';
import type { StackNames } from '../../local/stack.ts';
import type { FaultPlan } from '../fault-proxy.ts';
import { SoakProcess } from './soak-process.ts';

export interface SoakRedriveOptions {
  names: StackNames;
  /** A folder. */
  failedBatches: string;
  /** The folder that it runs in. */
  folder: string;
  patienceMs: number;
  random: Random;
  onKill: () => void;
  clock: Clock;
  signal: AbortSignal;
}

/** How long redrive still runs after its first events were taken, in each run that is killed: at least, and at most. Milliseconds. */
const LIVES_MS = [
  [100, 200],
  [0, 40],
] as const;

/** `npm run redrive`, killed while it puts back what was set aside, and started again. */
export class SoakRedrive {
  readonly #options: SoakRedriveOptions;
  #process: SoakProcess | undefined;
  #isFirst = true;
  #onTaken = (): void => {};

  constructor(options: SoakRedriveOptions) {
    this.#options = options;
  }

  /** In its first run half of the events of each request are refused, so that what is removed too early is lost with the kill. */
  around(plan: FaultPlan): FaultPlan {
    return (call, index) => {
      const fault = plan(call, index);
      const { operation, entries } = call;
      if (fault || !this.#isFirst || operation !== 'PutRecords') return fault;
      const half = Math.ceil(entries.length / 2);
      return { kind: 'partial', indices: Array.from({ length: entries.length - half }, (_, at) => half + at) };
    };
  }

  /** Kinesis took events. */
  taken(): void {
    this.#onTaken();
  }

  /** Puts everything back, however often it is killed. @returns why it could not */
  async putBack(endpoints: Endpoints): Promise<string | undefined> {
    const { failedBatches, names, patienceMs, folder, random, onKill, clock, signal } = this.#options;
    // Where nothing was set aside there is none yet.
    await mkdir(failedBatches, { recursive: true });
    const args = [
      ...['--stream', names.stream, '--region', names.region, '--endpoint', endpoints.kinesis],
      ...['--rejected-events', names.rejectedEventsTable, '--dynamodb-endpoint', endpoints.dynamoDb],
      ...['--failed-batches', failedBatches, '--patience', String(patienceMs / 1_000)],
    ];
    const run = (): SoakProcess => new SoakProcess(SCRIPT, args, folder);
    for (const [least, most] of LIVES_MS) {
      const child = run();
      this.#process = child;
      const taken = new Promise<void>((resolve) => {
        this.#onTaken = resolve;
      });
      const hasTaken = await Promise.race([taken.then(() => true), child.ended.then(() => false)]);
      if (hasTaken) {
        await clock.sleep(least + random() * (most - least), signal);
        await child.kill();
      }
      if ((await child.ended).code === undefined) onKill();
      this.#isFirst = false;
    }
    this.#process = run();
    const { code, stderr } = await this.#process.ended;
    return code === 0 ? undefined : `redrive ended with ${code}: ${stderr}`;
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }
}

const SCRIPT = new URL('../../ops/redrive/redrive.ts', import.meta.url);
