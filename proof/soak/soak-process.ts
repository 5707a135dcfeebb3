import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { RUN } from '../bench/child-process.ts';

export interface ProcessEnd {
  /** Absent where it was killed. */
  code?: number;
  stderr: string;
}

/** A file of TypeScript that runs in a process of its own, so that it can be killed. */
export class SoakProcess {
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;

  /** @param script a URL @param options the folder that it runs in, and its whole environment besides the path of programs */
  constructor(script: URL, args: readonly string[], { cwd, env = {} }: { cwd: string; env?: Record<string, string> }) {
    const { PATH = '' } = process.env;
    this.#child = spawn(process.execPath, [RUN, fileURLToPath(script), ...args], {
      cwd,
      env: { PATH, HOME: cwd, AWS_EC2_METADATA_DISABLED: 'true', ...env },
      // The channel tells it that the soak is gone.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let stderr = '';
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-MOST_STDERR);
    });
    this.ended = once(this.#child, 'close').then(([code]) => ({
      ...(code !== null && { code: Number(code) }),
      stderr: stderr.trim(),
    }));
  }

  /** Ends it as a power failure would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

/** How much of its messages is kept. Characters. */
const MOST_STDERR = 2_000;
