import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import type { PutRecords } from '../../../aws/kinesis.ts';
import { defined } from '../../../core/defined.ts';
import { putBack as runPutBack } from '../../../ops/redrive/put-back.ts';
import { reportPutBack } from '../../../ops/redrive/redrive-report.ts';
import type { RedriveSettings } from '../../../ops/redrive/redrive-settings.ts';
import { countPassedOver } from '../../../ops/redrive/select-entries.ts';
import { EntryError, type SetAsideEntry, type SetAsideStore } from '../../../ops/redrive/set-aside.ts';
import { runs } from '../../support/runs.ts';
import { TriesClock } from '../../support/unhurried-clock.ts';

const BEGAN = Date.UTC(2026, 10, 20);

/** What a made-up service does with one request. */
const answer = fc.constantFrom('takes', 'takes', 'takes', 'refuses some', 'throttles', 'loses its answer', 'denies');

const plan = fc.record({
  stores: fc.array(
    fc.record({
      entries: fc.array(
        fc.record({
          events: fc.integer({ min: 1, max: 6 }),
          kind: fc.constantFrom(
            'good',
            'good',
            'good',
            'bad',
            'unreadable',
            'too large',
            'too new',
            'of another reason',
          ),
        }),
        { maxLength: 20 },
      ),
      maxRemovals: fc.integer({ min: 1, max: 5 }),
      removals: fc.array(answer, { maxLength: 6 }),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  puts: fc.array(answer, { maxLength: 10 }),
  limit: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
  rate: fc.option(fc.constantFrom(300, 3_000), { nil: undefined }),
  /** The requests at which somebody presses Ctrl-C once, and once more. */
  drainAt: fc.option(fc.nat(8), { nil: undefined }),
  stopAt: fc.option(fc.nat(10), { nil: undefined }),
});
type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

const failure = (name: string): Error => Object.assign(new Error('made up'), { name });
const throttled = () => failure('ProvisionedThroughputExceededException');
const denied = () => failure('AccessDeniedException');

type Answer = Plan['puts'][number];
type Planned = Plan['stores'][number]['entries'][number];

/** An entry as it is planned. @param onOpen called when its events are asked for */
const entryOf = (name: string, { events, kind }: Planned, onOpen: () => void): SetAsideEntry | EntryError =>
  kind === 'bad'
    ? new EntryError(name, 'made up')
    : {
        name,
        reason: kind === 'of another reason' ? 'Other' : 'Asked',
        detail: '',
        setAsideAt: kind === 'too new' ? BEGAN : BEGAN - 1,
        size: events,
        events: async () => {
          onOpen();
          if (kind === 'unreadable') throw new EntryError(name, 'made up');
          return Array.from({ length: events }, (_, event) => ({
            partitionKey: `key-${event % 3}`,
            data: Buffer.from(`${name}-${event}${kind === 'too large' && event === 0 ? '.'.repeat(2_000) : ''}`),
          }));
        },
      };

/** Runs one redrive over made-up services. Nothing is real but the event loop. */
const run = async ({ stores: planned, puts, limit, rate, drainAt, stopAt }: Plan) => {
  const [drain, stop] = [new AbortController(), new AbortController()];
  const clock = new TriesClock();
  const onStream = new Set<string>();
  let acknowledged = 0;
  let requests = 0;
  const putRecords: PutRecords = async (records, signal) => {
    const number = requests++;
    if (number === drainAt) drain.abort();
    if (number === stopAt) for (const each of [drain, stop]) each.abort();
    await turn();
    const how: Answer = puts[number] ?? 'takes';
    if (how === 'throttles') throw throttled();
    if (how === 'denies') throw denied();
    const taken = records.map((record, index) => {
      if (how === 'refuses some' && index % 2 === 0) return { refused: 'InternalFailure: made up' };
      onStream.add(Buffer.from(record.data).toString());
      return { shardId: 'shardId-000000000000', sequenceNumber: String(number * 1_000 + index) };
    });
    // Who was told to stop waits for no answer.
    if (how === 'loses its answer' || signal.aborted) throw throttled();
    acknowledged += taken.filter((each) => !('refused' in each)).length;
    return taken;
  };
  /** How many entries of the stores were asked for, and the names of those whose events were. */
  let given = 0;
  const opened = new Set<string>();
  /** What was removed and should not be. */
  const lost: string[] = [];
  const held = planned.map(({ entries }, store) => new Set(entries.map((_, index) => `${store}-${index}`)));
  const stores = planned.map(({ entries, maxRemovals, removals }, store): SetAsideStore => {
    let calls = 0;
    return {
      name: `the store ${store}`,
      unit: 'failed batch',
      permissions: 'all',
      where: 'here',
      maxRemovals,
      entries: async function* () {
        for (const [index, entry] of entries.entries()) {
          const name = `${store}-${index}`;
          given += 1;
          yield entryOf(name, entry, () => opened.add(name));
        }
      },
      remove: async (names) => {
        const how: Answer = removals[calls++] ?? 'takes';
        await turn();
        if (how === 'denies') throw denied();
        for (const name of names) {
          const { events } = entries[Number(name.split('-')[1])]!;
          const all = Array.from({ length: events }, (_, event) => `${name}-${event}`);
          if (!held[store]!.delete(name) || !all.every((event) => onStream.has(event))) lost.push(name);
        }
        if (how === 'loses its answer') throw throttled();
      },
    };
  });
  const selection = { reasons: ['Asked'], before: BEGAN };
  const { passedOver, onPassedOver, onLimit } = countPassedOver(selection);
  const bad: string[] = [];
  const done = await runPutBack({
    stores,
    selection,
    ...defined({ limit, rate }),
    recordLimit: 1_500,
    producer: { backoff: { baseMs: 1, capMs: 5 }, patience: { firstMs: 1e6, ms: 1e6 }, putRecords },
    clock,
    calendar: { now: () => BEGAN },
    drain: drain.signal,
    stop: stop.signal,
    onBadEntry: (_, { message }) => bad.push(message.split(':')[0]!),
    onBadStore: (_, error) => {
      throw error;
    },
    onPassedOver,
    onLimit,
  });
  return { done, stores, held, bad, opened, lost, passedOver, given, acknowledged, isStopped: drain.signal.aborted };
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Every number of a line. */
const numbersIn = (line: string): number[] => [...line.matchAll(/\b\d+\b/g)].map(Number);

/** Each entry that was read has one outcome, and the report adds up. */
const holds = async (planned: Plan): Promise<void> => {
  const found = await run(planned);
  const { done, stores, held, bad, opened, passedOver, acknowledged } = found;
  const { counts, left, error } = done;
  const [putBack, removed, stayed] = (['putBack', 'removed', 'left'] as const).map((name) =>
    sum(counts.map((count) => count[name])),
  ) as [number, number, number];
  expect(found.lost).to.deep.equal([]);
  expect(sum(left.map(({ entries }) => entries)) + bad.length).to.equal(stayed);
  expect(removed + stayed).to.equal(new Set([...opened, ...bad]).size);
  // Of each store one may be under way when the run is stopped or gives up: nobody looks at it.
  const isGivenUp = found.isStopped || error !== undefined || left.length > 0;
  const unseen = found.given - removed - stayed - passedOver.entries - (passedOver.limit ? 1 : 0);
  expect(unseen).to.be.within(0, isGivenUp ? stores.length : 0);
  const all = sum(planned.stores.map(({ entries }) => entries.length));
  if (done.isCutShort) expect(isGivenUp, 'where it says that it ended early').to.equal(true);
  else if (planned.limit === undefined) expect(found.given, 'where it does not say so').to.equal(all);
  expect(putBack).to.equal(acknowledged);
  expect(putBack).to.be.at.most(planned.limit ?? Number.POSITIVE_INFINITY);
  for (const [index, count] of counts.entries()) {
    const gone = planned.stores[index]!.entries.length - held[index]!.size;
    // The answer to a removal may be lost.
    expect(gone).to.be.within(count.removed, count.removed + count.left);
  }
  const settings = { stream: 's', endpoints: {}, selection: { before: BEGAN } } as RedriveSettings;
  const { lines, json } = reportPutBack(done, stores, passedOver, settings);
  const rows = lines.slice(1, 1 + stores.length).map((line) => numbersIn(line).slice(1));
  expect(rows).to.deep.equal(counts.map((count) => [count.putBack, count.removed, count.left]));
  expect(json).to.include({ putBack, removed, left: stayed, passedOver: passedOver.entries });
};

describe('a redrive, whatever its services answer and whenever it is stopped', () => {
  it('gives each entry that it read one outcome, and its report adds up', async () => {
    await fc.assert(fc.asyncProperty(plan, holds), { numRuns: runs(200) });
  });
});
