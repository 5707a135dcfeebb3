import type { RunnerMessage, RunnerSettings } from './runner-process.ts';
import { SoakProcess } from './soak-process.ts';

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
  readonly #folder: string;
  readonly #listener: RunnerListener;
  readonly #hurried: Set<string>;
  #process: SoakProcess<RunnerMessage> | undefined;
  #starts = 0;
  #failure: string | undefined;

  /**
   * @param folder in which it runs
   * @param hurried the functions that have little time, until {@link takeTime} is called
   */
  constructor(
    settings: Omit<RunnerSettings, 'hurried'>,
    folder: string,
    hurried: readonly string[],
    listener: RunnerListener,
  ) {
    this.#settings = settings;
    this.#folder = folder;
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
    let onStarted = (): void => {};
    const started = new Promise<void>((resolve) => {
      onStarted = resolve;
    });
    const child = new SoakProcess<RunnerMessage>(SCRIPT, [JSON.stringify(settings)], this.#folder, (message) => {
      if (message === 'started') onStarted();
      else if ('fault' in message) this.#listener.onFault(message.fault);
      else this.#listener.onUnfinished(message.unfinished);
    });
    this.#process = child;
    const ended = child.ended.then(({ code, stderr }) => {
      if (this.#process === child) this.#failure = `the runner ended by itself with code ${code}: ${stderr}`;
    });
    await Promise.race([started, ended]);
    if (this.#failure) throw new Error(this.#failure);
  }

  /** From now on the function has as much time as it needs. */
  takeTime(functionName: string): void {
    this.#hurried.delete(functionName);
    this.#process?.send(functionName);
  }

  /** Ends it as a power failure would. */
  async kill(): Promise<void> {
    await this.#forget()?.kill();
  }

  /** Lets it finish its invocations. */
  async end(): Promise<void> {
    await this.#forget()?.end();
  }

  #forget(): SoakProcess<RunnerMessage> | undefined {
    const child = this.#process;
    this.#process = undefined;
    return child;
  }
}

const SCRIPT = new URL('./runner-process.ts', import.meta.url);
