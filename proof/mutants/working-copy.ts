import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { startTimeout } from '../../client/timeout.ts';
import type { Clock } from '../../core/clock.ts';
import { applyTo, argumentsOf, type Mutant, type Proof } from './mutant.ts';

/** Folders at the top of the project that no proof reads, or that are linked. */
const NOT_COPIED = new Set(['node_modules', '.git', '.local', '.aws-sam']);

/** How much of a proof's output is kept. */
const OUTPUT_CHARACTERS = 2_000;

/** A copy of the project, which mutants may change and in which proofs run. */
export class WorkingCopy {
  readonly #folder: string;
  readonly #clock: Pick<Clock, 'sleep'>;

  private constructor(folder: string, clock: Pick<Clock, 'sleep'>) {
    this.#folder = folder;
    this.#clock = clock;
  }

  /** Copies a project; its node_modules is linked. */
  static async of(root: string, clock: Pick<Clock, 'sleep'>): Promise<WorkingCopy> {
    const folder = await mkdtemp(join(tmpdir(), 'mutants-'));
    await cp(root, folder, { recursive: true, filter: (path) => !NOT_COPIED.has(relative(root, path)) });
    await symlink(await realpath(join(root, 'node_modules')), join(folder, 'node_modules'), 'junction');
    // What a proof that was ended leaves behind is removed with the copy.
    await mkdir(join(folder, '.local', 'tmp'), { recursive: true });
    return new WorkingCopy(folder, clock);
  }

  /** The text of a file. */
  read(file: string): Promise<string> {
    return readFile(join(this.#folder, file), 'utf8');
  }

  /** Changes the file of a mutant for as long as the work takes. @throws {MutantError} where it does not apply */
  async with<Result>(mutant: Mutant, work: () => Promise<Result>): Promise<Result> {
    const path = join(this.#folder, mutant.file);
    const source = await this.read(mutant.file);
    await writeFile(path, applyTo(source, mutant));
    try {
      return await work();
    } finally {
      await writeFile(path, source);
    }
  }

  /** Runs a proof. One that does not end in time has failed. @returns whether it holds, and the end of what it printed */
  async run(proof: Proof, limitMs: number, signal: AbortSignal): Promise<{ holds: boolean; output: string }> {
    const env = { ...process.env, TMPDIR: join(this.#folder, '.local', 'tmp') };
    // A group of its own, so that everything that the proof started can be ended with it.
    const child = spawn(process.execPath, argumentsOf(proof), {
      cwd: this.#folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-OUTPUT_CHARACTERS);
      });
    const end = (): void => {
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        // It has ended already.
      }
    };
    const endTimeout = startTimeout(this.#clock, limitMs, end);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    // What it has started itself holds its output open.
    child.once('exit', end);
    // Its last words may come after its exit.
    const [code] = await once(child, 'close');
    endTimeout();
    signal.removeEventListener('abort', end);
    return { holds: code === 0, output };
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }
}
