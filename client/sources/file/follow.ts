import { statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Source, SourceContext } from '../source.ts';
import { HEAD_BYTES } from './content.ts';
import { type FilePlace, headOf, type SavedPlace, toSaved } from './identity.ts';
import { bytesFrom } from './input.ts';
import { type LineEvent, linesSource } from './lines.ts';
import { type EarlierFile, type FileStart, startOf } from './start.ts';
import type { EventMaker } from './to-event.ts';

/** How long to wait at the end of a file before looking again. Milliseconds. */
const POLL_MS = 200;

/** Looks in a row that find nothing new, after which nobody writes into a rotated file any more: five seconds. */
const QUIET_POLLS = 25;

/** First bytes that are compared at each look: they differ where the file was truncated and has grown again meanwhile. */
const COMPARED_BYTES = 1024;

/**
 * The lines of a file that grows, each once it has its line end. A file that was renamed is read to its end before the new one. Of
 * one that was copied and truncated, the copy is read to its end first. It ends only by the signal.
 */
export const followed = (path: string, start: FileStart, toEvents: EventMaker, context: SourceContext): Source => {
  const follower = new Follower(path, toEvents, context);
  return follower.read(start);
};

class Follower {
  readonly #path: string;
  readonly #toEvents: EventMaker;
  readonly #context: SourceContext;

  constructor(path: string, toEvents: EventMaker, context: SourceContext) {
    this.#path = path;
    this.#toEvents = toEvents;
    this.#context = context;
  }

  async *read(first: FileStart): AsyncGenerator<LineEvent[]> {
    const { signal, note } = this.#context;
    for (let start: FileStart | undefined = first; start; ) {
      if (start.lost !== undefined) note({ kind: 'problem', message: start.lost });
      for (const earlier of start.earlier) yield* this.#rest(earlier);
      const growing = new Growing(this.#path, start.place, this.#context);
      yield* this.#lines(growing.chunks(), start.place, () => growing.end === 'replaced');
      if (signal.aborted) return;
      start = await this.#next(growing);
    }
  }

  /** Reads a file that nobody writes into any more to its end. */
  async *#rest({ path, place, isCopy }: EarlierFile): AsyncGenerator<LineEvent[]> {
    const { signal, note } = this.#context;
    const chunks = async function* (): AsyncGenerator<Buffer> {
      const file = await open(path);
      try {
        yield* bytesFrom(file, place.offset, signal);
      } finally {
        await file.close();
      }
    };
    yield* this.#lines(chunks(), place, () => {
      if (isCopy) note({ kind: 'problem', message: `${path} ends in the middle of a line, which is left out` });
      return !isCopy;
    });
  }

  #lines(chunks: AsyncIterable<Buffer>, place: FilePlace, isWhole: () => boolean): AsyncGenerator<LineEvent[]> {
    const { signal, note } = this.#context;
    const { file, offset } = place;
    const toEvent = this.#toEvents.ofFile(this.#path, file.inode);
    return linesSource(chunks, signal, { start: offset, file, toEvent, isWhole, note, name: this.#path });
  }

  /** Where to go on after a rotation. Between the old file and the new one there may be none for a moment. */
  async #next({ saved, end }: Growing): Promise<FileStart | undefined> {
    const { signal, clock } = this.#context;
    while (!statSync(this.#path, { throwIfNoEntry: false })?.isFile()) {
      await clock.sleep(POLL_MS, signal);
      if (signal.aborted) return undefined;
    }
    const { lost, ...start } = startOf(this.#path, saved, { follow: true });
    // A file that was read to its end may be gone.
    return lost === undefined || end === 'replaced' ? start : { ...start, lost };
  }
}

/** A file that grows, until it is rotated. */
class Growing {
  readonly #path: string;
  readonly #place: FilePlace;
  readonly #context: SourceContext;
  /** The byte after the last one that was read, and the one after the last line end. */
  #at: number;
  #lineEnd: number;
  /** Why there is nothing more to read. */
  end: 'replaced' | 'truncated' | undefined;

  constructor(path: string, place: FilePlace, context: SourceContext) {
    this.#path = path;
    this.#place = place;
    this.#context = context;
    this.#at = place.offset;
    this.#lineEnd = place.offset;
  }

  /** Where the lines end that were read. A last line without a line end is read again, unless it can grow no more. */
  get saved(): SavedPlace {
    const offset = this.end === 'replaced' ? this.#at : this.#lineEnd;
    return toSaved(resolve(this.#path), { ...this.#place, offset });
  }

  async *chunks(): AsyncGenerator<Buffer> {
    const { signal, clock } = this.#context;
    const { file } = this.#place;
    const handle = await open(this.#path);
    try {
      // Rotated since its beginning was read.
      if (inodeOf(await handle.stat({ bigint: true })) !== file.inode) {
        this.end = 'truncated';
        return;
      }
      for (let quiet = 0; quiet < QUIET_POLLS; ) {
        if (await this.#isWrittenAnew(handle)) {
          this.end = 'truncated';
          return;
        }
        const before = this.#at;
        for await (const chunk of bytesFrom(handle, this.#at, signal)) {
          const lineFeed = chunk.lastIndexOf(LF);
          if (lineFeed >= 0) this.#lineEnd = this.#at + lineFeed + 1;
          this.#at += chunk.length;
          yield chunk;
        }
        if (file.head.length < HEAD_BYTES && this.#at > file.head.length) file.head = headOf(handle.fd);
        quiet = this.#at === before && this.#isReplaced() ? quiet + 1 : 0;
        await clock.sleep(POLL_MS, signal);
        signal.throwIfAborted();
      }
      this.end = 'replaced';
    } finally {
      await handle.close();
    }
  }

  async #isWrittenAnew(handle: FileHandle): Promise<boolean> {
    const head = this.#place.file.head.subarray(0, Math.min(this.#at, COMPARED_BYTES));
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(head.length), 0, head.length, 0);
    return (await handle.stat()).size < this.#at || !head.equals(buffer.subarray(0, bytesRead));
  }

  #isReplaced(): boolean {
    const stats = statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    return stats !== undefined && inodeOf(stats) !== this.#place.file.inode;
  }
}

const inodeOf = ({ ino }: { ino: bigint }): string => String(ino);

const LF = 0x0a;
