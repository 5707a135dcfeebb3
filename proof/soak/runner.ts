import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { RUN } from '../bench/child-process.ts';
import type { RunnerMessage, RunnerSettings } from './runner-process.ts';

const PROCESS = fileURLToPath(new URL('./runner-process.ts', import.meta.url));

export interface RunnerListener {
  /** Called with each fault of a function. */
  onFault: (name: string) => void;
  /** Called where an invocation of a hurried function failed, or reported records that it could not finish. */
  onUnfinished: (functionName: string) => void;
}

/** A small soak has many batches all the same, and a large one batches as large as those of template.yaml. */
export const batchSizeOf = (events: number): number => Math.min(500, Math.max(100, Math.ceil(events / 400)));

/** The runner of a soak: started, killed and started again. */
export class SoakRunner {
  readonly #settings: Omit<RunnerSettings, 'hurried'>;
  readonly #listener: RunnerListener;
  readonly #hurried: Set<string>;
  #child: ChildProcess | undefined;
  #starts = 0;
  #failure: string | undefined;

  /** @param hurried the functions that have little time, until {@link takeTime} is called */
  constructor(settings: Omit<RunnerSettings, 'hurried'>, hurried: readonly string[], listener: RunnerListener) {
    this.#settings = settings;
    this.#listener = listener;
    this.#hurried = new Set(hurried);
  }

  /** Why it ended by itself. */
  get failure(): string | undefined {
    return this.#failure;
  }

  async start(): Promise<void> {
    this.#starts += 1;
    // Another runner has other faults: the same at the same point would not show that it goes on.
    const settings: RunnerSettings = {
      ...this.#settings,
      seed: this.#settings.seed * 100 + this.#starts,
      hurried: [...this.#hurried],
    };
    const child = spawn(process.execPath, [RUN, PROCESS, JSON.stringify(settings)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child = child;
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('message', (message: RunnerMessage) => {
      if (message === 'started') return;
      if ('fault' in message) this.#listener.onFault(message.fault);
      else this.#listener.onUnfinished(message.unfinished);
    });
    child.on('exit', (code) => {
      if (this.#child === child) this.#failure = `the runner ended by itself with code ${code}: ${stderr.trim()}`;
    });
    await Promise.race([once(child, 'message'), once(child, 'exit')]);
    if (this.#failure) throw new Error(this.#failure);
  }

  /** From now on the function has as much time as it needs. */
  takeTime(functionName: string): void {
    this.#hurried.delete(functionName);
    this.#child?.send(functionName, () => {});
  }

  /** Ends it as a power failure would. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || hasEnded(child)) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Lets it finish its invocations. */
  async end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || hasEnded(child)) return;
    child.disconnect();
    await once(child, 'exit');
  }
}

/** By itself, or by a signal such as that of Ctrl-C, which everything that a terminal started gets. */
const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;
