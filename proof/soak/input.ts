import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventData } from '../../core/event-data.ts';
import type { Processor } from '../../core/processor.ts';
import type { SentEvent } from './events.ts';
import type { FaultName } from './faults.ts';
import { liveEvent, liveOf } from './live-source.ts';
import { eventsFor, expectedFor } from './processor-events.ts';

export interface SoakInputOptions {
  /** Events in all. */
  count: number;
  seed: number;
  faults: ReadonlySet<FaultName>;
  processor: { name: string; definition: Processor };
}

/** How much is written at once. Bytes. */
const PIECE_BYTES = 1024 * 1024;

const LINE_END = Buffer.from('\n');

/** The events of a soak: those of a file, and after them those of a live source. They are made anew each time, and never all in memory. */
export class SoakInput {
  readonly #options: SoakInputOptions;
  /** How many come from a live source. */
  readonly live: number;

  constructor(options: SoakInputOptions) {
    const { count, faults, processor } = options;
    this.#options = options;
    this.live = liveOf(count, faults, processor.definition.shapes);
  }

  /** How many the file holds. */
  get ofFile(): number {
    return this.#options.count - this.live;
  }

  *all(): Generator<SentEvent> {
    const { count } = this.#options;
    yield* this.#fileEvents();
    for (let number = this.ofFile; number < count; number += 1) yield liveEvent(number);
  }

  /** Writes the file into a folder. @returns its path */
  async writeTo(folder: string): Promise<string> {
    const path = join(folder, 'events.ndjson');
    await writeFile(path, this.#lines());
    return path;
  }

  /** The rows of the first events. @param count events */
  firstRows(count: number): EventData[] {
    const rows: EventData[] = [];
    for (const { number, data } of this.all()) {
      if (number === count) break;
      const expected = expectedFor(data, this.#options.processor.definition);
      if (expected !== 'rejected') rows.push(...expected.rows);
    }
    return rows;
  }

  #fileEvents(): Generator<SentEvent> {
    const { seed, faults, processor } = this.#options;
    return eventsFor(processor.name, this.ofFile, seed, faults);
  }

  *#lines(): Generator<Buffer> {
    let [piece, bytes]: [Buffer[], number] = [[], 0];
    for (const { data } of this.#fileEvents()) {
      piece.push(data, LINE_END);
      bytes += data.length + LINE_END.length;
      if (bytes < PIECE_BYTES) continue;
      yield Buffer.concat(piece);
      [piece, bytes] = [[], 0];
    }
    yield Buffer.concat(piece);
  }
}
