import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { PutRecords } from '../../../aws/kinesis.ts';
import { Producer } from '../../../client/producer/producer.ts';
import type { Source } from '../../../client/sources/source.ts';
import { Aggregate } from '../../../core/envelopes/aggregate.ts';
import { BATCH_WRITE_ITEM } from '../../../core/limits.ts';
import type { SourceEvent } from '../../../core/source-event.ts';
import { AGGREGATE, CHANGES, FUNCTION } from '../../../ops/plan/assumptions.ts';
import { until } from '../../support/until.ts';

const sourceEvent = (index: number): SourceEvent => ({ partitionKey: `user-${index}`, data: Buffer.alloc(200) });

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const ANSWER = { shardId: 'shardId-000000000000', sequenceNumber: '1' };

/** Sends events in a time of its own. @param putRecords gets that time, in milliseconds */
const send = async (
  events: Source,
  aggregate: boolean,
  putRecords: (records: Parameters<PutRecords>[0], now: number) => Promise<void>,
  onOutcome: () => void = () => {},
): Promise<void> => {
  let now = 0;
  const error = await new Producer({
    putRecords: async (records) => {
      await putRecords(records, now);
      return records.map(() => ANSWER);
    },
    aggregate,
    onOutcome,
    stopSource: () => {},
    signal: new AbortController().signal,
    patience: { firstMs: 1_000, ms: 1_000 },
    clock: {
      random: () => 0.5,
      now: () => now,
      sleep: async (ms, stop) => {
        // What gives up a request without an answer: none takes so long here.
        if (ms >= 1_000) return new Promise((resolve) => stop?.addEventListener('abort', () => resolve()));
        await tick();
        now += ms;
      },
    },
  }).run(events);
  expect(error).to.equal(undefined);
};

const source = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

describe('what the plan assumes of the project', () => {
  it('is how the function writes', () => {
    expect(FUNCTION.rowsPerRequest).to.equal(BATCH_WRITE_ITEM.maxItems);
    const [, concurrency] = /policy: RetryPolicy = \{[^;]*?concurrency: (\d+)/.exec(
      source('functions/ddb-event-processor/handler.ts'),
    )!;
    expect(FUNCTION.requestsAtOnce).to.equal(Number(concurrency));
    const [, parts] = /policy: RetryPolicy = \{[^;]*?concurrency: (\d+)/.exec(
      source('functions/event-rollups/handler.ts'),
    )!;
    expect(CHANGES.requestsAtOnce).to.equal(Number(parts));
  });

  it('is how large the records are that the client shares', async () => {
    const sizes: number[] = [];
    const many = async function* () {
      for (let index = 0; index < 5_000; index++) yield [sourceEvent(index)];
    };
    await send(many(), true, async (records) => {
      sizes.push(...records.map(({ data, partitionKey }) => data.length + Buffer.byteLength(partitionKey)));
    });
    // One more event would have been too much.
    expect(Math.max(...sizes)).to.be.within(AGGREGATE.maxBytes - 250, AGGREGATE.maxBytes);
  });

  it('is how long the client lets an event wait for others', async () => {
    const times: number[] = [];
    let outcomes = 0;
    let answerHeld = () => {};
    const three = async function* () {
      for (let index = 0; index < 3; index++) {
        yield [sourceEvent(index)];
        await until(() => times.length > index);
        // The answer to the first request arrives, after which the client dares to have two on their way.
        await until(() => outcomes > 0);
        await tick();
      }
    };
    await send(
      three(),
      false,
      async (_, now) => {
        times.push(now);
        // The third event waits while the second is on its way, and goes before that is answered.
        if (times.length === 3) answerHeld();
        if (times.length === 2)
          await new Promise<void>((resolve) => {
            answerHeld = resolve;
          });
      },
      () => {
        outcomes += 1;
      },
    );
    expect(times[2]! - times[1]!).to.equal(AGGREGATE.lingerMs);
  });

  it('is what a shared record takes besides the events in it', () => {
    const [size, events] = [500, 40];
    const aggregate = new Aggregate(AGGREGATE.maxBytes);
    for (let index = 0; index < events; index++) {
      const partitionKey = `user-${String(index).padStart(15, '0')}`;
      aggregate.add({ partitionKey, data: Buffer.alloc(size - partitionKey.length) });
    }
    expect(aggregate.count).to.equal(events);
    const planned = events * (size + AGGREGATE.bytesPerEvent) + AGGREGATE.bytesPerRecord;
    expect(aggregate.bytes).to.be.within(planned * 0.99, planned * 1.01);
  });
});
