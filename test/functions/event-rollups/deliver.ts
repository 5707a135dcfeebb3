import type { DynamoDBRecord } from 'aws-lambda';
import { defined } from '../../../core/defined.ts';
import { between, type Random } from '../../../core/random.ts';
import { type Applied, applyChanges } from '../../../functions/event-rollups/apply-changes.ts';
import type { PartStore } from '../../../functions/event-rollups/part-store.ts';
import type { RebuildStore } from '../../../functions/event-rollups/rebuild.ts';
import type { History, Shard } from './history.ts';

/** Opens the table of rollups for one invocation. */
export type OpenStore = (signal: AbortSignal) => PartStore;

export interface DeliverOptions {
  random: Random;
  open: OpenStore;
  /** How far each shard is read, where delivery goes on later. @default from the start */
  place?: Map<Shard, number>;
  /** What is known of a rebuild. It may fail too. */
  rebuilds?: RebuildStore;
  /** Is awaited between two invocations: late writes may land then. */
  between?: () => Promise<void>;
  /** How often an invocation dies, and how often its time ends too early. From 0 to 1. */
  deaths?: number;
}

/** What happened under way. */
export interface Delivered {
  invocations: number;
  deaths: number;
  timeouts: number;
  redeliveries: number;
  counts: Applied['counts'];
}

/** The function died: nothing of it goes on, apart from the requests that are on their way. */
class Death extends Error {
  override readonly name = 'Death';
}

/**
 * Delivers the changes of a history as Lambda does: at least once, each shard in its order and after its parent, in batches that are
 * cut anew, from the first unfinished change on, and singly where the function dies again and again.
 */
export const deliver = async (history: History, options: DeliverOptions): Promise<Delivered> => {
  const { random, open, rebuilds, place = new Map(), deaths = 0.1 } = options;
  const done: Delivered = {
    invocations: 0,
    deaths: 0,
    timeouts: 0,
    redeliveries: 0,
    counts: { changes: 0, partsWritten: 0, skipped: 0, conflicts: 0, refused: 0, unfinished: 0 },
  };
  const tries = new Map<Shard, number>();
  const placeOf = (shard: Shard): number => place.get(shard) ?? 0;
  const isDone = (shard: Shard): boolean => placeOf(shard) >= shard.records.length;
  const isOpen = (shard: Shard): boolean => !isDone(shard) && (!shard.parent || isRead(shard.parent));
  const isRead = (shard: Shard): boolean => isDone(shard) && (!shard.parent || isRead(shard.parent));

  for (;;) {
    const readable = history.shards.filter(isOpen);
    if (readable.length === 0) return done;
    const shard = readable[between(random, 0, readable.length)]!;
    const from = placeOf(shard);
    const failures = tries.get(shard) ?? 0;
    const size = failures > 8 ? 1 : between(random, 1, 25);
    const records = shard.records.slice(from, from + size);
    const fault = faultOf(random, deaths, failures);
    const after = between(random, 0, 6);
    done.invocations += 1;
    const applied = await invoke(history, records, shard.id, { fault, after, open, rebuilds }).catch(unlessDeath);
    await options.between?.();
    tries.set(shard, failures + 1);
    if (!applied) {
      done.deaths += 1;
      continue;
    }
    addUp(done.counts, applied.counts);
    const finished = finishedOf(records, applied);
    if (finished < records.length) done.timeouts += 1;
    if (finished > 0) tries.delete(shard);
    place.set(shard, from + finished);
    if (random() < 0.15) {
      // The checkpoint is lost, or the mapping starts anew: what was answered for comes again.
      done.redeliveries += 1;
      place.set(shard, Math.max(0, from + finished - between(random, 0, 30)));
    }
  }
};

const addUp = (sum: Applied['counts'], counts: Applied['counts']): void => {
  for (const name of Object.keys(sum) as (keyof Applied['counts'])[]) sum[name] += counts[name];
};

/** How many changes of a batch are finished: all before the first that is not. */
const finishedOf = (records: readonly DynamoDBRecord[], { counts, firstUnfinished }: Applied): number => {
  const finished = records.length - counts.unfinished;
  if (firstUnfinished !== undefined && firstUnfinished !== records[finished]?.dynamodb?.SequenceNumber)
    throw new Error('the first unfinished change is not the one that is counted');
  return finished;
};

const unlessDeath = (error: unknown): undefined => {
  if (!(error instanceof Death)) throw error;
};

/** Every batch gets through in the end. */
const faultOf = (random: Random, deaths: number, failures: number): Invocation['fault'] => {
  if (failures > 12) return 'none';
  if (random() < deaths) return 'death';
  return random() < deaths ? 'timeout' : 'none';
};

interface Invocation {
  fault: 'none' | 'death' | 'timeout';
  /** The fault strikes at the call of the store after so many others. */
  after: number;
  open: OpenStore;
  rebuilds: RebuildStore | undefined;
}

const invoke = async (
  { rollups }: History,
  records: readonly DynamoDBRecord[],
  shard: string,
  { fault, after, open, rebuilds }: Invocation,
): Promise<Applied> => {
  const over = new AbortController();
  let die = (_error: Death): void => {};
  const death = new Promise<never>((_, reject) => {
    die = reject;
  });
  let calls = 0;
  /** Before a call and after it: a function may die before its write, and between a write and its answer. */
  const step = async (): Promise<void> => {
    calls += 1;
    if (fault === 'timeout' && calls > after) over.abort();
    if (fault === 'death' && calls > after) {
      die(new Death());
      await new Promise(() => {});
    }
  };
  const store = open(over.signal);
  const fragile: PartStore = {
    read: async (keys) => {
      await step();
      return store.read(keys);
    },
    write: async (key, part, seen) => {
      await step();
      const isWritten = await store.write(key, part, seen);
      await step();
      return isWritten;
    },
  };
  const remembered: RebuildStore | undefined = rebuilds && {
    find: async (shard, first) => {
      await step();
      return rebuilds.find(shard, first);
    },
    joined: async (rebuild, rows) => {
      await step();
      return rebuilds.joined(rebuild, rows);
    },
    join: async (rebuild, row, joined) => {
      await step();
      await rebuilds.join(rebuild, row, joined);
      await step();
    },
  };
  const deadline = { signal: over.signal, isOver: () => over.signal.aborted };
  const applied = applyChanges(
    { records, shard },
    { rollups, store: fragile, ...defined({ rebuilds: remembered }), deadline, concurrency: 1 + (after % 3) },
  );
  return Promise.race([applied, death]);
};
