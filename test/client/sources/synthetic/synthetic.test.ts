import { once } from 'node:events';
import { expect } from 'chai';
import { UsageError } from '../../../../cli/usage-error.ts';
import type { SyntheticSettings } from '../../../../client/sources/source-settings.ts';
import { syntheticSource } from '../../../../client/sources/synthetic/synthetic.ts';
import type { Clock } from '../../../../core/clock.ts';
import type { SourceEvent } from '../../../../core/source-event.ts';
import { eachOf } from '../../../support/batches.ts';

const START = Date.parse('2026-11-20T12:00:00Z');

describe('the source synthetic', () => {
  let now: number;
  let waits: number[];
  /** By how much somebody has set the calendar. Milliseconds. */
  let setBy: number;
  beforeEach(() => {
    now = 0;
    waits = [];
    setBy = 0;
  });

  const clock: Clock = {
    now: () => now,
    sleep: async (ms) => {
      waits.push(ms);
      now += ms;
    },
    random: () => expect.fail('the seed decides'),
  };
  const calendar = { now: () => START + setBy + now };

  const source = (options: Partial<SyntheticSettings> = {}, signal = new AbortController().signal) =>
    syntheticSource(
      {
        rate: 0,
        size: 200,
        keys: 10,
        skew: 0,
        seed: 1,
        ...options,
      },
      { signal, clock, calendar, note: () => expect.fail('there is nothing to tell') },
    );

  const read = async (count: number, options?: Partial<SyntheticSettings>): Promise<SourceEvent[]> => {
    const events: SourceEvent[] = [];
    for await (const event of eachOf(source(options))) if (events.push(event) === count) break;
    return events;
  };

  const textsOf = (events: SourceEvent[]): string[] => events.map(({ data }) => Buffer.from(data).toString());

  it('gives the same events for the same seed, byte for byte, whatever the time, and others for another', async () => {
    const first = await read(2_500, { skew: 1 });
    now += 86_400_000;
    const second = await read(2_500, { skew: 1, rate: 1_000 });
    expect(textsOf(second)).to.deep.equal(textsOf(first));
    expect(textsOf(await read(5, { skew: 1, seed: 2 }))).not.to.deep.equal(textsOf(first.slice(0, 5)));
  });

  it('numbers the events, and names their keys for subjects', async () => {
    const events = await read(2_000, { keys: 7, seed: 4_294_967_295 });
    const json = textsOf(events).map((text) => JSON.parse(text));
    expect(json.map(({ id }) => id)).to.deep.equal(events.map((_, n) => `4294967295-${n}`));
    expect(json.map(({ subject }) => subject)).to.deep.equal(events.map(({ partitionKey }) => partitionKey));
    expect(new Set(events.map(({ partitionKey }) => partitionKey))).to.have.property('size', 7);
  });

  it('says when it made each event, as many a second as it was asked for', async () => {
    const events = await read(6, { rate: 2 });
    expect(events.map(({ time }) => time! - START)).to.deep.equal([0, 500, 1_000, 1_500, 2_000, 2_500]);
  });

  it('keeps its rate though somebody sets the calendar: an hour forward is nothing to catch up with', async () => {
    let count = 0;
    for await (const _ of eachOf(source({ rate: 10 }))) {
      count += 1;
      if (count === 5) setBy = 3_600_000;
      if (count === 25) setBy = -3_600_000;
      if (count === 50) break;
    }
    expect(now).to.equal(4_900);
  });

  it('waits in parts where a timer cannot wait as long', async () => {
    await read(2, { rate: 0.0001 });
    expect(waits).to.deep.equal([3_600_000, 3_600_000, 2_800_000]);
  });

  it('catches up after a slow stream, by no more than a second at once', async () => {
    const times: number[] = [];
    for await (const { time } of eachOf(source({ rate: 10 }))) {
      if (times.length === 5) now += 60_000;
      if (times.push(time! - START) === 40) break;
    }
    const late = times.filter((time) => time === 60_500);
    expect(late).to.have.length(10);
  });

  it('refuses an event too small for its envelope, and names the least size; that one is fine', async () => {
    const [event] = await read(1, { size: 126, keys: 1_000 });
    expect(event!.data).to.have.length(126);
    expect(() => source({ size: 125, keys: 1_000 })).to.throw(
      UsageError,
      '--size is "125"; expected at least 126 bytes, which the envelope needs',
    );
  });

  it('tells every problem at once', () => {
    expect(() => source({ size: 1, keys: 1_000_001, skew: 1 }))
      .to.throw(UsageError)
      .with.property('message')
      .that.matches(/--keys is "1000001"; expected at most 1000000 with --skew\n--size is "1"/);
    expect(() => source({ keys: 1_000_001 })).not.to.throw();
  });

  it('ends by its signal while its reader takes all it gives, as the rest of the process has its turn', async () => {
    const stop = new AbortController();
    setImmediate(() => stop.abort());
    let count = 0;
    for await (const _ of source({}, stop.signal)) if (++count === 1_000_000) break;
    expect(count).to.be.within(1, 100_000);
  });

  /** A clock whose sleeps last until they are aborted. */
  const stopped: Clock = { ...clock, sleep: async (_, signal) => void (await once(signal!, 'abort')) };
  const slow = { rate: 0.001, size: 200, keys: 1, skew: 0, seed: 1 };

  it('ends by its signal while it waits', async () => {
    const stop = new AbortController();
    const context = { signal: stop.signal, clock: stopped, calendar, note: () => {} };
    const events = syntheticSource(slow, context)[Symbol.asyncIterator]();
    await events.next();
    const pending = events.next();
    setImmediate(() => stop.abort());
    expect(await pending).to.deep.equal({ done: true, value: undefined });
  });

  it('ends at once where its reader leaves while it waits', async () => {
    const context = { signal: new AbortController().signal, clock: stopped, calendar, note: () => {} };
    const events = syntheticSource(slow, context)[Symbol.asyncIterator]();
    await events.next();
    const pending = events.next();
    await events.return?.();
    expect(await pending).to.deep.equal({ done: true, value: undefined });
  });

  it('gives nothing where it is stopped before it begins', async () => {
    for await (const _ of source({}, AbortSignal.abort())) expect.fail('there is an event');
  });
});
