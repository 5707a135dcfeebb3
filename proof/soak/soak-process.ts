import { type ChildProcess, type Serializable, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { RUN } from '../bench/child-process.ts';

export interface ProcessEnd {
  /** Absent where it was killed. */
  code?: number;
  stderr: string;
}

/** A file of TypeScript that runs in a process of its own, so that it can be killed. */
export class SoakProcess<Message = never> {
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;

  /**
   * @param script a URL
   * @param folder in which it runs, and where it leaves what it cannot remove once it is killed
   * @param onMessage hears what it sends
   */
  constructor(script: URL, args: readonly string[], folder: string, onMessage: (message: Message) => void = () => {}) {
    const { PATH = '' } = process.env;
    this.#child = spawn(process.execPath, [RUN, fileURLToPath(script), ...args], {
      cwd: folder,
      // Its whole environment: no setting of this machine counts.
      env: { PATH, HOME: folder, TMPDIR: folder, AWS_EC2_METADATA_DISABLED: 'true' },
      // The channel tells it that the soak is gone.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.on('message', onMessage);
    let stderr = '';
    const output = this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-MOST_STDERR);
    });
    // Not its own event of that kind: there is none where this process has disconnected.
    this.ended = Promise.all([once(this.#child, 'exit'), once(output, 'close')]).then(([[code]]) => ({
      ...(code !== null && { code: Number(code) }),
      stderr: stderr.trim(),
    }));
  }

  /** Does nothing where it has ended. */
  send(message: Serializable): void {
    this.#child.send(message, () => {});
  }

  /** Ends it as a power failure would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** Lets it end by itself. */
  async end(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.ended;
  }
}

/** How much of its messages is kept. Characters. */
const MOST_STDERR = 2_000;
