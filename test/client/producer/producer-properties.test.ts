import { hash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import type { PutRecords } from '../../../aws/kinesis.ts';
import { monotonicClock } from '../../../aws/system-clock.ts';
import { Producer } from '../../../client/producer/producer.ts';
import type { Outcome } from '../../../client/producer/settlement.ts';
import { disaggregate } from '../../../core/envelopes/aggregated-record.ts';
import { PUT_RECORDS, RECORD_BYTES } from '../../../core/limits.ts';
import { seeded } from '../../../core/random.ts';
import type { SourceEvent } from '../../../core/source-event.ts';
import { inOnes } from '../../support/batches.ts';
import { gate } from '../../support/gate.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { runs } from '../../support/runs.ts';

/** What a made-up Kinesis does with one request. */
type Answer =
  /** Takes all but these, an index each, modulo the size of the request. */
  | { kind: 'refuse'; indices: readonly number[]; why: string; after?: 'split' | 'merge' }
  /** Fails before anything takes effect, or after everything has. */
  | { kind: 'throttle' }
  | { kind: 'ambiguous' }
  /** All connections that are open go silent, before anything takes effect or after everything has. */
  | { kind: 'silent'; hasEffect: boolean }
  | { kind: 'denied' };

const named = (name: string, status?: number): Error =>
  Object.assign(new Error('made up'), { name, ...(status !== undefined && { $metadata: { httpStatusCode: status } }) });

const refuse = fc
  .tuple(
    fc.oneof(fc.array(fc.nat(30), { maxLength: 6 }), fc.constant([])),
    fc.constantFrom('InternalFailure', 'ProvisionedThroughputExceededException'),
  )
  .map(([indices, why]): Answer => ({ kind: 'refuse', indices, why }));
const throttle = fc.constant<Answer>({ kind: 'throttle' });
const ambiguous = fc.constant<Answer>({ kind: 'ambiguous' });
const silent = fc.boolean().map((hasEffect): Answer => ({ kind: 'silent', hasEffect }));
const denied = fc.constant<Answer>({ kind: 'denied' });
/** The same, after a shard was split, or all were merged. */
const reshard = fc
  .tuple(refuse, fc.constantFrom('split' as const, 'merge' as const))
  .map(([answer, after]): Answer => ({ ...(answer as Answer & { kind: 'refuse' }), after }));

const plan = (answer: fc.Arbitrary<Answer>) =>
  fc.record({
    /** The partition key of each event. */
    keys: fc.array(fc.nat(20), { maxLength: 120 }),
    /** Which of them no record can hold. */
    tooLarge: fc.array(fc.nat(200), { maxLength: 2 }),
    answers: fc.array(answer, { maxLength: 12 }),
    /** Turns of the event loop that a request takes, a wait between tries, and the source. */
    turns: fc.array(fc.nat(3), { minLength: 1, maxLength: 8 }),
    /** The request at which the producer is told to stop. */
    stopAt: fc.option(fc.nat(8)),
    ordered: fc.boolean(),
    aggregate: fc.boolean(),
  });
type Plan = ReturnType<typeof plan> extends fc.Arbitrary<infer T> ? T : never;

const LARGE = Buffer.alloc(RECORD_BYTES.byDefault);

/** Shards as Kinesis has them: each owns the hashes from its border to that of the next. */
class Shards {
  #made = 1;
  #open = [{ id: this.#idOf(0), from: '0'.repeat(32) }];

  #idOf(number: number): string {
    return `shardId-${String(number).padStart(12, '0')}`;
  }

  of(partitionKey: string): string {
    const found = this.#open.findLast(({ from }) => from <= hash('md5', partitionKey));
    return found!.id;
  }

  /** Cuts the first shard in the middle. */
  split(): void {
    const { from } = this.#open[0]!;
    const next = this.#open[1];
    const to = next ? BigInt(`0x${next.from}`) : 2n ** 128n;
    const middle = ((BigInt(`0x${from}`) + to) / 2n).toString(16).padStart(32, '0');
    const children = [from, middle].map((border) => ({ id: this.#idOf(this.#made++), from: border }));
    this.#open = [...children, ...this.#open.slice(1)];
  }

  merge(): void {
    this.#open = [{ id: this.#idOf(this.#made++), from: '0'.repeat(32) }];
  }
}

/** Runs the producer through a plan, with nothing real but the event loop. */
const run = async ({ keys, tooLarge, answers, turns, stopAt, ordered, aggregate }: Plan) => {
  const events = keys.map(
    (key, index): SourceEvent => ({
      partitionKey: `key-${key}`,
      data: tooLarge.includes(index) ? LARGE : Buffer.from(`event ${index}`),
    }),
  );
  const byText = new Map(events.map((event) => [textOf(event), event]));
  let turn = 0;
  const pass = async (): Promise<void> => {
    for (let left = turns[turn++ % turns.length]!; left > 0; left -= 1) await new Promise(setImmediate);
  };
  let now = 0;
  let calls = 0;
  const requests = new Set<object>();
  /** What ends the time of each request in flight. */
  const timeouts = new Set<() => void>();
  const goSilent = (): Promise<never> => {
    now += REQUEST_MS;
    for (const end of timeouts) end();
    return new Promise(() => {});
  };
  const stop = new AbortController();
  const source = new AbortController();
  const read: SourceEvent[] = [];
  const shards = new Shards();
  /** Each event where it lies, and whether that is the shard of its key. */
  const onStream: { event: SourceEvent; isAtHome: boolean }[] = [];
  const outcomes: Outcome[] = [];

  /** Puts records on the stream, but for those that are refused. */
  const store = (records: Parameters<PutRecords>[0], answer: Answer): Awaited<ReturnType<PutRecords>> => {
    const { indices, why, after } = answer.kind === 'refuse' ? answer : { indices: [], why: '' };
    if (after) shards[after]();
    const refused = new Set(indices.map((index) => index % records.length));
    return records.map((record, index) => {
      const shardId = shards.of(record.partitionKey);
      if (refused.has(index)) return { refused: `${why}: Rate exceeded for ${shardId}` };
      for (const { partitionKey, data } of disaggregate(record.data) ?? [record]) {
        const event = byText.get(textOf({ data }))!;
        expect(partitionKey).to.equal(event.partitionKey);
        onStream.push({ event, isAtHome: shards.of(partitionKey) === shardId });
      }
      return { shardId, sequenceNumber: `${onStream.length}` };
    });
  };

  const putRecords: PutRecords = async (records, signal) => {
    const answer = answers[calls] ?? { kind: 'refuse', indices: [], why: '' };
    if (calls === stopAt) stop.abort();
    calls += 1;
    const request = {};
    requests.add(request);
    signal.addEventListener('abort', () => requests.delete(request), { once: true });
    expect(requests.size).to.be.at.most(8);
    expect(records.length).to.be.within(1, PUT_RECORDS.maxItems);
    await pass();
    requests.delete(request);
    if (answer.kind === 'silent' && !answer.hasEffect) return goSilent();
    if (answer.kind === 'throttle') throw named('ThrottlingException', 400);
    if (answer.kind === 'denied') throw named('AccessDeniedException', 400);
    const replies = store(records, answer);
    if (answer.kind === 'silent') return goSilent();
    if (answer.kind === 'ambiguous') throw named('ECONNRESET');
    return replies;
  };
  const reading = async function* (): AsyncGenerator<SourceEvent> {
    for (const [index, event] of events.entries()) {
      await pass();
      // A pause after the first third: by then the shards of most keys are known.
      if (index === Math.floor(events.length / 3)) for (let turns = 50; turns > 0; turns -= 1) await pass();
      if (source.signal.aborted) return;
      read.push(event);
      yield event;
    }
  };
  const producer = new Producer({
    putRecords,
    ordered,
    aggregate,
    onOutcome: (outcome) => outcomes.push(outcome),
    stopSource: () => source.abort(),
    signal: stop.signal,
    patience: { firstMs: 50_000, ms: 50_000 },
    lingerMs: 0,
    requestMs: REQUEST_MS,
    backoff: { baseMs: 10_000, capMs: 10_000 },
    clock: {
      random: () => 0.99,
      now: () => now,
      sleep: async (ms, signal) => {
        if (ms >= REQUEST_MS) return timeout(timeouts, signal);
        now += ms;
        await pass();
      },
    },
  });
  const error = await producer.run(inOnes(reading()));
  const { statistics } = producer;
  return { error, read, onStream, atHome: onStream.flatMap(homeOnly), outcomes, statistics };
};

/** Longer than any other wait, so that it is known by its length. Milliseconds. */
const REQUEST_MS = 10_001;

/** Lasts until it is ended or cancelled. */
const timeout = (timeouts: Set<() => void>, cancelled: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      timeouts.delete(end);
      resolve();
    };
    timeouts.add(end);
    cancelled?.addEventListener('abort', end, { once: true });
    if (cancelled?.aborted) end();
  });

const homeOnly = ({ event, isAtHome }: { event: SourceEvent; isAtHome: boolean }) => (isAtHome ? [event] : []);

const textOf = ({ data }: Pick<SourceEvent, 'data'>): string => Buffer.from(data).toString('latin1', 0, 20);

const check = (answer: fc.Arbitrary<Answer>, holds: (plan: Plan, ran: Awaited<ReturnType<typeof run>>) => void) =>
  fc.assert(
    fc.asyncProperty(plan(answer), async (made) => holds(made, await run(made))),
    { seed: 4711, numRuns: runs(180) },
  );

/** The texts of the events of each key, in the order given. */
const perKey = (events: readonly SourceEvent[]): Map<string, string[]> => {
  const keys = new Map<string, string[]>();
  for (const event of events) keys.set(event.partitionKey, [...(keys.get(event.partitionKey) ?? []), textOf(event)]);
  return keys;
};
const sentOf = (outcomes: readonly Outcome[]) =>
  outcomes.flatMap(({ status, event }) => (status === 'sent' ? [event] : []));

describe('the producer, whatever Kinesis answers', () => {
  const anything = fc.oneof(refuse, throttle, ambiguous, silent, denied, reshard);

  it('gives every event that it read exactly one outcome, counts it, and settles the events of a key in their order', () =>
    check(anything, ({ ordered }, { read, outcomes, error, statistics }) => {
      expect(outcomes.map(({ event }) => event)).to.have.members(read);

      const { sent, failed, inFlight, shards } = statistics;
      expect({ sent, failed, inFlight }).to.deep.equal({
        sent: sentOf(outcomes).length,
        failed: outcomes.length - sentOf(outcomes).length,
        inFlight: 0,
      });
      for (const { limit } of shards) expect(limit ?? 1).to.be.above(0);

      if (!ordered) return;
      const settled = new Set(
        (error ? outcomes.map(({ event }) => event) : sentOf(outcomes)).filter(({ data }) => data !== LARGE),
      );
      const wanted = perKey(read.filter((event) => settled.has(event)));
      for (const [key, texts] of perKey([...settled])) expect(texts, key).to.deep.equal(wanted.get(key));
    }));

  it('puts every event that it says was sent, and exactly once where no reply was ambiguous', () =>
    check(fc.oneof(refuse, throttle, denied), ({ stopAt }, { outcomes, atHome, onStream }) => {
      const sent = sentOf(outcomes);
      expect(atHome).to.have.length(onStream.length);
      expect(new Set(atHome).size, 'puts of one event').to.equal(onStream.length);
      expect(atHome).to.include.members(sent);
      // A request that was cut off by the stop is ambiguous too.
      if (stopAt === null) expect(atHome).to.have.members(sent);
    }));

  it('puts every event on the shard that its key belongs to, in the order of its key, also while the stream reshards', () =>
    check(fc.oneof(refuse, throttle, reshard), ({ ordered }, { read, outcomes, atHome }) => {
      const found = new Set(atHome);
      for (const event of sentOf(outcomes)) expect(found.has(event), textOf(event)).to.equal(true);

      if (!ordered) return;
      // Each where it stands first.
      const wanted = perKey(read.filter((event) => found.has(event)));
      for (const [key, texts] of perKey([...found])) expect(texts, key).to.deep.equal(wanted.get(key));
    }));

  it('sends everything that a record can hold where nothing final happens', () =>
    check(
      fc.oneof({ weight: 9, arbitrary: refuse }, throttle, silent, reshard),
      ({ stopAt }, { read, outcomes, error }) => {
        if (stopAt !== null || error) return;
        expect(sentOf(outcomes)).to.have.members(read.filter(({ data }) => data !== LARGE));
      },
    ));
});

describe('the producer, when it is told to stop', () => {
  const event: SourceEvent = { partitionKey: 'k', data: Buffer.from('event') };
  const forEver = () => new Promise<never>(() => {});
  const start = (putRecords: PutRecords, source: AsyncIterable<SourceEvent>) => {
    const stop = new AbortController();
    const outcomes: Outcome[] = [];
    const ended = new AbortController();
    const error = new Producer({
      putRecords,
      onOutcome: (outcome) => outcomes.push(outcome),
      stopSource: () => ended.abort(),
      signal: stop.signal,
      patience: { firstMs: 60_000, ms: 60_000 },
      clock: {
        ...monotonicClock,
        sleep: (_, signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve())),
      },
    }).run(inOnes(source));
    return { stop, outcomes, ended: ended.signal, error };
  };
  const once = async function* () {
    yield event;
  };

  it('ends although a request never does', async () => {
    const { open: asked, opened: inFlight } = gate();
    const { stop, outcomes, error } = start(() => {
      asked();
      return forEver();
    }, once());
    await inFlight;
    stop.abort();
    expect(await error).to.have.property('name', 'AbortError');
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['failed']);
  });

  it('ends although a source has nothing to say', async () => {
    let leave = () => {};
    const silent = async function* (): AsyncGenerator<SourceEvent> {
      await new Promise<void>((resolve) => {
        leave = resolve;
      });
    };
    const { stop, ended, error } = start(forEver, silent());
    ended.addEventListener('abort', () => leave());
    stop.abort();
    expect(await error).to.have.property('name', 'AbortError');
  });

  it('does not wait for the next try', async () => {
    const { stop, outcomes, error } = start(async () => {
      setImmediate(() => stop.abort());
      return [{ refused: 'full' }];
    }, once());
    expect(await error).to.have.property('name', 'AbortError');
    expect(outcomes).to.have.length(1);
  });
});

describe('the producer and time', () => {
  const event = (index: number): SourceEvent => ({ partitionKey: `key-${index}`, data: Buffer.from(`event ${index}`) });
  const from = async function* (count: number): AsyncGenerator<SourceEvent> {
    for (let index = 0; index < count; index += 1) yield event(index);
  };
  const taken = { shardId: 'shardId-000000000000', sequenceNumber: '1' };
  const TOO_FAST = 'ProvisionedThroughputExceededException: Rate exceeded for shard';

  /** Sends events on a clock that only moves when everything waits. */
  const send = async (
    putRecords: (clock: ManualClock) => PutRecords,
    count: number,
    patience = { firstMs: 10_000, ms: 300_000 },
  ) => {
    const clock = new ManualClock();
    const outcomes: Outcome[] = [];
    const ran = new Producer({
      putRecords: putRecords(clock),
      onOutcome: (outcome) => outcomes.push(outcome),
      stopSource: () => {},
      signal: new AbortController().signal,
      patience,
      clock,
    }).run(inOnes(from(count)));
    const error = await clock.advanceUntil(ran);
    return { error, ms: clock.now(), sent: sentOf(outcomes).length, failed: outcomes.length - sentOf(outcomes).length };
  };
  const forEver = () => new Promise<never>(() => {});

  it('sends again within seconds where all open connections go silent', async () => {
    let calls = 0;
    const { error, ms, sent } = await send(
      () => async (records) => {
        calls += 1;
        return calls > 4 && calls <= 12 ? forEver() : records.map(() => taken);
      },
      8_000,
    );
    expect(error).to.equal(undefined);
    expect(sent).to.equal(8_000);
    expect(ms).to.be.within(6_000, 8_000);
  });

  it('gives up on a Kinesis that never answers once its patience has passed, and not before', async () => {
    const { error, ms, failed } = await send(() => forEver, 10);
    expect(error).to.have.property('name', 'OutOfPatienceError');
    expect(error?.message).to.match(/^NoAnswerError: Kinesis did not answer for \d+(\.\d+)? s$/);
    expect(failed).to.equal(10);
    expect(ms).to.be.within(300_000, 310_000);
  });

  it('does not give up while some tries are answered, however many are not', async () => {
    let calls = 0;
    const { error, ms, sent } = await send(
      () => async (records) => {
        calls += 1;
        return calls % 3 > 0 ? forEver() : records.slice(0, 1).map(() => taken);
      },
      60,
      { firstMs: 10_000, ms: 40_000 },
    );
    expect(error).to.equal(undefined);
    expect(sent).to.equal(60);
    expect(ms).to.be.above(40_000);
  });

  it('gets everything through an uplink that is slower than the time of a request at first', async () => {
    // Ten seconds for each request, one after the other.
    let free = 0;
    const slow =
      (clock: ManualClock): PutRecords =>
      async (records, signal) => {
        free = Math.max(free, clock.now()) + 10_000;
        await clock.sleep(free - clock.now(), signal);
        return records.map(() => taken);
      };
    const { error, sent } = await send(slow, 5_000);
    expect(error).to.equal(undefined);
    expect(sent).to.equal(5_000);
  });

  it('sends an event of an idle shard at once, though one of another shard rests and no request is in flight', async () => {
    const clock = new ManualClock();
    const sentAt = new Map<string, number>();
    const { open: onRefused, opened: refused } = gate();
    const { open: onSecond, opened: second } = gate();
    const live = async function* (): AsyncGenerator<SourceEvent[]> {
      yield [event(0)];
      await refused;
      await clock.sleep(10);
      yield [event(1)];
      await second;
    };
    const ran = new Producer({
      putRecords: async (records) =>
        records.map(({ partitionKey }) => {
          if (partitionKey === 'key-1') return { shardId: 'shardId-000000000001', sequenceNumber: '1' };
          onRefused();
          return clock.now() < 4_000 ? { refused: `${TOO_FAST} shardId-000000000000 in stream s` } : taken;
        }),
      onOutcome: ({ event: { partitionKey } }) => {
        sentAt.set(partitionKey, clock.now());
        if (partitionKey === 'key-1') onSecond();
      },
      stopSource: () => {},
      signal: new AbortController().signal,
      patience: { firstMs: 10_000, ms: 300_000 },
      backoff: { baseMs: 4_000, capMs: 4_000 },
      clock,
    }).run(live());
    expect(await clock.advanceUntil(ran)).to.equal(undefined);
    expect(sentAt.get('key-1')).to.equal(10);
    expect(sentAt.get('key-0')).to.be.at.least(4_000);
  });

  it('is not slowed down where a tenth of the records fails for another reason than the rate', async () => {
    const failing =
      (percent: number) =>
      (clock: ManualClock): PutRecords => {
        const random = seeded(7);
        return async (records) => {
          await clock.sleep(40);
          return records.map(() => (random() * 100 < percent ? { refused: 'InternalFailure: made up' } : taken));
        };
      };
    const well = await send(failing(0), 20_000);
    const failed = await send(failing(10), 20_000);
    expect([well.sent, failed.sent]).to.deep.equal([20_000, 20_000]);
    // A tenth has to go again, and a hundredth a third time.
    expect(failed.ms / well.ms).to.be.below(1.7);
  });
});
