import { readFile, stat } from 'node:fs/promises';
import { shownPath } from '../../cli/shown.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { UserError } from '../../cli/user-error.ts';
import type { Clock } from '../../core/clock.ts';
import { isObject, parsedJson } from '../../core/json.ts';
import type { SourceEvent } from '../../core/source-event.ts';
import type { Place } from '../sources/source.ts';
import { removeUnfinished, writeAtomically } from './atomic-file.ts';

export interface CheckpointOptions {
  /** Where the checkpoint lies. */
  path: string;
  /** What the checkpoint of a place holds, besides its version. */
  toSaved: (place: Place | undefined) => object;
  /** Where this run begins; undefined for a live source that has not told a place yet. */
  start: Place | undefined;
  /** Called before each write: brings to the disk what counts as done. @returns whether that worked */
  beforeSave: () => boolean;
  /** Told why it cannot be written, once until it can be again: a run may last for weeks. */
  onProblem?: ((message: string) => void) | undefined;
  clock: Pick<Clock, 'sleep'>;
}

/** The version of the format. */
const VERSION = 1;

/** Least time between two writes. Milliseconds. */
const INTERVAL_MS = 500;

/**
 * Remembers how far a source has been delivered, so that a later run continues there, however this one ended. Outcomes come in any
 * order; every event before the place is delivered.
 */
export class Checkpoint {
  readonly #options: CheckpointOptions;
  /** For each event that is not done, in the order of the source: the place before it. */
  readonly #undone = new Map<SourceEvent, Place | undefined>();
  #readTo: Place | undefined;
  #saved: Place | undefined;
  readonly #closed = new AbortController();
  /** Resolves when nothing more is to be saved, or when it is closed. */
  #saving: Promise<void> | undefined;

  constructor(options: CheckpointOptions) {
    this.#options = options;
    this.#readTo = options.start;
    this.#saved = options.start;
  }

  /** Every event before it is done. */
  get place(): Place | undefined {
    const [first] = this.#undone.values();
    return this.#undone.size === 0 ? this.#readTo : first;
  }

  /** The next event of the source, and the place after it. */
  read(event: SourceEvent, after: Place): void {
    this.#undone.set(event, this.#readTo);
    this.#readTo = after;
  }

  /** The source has reached a place without an event. */
  passed(place: Place): void {
    this.#readTo = place;
    this.#schedule();
  }

  /** The event is on the stream or in the spool. */
  done(event: SourceEvent): void {
    this.#undone.delete(event);
    this.#schedule();
  }

  /** Writes the checkpoint if it has changed, for the last time. @returns why it could not be written */
  async close(): Promise<Error | undefined> {
    this.#closed.abort();
    await this.#saving;
    return this.place === this.#saved ? undefined : this.save();
  }

  /** Writes the checkpoint now. @returns why it could not be written */
  async save(): Promise<Error | undefined> {
    const { path, toSaved, beforeSave } = this.#options;
    const { place } = this;
    const saved = { version: VERSION, ...toSaved(place) };
    if (!beforeSave()) return undefined;
    try {
      const content = `${JSON.stringify(saved, undefined, 2)}\n`;
      await writeAtomically(path, content, { makeFolders: false });
      this.#saved = place;
      return undefined;
    } catch (cause) {
      return new UserError(
        `the checkpoint ${shownPath(path)} cannot be written (${(cause as NodeJS.ErrnoException).code ?? cause})`,
        { cause },
      );
    }
  }

  #schedule(): void {
    this.#saving ??= this.#saveInTime();
  }

  async #saveInTime(): Promise<void> {
    const { signal } = this.#closed;
    const { clock, onProblem } = this.#options;
    let isTold = false;
    do {
      await clock.sleep(INTERVAL_MS, signal);
      if (signal.aborted) break;
      const error = await this.save();
      if (error && !isTold) onProblem?.(`${error.message}; trying again until it can be`);
      isTold = error !== undefined;
    } while (!signal.aborted && this.place !== this.#saved);
    this.#saving = undefined;
  }
}

/** Begins a checkpoint. Writes it once, to find out now whether it can be written. @throws {UsageError} where it cannot */
export const beginCheckpoint = async (options: CheckpointOptions): Promise<Checkpoint> => {
  const checkpoint = new Checkpoint(options);
  const error = await checkpoint.save();
  if (error) throw new UsageError([`${error.message}; expected a file in a folder that exists and has room`]);
  await removeUnfinished(options.path);
  return checkpoint;
};

/**
 * What an earlier run left.
 *
 * @param isOne whether it is what that run would have saved
 * @returns undefined where there is no checkpoint yet
 * @throws {UsageError} where it cannot be read, or is something else
 */
export const readCheckpoint = async <T>(
  path: string,
  isOne: (saved: Readonly<Record<string, unknown>>) => T | undefined,
): Promise<T | undefined> => {
  let text: string;
  try {
    // To open a pipe waits for somebody who writes into it, and no signal ends that.
    text = (await stat(path)).isFIFO() ? '' : await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new UsageError([
      `the checkpoint ${shownPath(path)} cannot be read (${code}); expected a file of an earlier run, or no file`,
    ]);
  }
  const json = parsedJson(text);
  const saved = isObject(json) && json.version === VERSION ? isOne(json) : undefined;
  if (saved !== undefined) return saved;
  throw new UsageError([`"${path}" is not a checkpoint of this client; expected a file of an earlier run, or no file`]);
};
