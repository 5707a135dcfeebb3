import { type FileIdentity, statsIfAny } from './sources/file/identity.ts';
import type { PlacedEvent, Source } from './sources/source.ts';
import { isReadOnce } from './sources/source-name.ts';
import type { SourceSettings } from './sources/source-settings.ts';
import type { Counts } from './tally.ts';

export interface ReadingOptions {
  settings: SourceSettings & { max?: number };
  /** The byte of the file where this run begins. @default its first */
  start: number | undefined;
  /** Those of the run. What is read is added to them. */
  counts: Counts;
  /** Ends the reading. */
  signal: AbortSignal;
  /** Called once for each event, before the producer has it. */
  onRead: (event: PlacedEvent) => void;
  /** Called after some events were read. */
  onProgress: () => void;
  /** Waited for before more is read. Resolves at once when its signal is aborted. */
  room: ((signal: AbortSignal) => Promise<void>) | undefined;
}

/** How a run reads its source: how much at once, how far it came, and what of it has to be read again. */
export class Reading {
  readonly #options: ReadingOptions;
  readonly #isOnlyOnce: boolean;
  /** Bytes of the file. */
  readonly #file: { start: number; readTo: number; size: number };
  /** Whether the source has no more. */
  #isAtEnd = false;
  /** The file that is read now. A rotation gives another one its name. */
  #current: FileIdentity | undefined;
  /** The first byte of it whose event neither arrived nor is kept. */
  #lostFrom = Number.POSITIVE_INFINITY;
  #onSettled: (() => void) | undefined;

  constructor(options: ReadingOptions) {
    const { settings, start = 0, counts } = options;
    this.#options = options;
    this.#isOnlyOnce = isReadOnce(settings);
    this.#file = { start, readTo: start, size: counts.isPacked ? 0 : sizeOf(settings) };
    if (this.#file.size > 0) counts.file = this.#file;
  }

  /** The events of the source, as far as this run reads it. */
  async *events(source: Source): AsyncGenerator<readonly PlacedEvent[], void> {
    const { settings, counts, signal, room } = this.#options;
    const { max = Number.POSITIVE_INFINITY } = settings;
    for await (const batch of source)
      for (let from = 0; from < batch.length; ) {
        // One at a time until one has arrived.
        const most = counts.sent === 0 ? 1 : batch.length;
        const events = batch.slice(from, from + Math.min(most, max - counts.read));
        this.#read(events);
        yield events;
        if (counts.read === max) return;
        await this.#firstAnswer();
        await room?.(signal);
        // What a pipe has given nobody can read again: its source still hands that out.
        if (signal.aborted && !this.#isOnlyOnce) return;
        from += events.length;
      }
    this.#isAtEnd = !signal.aborted;
  }

  /** An event has failed, and nothing keeps it. */
  lost(event: PlacedEvent): void {
    if ('start' in event && fileOf(event) === this.#current)
      this.#lostFrom = Math.min(this.#lostFrom, Number(event.start));
  }

  /** An event has its outcome. */
  settled(): void {
    this.#onSettled?.();
    this.#onSettled = undefined;
  }

  /**
   * From which byte on the source has to be sent again; undefined where it need not be, or where another file has the name now.
   *
   * @param isStopped whether a person ended the run. In the middle of a pipe that person knows that it was not read to its end
   */
  unreadFrom(isStopped: boolean): number | undefined {
    const { settings, counts } = this.#options;
    const { readTo } = this.#file;
    if (this.#lostFrom < readTo) return this.#lostFrom;
    if (this.#isAtEnd || counts.read === settings.max) return undefined;
    const isLeft = this.#isOnlyOnce ? !isStopped : counts.isPacked || readTo < sizeOf(settings);
    return isLeft ? readTo : undefined;
  }

  #read(events: readonly PlacedEvent[]): void {
    const { counts, onRead, onProgress } = this.#options;
    for (const event of events) {
      counts.read += 1;
      if (event.isKeyless) counts.keyless += 1;
      if ('end' in event) this.#reach(event, Number(event.end));
      onRead(event);
    }
    onProgress();
  }

  #reach(event: PlacedEvent, end: number): void {
    const file = fileOf(event);
    if (file !== this.#current) this.#lostFrom = Number.POSITIVE_INFINITY;
    this.#current = file;
    this.#file.readTo = end;
  }

  /** Waits for the outcome of the first event, so that a wrong name of the stream shows before others are read and must be kept. */
  async #firstAnswer(): Promise<void> {
    const { sent, failed, read } = this.#options.counts;
    if (sent > 0 || failed === read) return;
    await new Promise<void>((resolve) => {
      this.#onSettled = resolve;
    });
  }
}

/** The file that an event was read from, where that can be read again. */
const fileOf = ({ resume }: PlacedEvent): FileIdentity | undefined =>
  typeof resume === 'object' ? resume.file : undefined;

/** Bytes of the file that is read; 0 for any other source, and for a file that grows. */
const sizeOf = ({ source, file = '', follow = false }: SourceSettings): number => {
  const stats = source === 'file' && !follow ? statsIfAny(file) : undefined;
  return stats?.isFile() ? stats.size : 0;
};
