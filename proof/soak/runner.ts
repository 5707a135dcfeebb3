import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FaultName } from './faults.ts';
import type { RunnerMessage, RunnerSettings } from './runner-process.ts';

const RUN = fileURLToPath(new URL('../../cli/run.cjs', import.meta.url));
const PROCESS = fileURLToPath(new URL('./runner-process.ts', import.meta.url));

/** The Timeout of the functions of a soak where a fault uses it up: short, so that the soak does not wait for long. */
export const SHORT_TIMEOUT_SECONDS = 2;

/** And where none does: only a machine that is very busy with other work makes an invocation take so long. */
const LONG_TIMEOUT_SECONDS = 60;

/** The faults that use up the time of an invocation. */
const USE_UP: readonly FaultName[] = ['tables', 'deadline', 'rollup-crash'];

/** The runner of a soak: started, killed and started again. */
export class SoakRunner {
  readonly #settings: Omit<RunnerSettings, 'timeoutSeconds'>;
  readonly #onFault: (name: string) => void;
  #child: ChildProcess | undefined;
  #starts = 0;
  #failure: string | undefined;

  /** @param onFault called with each fault of a function */
  constructor(settings: Omit<RunnerSettings, 'timeoutSeconds'>, onFault: (name: string) => void) {
    this.#settings = settings;
    this.#onFault = onFault;
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
      timeoutSeconds: this.#settings.faults.some((name) => USE_UP.includes(name))
        ? SHORT_TIMEOUT_SECONDS
        : LONG_TIMEOUT_SECONDS,
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
      if (message !== 'started') this.#onFault(message.fault);
    });
    child.on('exit', (code) => {
      if (this.#child === child) this.#failure = `the runner ended by itself with code ${code}: ${stderr.trim()}`;
    });
    await Promise.race([once(child, 'message'), once(child, 'exit')]);
    if (this.#failure) throw new Error(this.#failure);
  }

  /** Ends it as a power failure would. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Lets it finish its invocations. */
  async end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null) return;
    child.disconnect();
    await once(child, 'exit');
  }
}
