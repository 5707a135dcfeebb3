import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventMaker } from '../events.ts';
import { runScript } from '../run-script.ts';

/** Of an event of the pipeline's benchmark. */
export const EVENT_BYTES = 2_000;

/** A file of so many events, for as long as the work takes. */
export const withEventFile = async <T>(events: number, work: (file: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const file = join(folder, 'events.ndjson');
    const make = eventMaker(EVENT_BYTES);
    await writeFile(
      file,
      Array.from({ length: events }, (_, index) => `${make(index).data}\n`),
    );
    return await work(file);
  } finally {
    await rm(folder, { recursive: true });
  }
};

/**
 * Events a second of `npm start` on a file: client, mapping, function and audit included.
 *
 * @throws where it did not store all of them
 */
export const throughPipeline = async (file: string, events: number, shards = 1): Promise<number> => {
  const args = ['--file', file, '--shards', String(shards), '--json'];
  const { rows, eventsPerSecond } = await runScript<{ rows: number; eventsPerSecond: number }>('local/start.ts', args);
  if (rows !== events) throw new Error(`npm start stored ${rows} rows; expected ${events}`);
  return eventsPerSecond;
};

/**
 * Events a second of the least code that moves the same events from the one emulator to the other.
 *
 * @throws where it did not store all of them
 */
export const throughBareLoop = async (file: string, events: number): Promise<number> => {
  const { rows, eventsPerSecond } = await runScript<{ rows: number; eventsPerSecond: number }>(BARE_LOOP, [file]);
  if (rows !== events) throw new Error(`the bare loop stored ${rows} rows; expected ${events}`);
  return eventsPerSecond;
};

const BARE_LOOP = 'proof/bench/pipeline/bare-loop.ts';
