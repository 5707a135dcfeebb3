import { existsSync } from 'node:fs';
import { appendFile, copyFile, readdir, readFile, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** How a log is rotated: as logrotate does it, or a handler of a logging library. */
export interface Rotation {
  /** `copy`: the file is copied, and then truncated. */
  by: 'rename' | 'copy';
  /** `shifted`: the newest is .1, and each rotation renames all. `dated`: each keeps its name. */
  names: 'shifted' | 'dated';
  /** So many rotated files lie there unpacked. */
  kept: number;
  /** Whether older ones are packed. If not, they are removed. */
  packs: boolean;
  /** Whether a new file is made at once. If not, the next line makes it. */
  creates: boolean;
}

/** A log on a disk whose clock a test sets. Its lines are numbers, which rise through all the files that it becomes. */
export class RotatedLog {
  readonly #path: string;
  readonly #rotation: Rotation;
  readonly #now: () => number;
  /** Those that are not packed, the newest first. */
  #rotated: string[] = [];
  #rotations = 0;
  #lines = 0;
  readonly written: number[] = [];

  /** @param now milliseconds, more at each call */
  constructor(path: string, rotation: Rotation, now: () => number) {
    this.#path = path;
    this.#rotation = rotation;
    this.#now = now;
  }

  async write(path = this.#path): Promise<void> {
    const line = this.#rotations * 1000 + this.#lines;
    this.#lines += 1;
    this.written.push(line);
    await appendFile(path, `${line}\n`);
    await this.#stamp(path);
  }

  /** Makes the file where there is none. */
  async create(): Promise<void> {
    if (existsSync(this.#path)) return;
    await writeFile(this.#path, '');
    await this.#stamp(this.#path);
  }

  /** @param isLate whether a program writes one more line into the file after it was renamed */
  async rotate(isLate = false): Promise<void> {
    const { by, names, kept, creates } = this.#rotation;
    if (!existsSync(this.#path)) return;
    await this.#keep(Math.max(kept - 1, 0));
    if (names === 'shifted')
      for (let index = this.#rotated.length - 1; index >= 0; index -= 1) {
        const to = `${this.#path}.${index + 2}`;
        await rename(this.#rotated[index]!, to);
        this.#rotated[index] = to;
      }
    const name = names === 'shifted' ? `${this.#path}.1` : `${this.#path}-${20260101 + this.#rotations}`;
    this.#rotated.unshift(name);
    if (by === 'copy') {
      await copyFile(this.#path, name);
      await this.#stamp(name);
      await truncate(this.#path);
    } else {
      await rename(this.#path, name);
      if (creates) await this.create();
      if (isLate) await this.write(name);
    }
    this.#rotations += 1;
    this.#lines = 0;
    await this.#keep(kept);
    // Where it was empty at one look, the next one cannot tell that lines came and were moved into a copy meanwhile.
    if (by === 'copy') await this.write();
  }

  /** The lines that still lie there, not packed. */
  async left(): Promise<number[]> {
    const folder = dirname(this.#path);
    const names = (await readdir(folder)).filter((name) => name.startsWith(basename(this.#path)));
    const paths = names.filter((name) => !name.endsWith('.gz')).map((name) => join(folder, name));
    const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
    return texts.flatMap((text) =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map(Number),
    );
  }

  async #keep(count: number): Promise<void> {
    for (const name of this.#rotated.splice(count)) {
      if (this.#rotation.packs) await writeFile(`${name}.gz`, gzipSync(await readFile(name)));
      await rm(name);
    }
  }

  async #stamp(path: string): Promise<void> {
    const seconds = this.#now() / 1000;
    await utimes(path, seconds, seconds);
  }
}
