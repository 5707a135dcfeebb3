import { readFile } from 'node:fs/promises';
import type { Clock } from '../../core/clock.ts';
import type { FaultPlan } from '../fault-proxy.ts';
import type { ClientSettings } from './client-process.ts';
import { SoakProcess } from './soak-process.ts';

/** How many of the events were sent when the client is killed, from 0 to 1. */
const KILLED_AT = [0.2, 0.6];

/** How long a kill waits for the next checkpoint, so that the client has one to go on from. Milliseconds. */
const CHECKPOINT_WAIT_MS = 2_000;

export interface SoakClientOptions {
  settings: Omit<ClientSettings, 'endpoint'>;
  /** The folder that it runs in. */
  folder: string;
  /** Numbers of events that were sent; it is killed at each of them. */
  kills: readonly number[];
  onKill: () => Promise<void>;
  clock: Clock;
  signal: AbortSignal;
}

/** The numbers of sent events at which the client of a soak is killed. */
export const killsOf = (events: number): number[] => KILLED_AT.map((share) => Math.floor(events * share));

/** The client of a soak: killed in the middle, and started again with the same checkpoint and spool. */
export class SoakClient {
  readonly #options: SoakClientOptions;
  readonly #kills: number[];
  #process: SoakProcess | undefined;
  #isDying = false;
  /** The checkpoint with which the process began. */
  #resumed = '';

  constructor(options: SoakClientOptions) {
    this.#options = options;
    this.#kills = [...options.kills];
  }

  /** While a kill is due, calls take effect and have no answer: the client is killed in the worst moment. */
  around(plan: FaultPlan): FaultPlan {
    return (call, index) => {
      const fault = plan(call, index);
      return this.#isDying ? { kind: 'hang', when: 'after' } : fault;
    };
  }

  /** @param events how many Kinesis took so far */
  sent(events: number): void {
    if (this.#isDying || this.#kills[0] === undefined || events < this.#kills[0]) return;
    this.#kills.shift();
    this.#isDying = true;
    void this.#dieAtNextCheckpoint();
  }

  /** Sends everything, however often it is killed. @returns why it gave up @throws when the soak is interrupted */
  async deliver(endpoint: string): Promise<string | undefined> {
    const { settings, folder, signal } = this.#options;
    const kill = (): unknown => this.#process?.kill();
    signal.addEventListener('abort', kill);
    try {
      for (;;) {
        signal.throwIfAborted();
        this.#resumed = await this.#checkpoint();
        const told: ClientSettings = { ...settings, endpoint };
        this.#process = new SoakProcess(SCRIPT, [JSON.stringify(told)], folder);
        const { code, stderr } = await this.#process.ended;
        signal.throwIfAborted();
        const wasDying = this.#isDying;
        this.#isDying = false;
        if (code === 0) return undefined;
        if (!wasDying) return stderr || `exit code ${code}`;
        await this.#options.onKill();
      }
    } finally {
      signal.removeEventListener('abort', kill);
    }
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  async #dieAtNextCheckpoint(): Promise<void> {
    const { clock, signal } = this.#options;
    const child = this.#process;
    const until = clock.now() + CHECKPOINT_WAIT_MS;
    while ((await this.#checkpoint()) === this.#resumed && clock.now() < until && !signal.aborted)
      await clock.sleep(10, signal);
    await child?.kill();
  }

  #checkpoint(): Promise<string> {
    return readFile(this.#options.settings.checkpoint, 'utf8').catch(() => '');
  }
}

const SCRIPT = new URL('./client-process.ts', import.meta.url);
