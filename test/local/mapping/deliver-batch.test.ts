import type { KinesisStreamRecord } from 'aws-lambda';
import { expect } from 'chai';
import type { Clock } from '../../../core/clock.ts';
import type { Answer } from '../../../local/lambda/invocation.ts';
import { type DeliveryOptions, deliverBatch } from '../../../local/mapping/deliver-batch.ts';
import type { FailedBatch } from '../../../local/mapping/failed-batch.ts';
import type { MappingSettings } from '../../../local/template/mapping-settings.ts';
import { DEFAULT_SETTINGS } from '../../support/default-settings.ts';
import { asRead, kinesisEvent, sequenceNumber } from '../../support/kinesis-event.ts';

const SETTINGS: MappingSettings = { ...DEFAULT_SETTINGS, reportBatchItemFailures: true };
const CRASH: Answer = { error: { errorType: 'Error', errorMessage: 'crash' } };
const OK: Answer = { payload: '{"batchItemFailures":[]}' };
const failedFrom = (index: number): Answer => ({
  payload: JSON.stringify({ batchItemFailures: [{ itemIdentifier: sequenceNumber(index) }] }),
});

describe('deliverBatch', () => {
  const { Records } = kinesisEvent(Array.from({ length: 8 }, (_, index) => ({ index })));
  const indexOf = (record: { sequenceNumber: string }) =>
    Records.findIndex(({ kinesis }) => kinesis.sequenceNumber === record.sequenceNumber);

  const all = [0, 1, 2, 3, 4, 5, 6, 7];

  const run = async (
    settings: Partial<MappingSettings>,
    answer: (indices: number[], invocation: number) => Answer,
    { clock, ...options }: Partial<Omit<DeliveryOptions, 'clock'>> & { clock?: Partial<Clock> } = {},
    records = Records.map(asRead),
  ) => {
    const invocations: number[][] = [];
    const given: FailedBatch[] = [];
    const waits: number[] = [];
    const done: number[][] = [];
    const problems: string[] = [];
    await deliverBatch(records, {
      settings: { ...SETTINGS, ...settings },
      invoke: async (payload) => {
        const indices: number[] = JSON.parse(payload).Records.map((record: KinesisStreamRecord) =>
          indexOf(record.kinesis),
        );
        invocations.push(indices);
        return { ...answer(indices, invocations.length - 1), requestId: `request-${invocations.length}` };
      },
      onFailure: async (batch) => {
        given.push(batch);
      },
      onSettled: (records) => done.push(records.map(indexOf)),
      onProblem: (message) => problems.push(message),
      signal: new AbortController().signal,
      clock: {
        now: () => 1_795_178_096_123,
        random: () => 0.5,
        sleep: async (ms) => {
          waits.push(ms);
        },
        ...clock,
      },
      ...options,
    });
    const settled = done.flat().length;
    expect(done.flat(), 'each record once, in order').to.deep.equal(all.slice(0, settled));
    return {
      settled,
      problems,
      invocations,
      waits,
      given: given.map(({ records, ...rest }) => ({ ...rest, indices: records.map(indexOf) })),
    };
  };

  it('invokes once where all goes well', async () => {
    const { settled, invocations, waits } = await run({}, () => OK);
    expect({ settled, invocations, waits }).to.deep.equal({ settled: 8, invocations: [all], waits: [] });
  });

  it('delivers everything from the lowest reported record on again, later successes too', async () => {
    const { settled, invocations } = await run({}, (_, n) => (n === 0 ? failedFrom(5) : OK));
    expect(invocations).to.deep.equal([all, [5, 6, 7]]);
    expect(settled).to.equal(8);
  });

  it('delivers the whole batch again after an error, and waits longer each time', async () => {
    const { invocations, waits } = await run({}, (_, n) => (n < 3 ? CRASH : OK));
    expect(invocations).to.deep.equal([all, all, all, all]);
    expect(waits).to.deep.equal([50, 100, 200]);
  });

  it('halves a batch that crashes until the culprit is alone, in order', async () => {
    const { invocations, given, settled } = await run(
      { bisectBatchOnFunctionError: true, maximumRetryAttempts: 1 },
      (indices) => (indices.includes(5) ? CRASH : OK),
    );
    expect(invocations).to.deep.equal([all, [0, 1, 2, 3], [4, 5, 6, 7], [4, 5], [4], [5], [5], [6, 7]]);
    expect(given).to.deep.equal([
      {
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 5,
        functionError: 'Unhandled',
        requestId: 'request-7',
        indices: [5],
      },
    ]);
    expect(settled).to.equal(8);
  });

  it('cuts at the reported record where it bisects, which is no retry', async () => {
    const { invocations, given } = await run({ bisectBatchOnFunctionError: true, maximumRetryAttempts: 0 }, (_, n) =>
      n < 4 ? failedFrom(n + 1) : OK,
    );
    expect(invocations).to.deep.equal([all, all.slice(1), all.slice(2), all.slice(3), all.slice(4)]);
    expect(given).to.deep.equal([]);
  });

  it('delivers what is left of a half before the other half', async () => {
    const { invocations } = await run({ bisectBatchOnFunctionError: true }, (_, n) =>
      n === 0 ? CRASH : n === 1 ? failedFrom(2) : OK,
    );
    expect(invocations).to.deep.equal([all, [0, 1, 2, 3], [2, 3], [4, 5, 6, 7]]);
  });

  it('delivers a batch whole again whose first record is reported, also where it bisects: a retry', async () => {
    const { invocations, given } = await run({ bisectBatchOnFunctionError: true, maximumRetryAttempts: 1 }, () =>
      failedFrom(3),
    );
    expect(invocations).to.deep.equal([all, [3, 4, 5, 6, 7], [3, 4, 5, 6, 7]]);
    expect(given.map(({ indices, approximateInvokeCount }) => [indices, approximateInvokeCount])).to.deep.equal([
      [[3, 4, 5, 6, 7], 3],
    ]);
  });

  it('makes X + 1 attempts for X retries', async () => {
    const { invocations, given, settled } = await run({ maximumRetryAttempts: 1 }, () => CRASH);
    expect(invocations).to.have.length(2);
    expect(given).to.deep.equal([
      {
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 2,
        functionError: 'Unhandled',
        requestId: 'request-2',
        indices: all,
      },
    ]);
    expect(settled).to.equal(8);
  });

  it('gives up only the remaining records where reports exhaust the retries', async () => {
    const { given } = await run({ maximumRetryAttempts: 1 }, () => failedFrom(6));
    expect(given).to.deep.equal([
      {
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 2,
        functionError: null,
        requestId: 'request-2',
        indices: [6, 7],
      },
    ]);
  });

  it('gives up what is too old before it invokes at all', async () => {
    const { invocations, given, settled } = await run({ maximumRecordAgeInSeconds: 60 }, () => OK, {
      clock: { now: () => 1_795_178_096_123 + 61_000 },
    });
    expect(invocations).to.deep.equal([]);
    expect(given).to.deep.equal([
      { condition: 'RecordAgeExceeded', approximateInvokeCount: 1, functionError: null, indices: all },
    ]);
    expect(settled).to.equal(8);
  });

  it('gives up only the records that are too old, and delivers those after them', async () => {
    const { arrivedAt } = asRead(Records[0]!);
    const records = Records.map((record, index) => ({ ...asRead(record), arrivedAt: arrivedAt + index * 1_000 }));
    const { invocations, given, settled } = await run(
      { maximumRecordAgeInSeconds: 60 },
      () => OK,
      { clock: { now: () => arrivedAt + 62_500 } },
      records,
    );
    expect(given.map(({ condition, indices }) => [condition, indices])).to.deep.equal([
      ['RecordAgeExceeded', [0, 1, 2]],
    ]);
    expect(invocations).to.deep.equal([[3, 4, 5, 6, 7]]);
    expect(settled).to.equal(8);
  });

  describe('where the first records become too old', () => {
    const { arrivedAt } = asRead(Records[0]!);
    /** Those after the first two arrived ten seconds later. */
    const records = Records.map(asRead).map((record, n) => ({
      ...record,
      arrivedAt: arrivedAt + (n < 2 ? 0 : 10_000),
    }));

    it('makes no more attempts for the others than their retries', async () => {
      let now = arrivedAt + 60_000;
      const sleep = async () => {
        now += 1_000;
      };
      const settings = { maximumRecordAgeInSeconds: 60, maximumRetryAttempts: 2 };
      const { invocations, given } = await run(settings, () => CRASH, { clock: { now: () => now, sleep } }, records);
      const rest = all.slice(2);
      expect(invocations).to.deep.equal([all, rest, rest]);
      expect(
        given.map(({ condition, indices, approximateInvokeCount: count }) => [condition, indices, count]),
      ).to.deep.equal([
        ['RecordAgeExceeded', [0, 1], 1],
        ['RetryAttemptsExhausted', rest, 3],
      ]);
    });

    it('delivers the rest of their half before the other half', async () => {
      let now = arrivedAt;
      const settings = { maximumRecordAgeInSeconds: 60, bisectBatchOnFunctionError: true };
      const answer = (_: unknown, n: number) => {
        now += 61_000;
        return n === 0 ? CRASH : OK;
      };
      const clock = { now: () => Math.min(now, arrivedAt + 61_000) };
      expect(await run(settings, answer, { clock }, records)).to.deep.include({
        invocations: [all, [2, 3], [4, 5, 6, 7]],
        settled: 8,
      });
    });
  });

  it('leaves the rest where it is told to stop', async () => {
    const abort = new AbortController();
    const { settled, invocations } = await run(
      {},
      () => {
        abort.abort();
        return failedFrom(3);
      },
      { signal: abort.signal },
    );
    expect(invocations).to.have.length(1);
    expect(settled).to.equal(3);
  });

  it('gives up nothing for an invocation that fails after it was told to stop', async () => {
    const abort = new AbortController();
    const { settled, given } = await run(
      { maximumRetryAttempts: 0 },
      () => {
        abort.abort();
        return CRASH;
      },
      { signal: abort.signal },
    );
    expect({ settled, given }).to.deep.equal({ settled: 0, given: [] });
  });

  it('retries without end at −1, and after the age of a record is over gives up only what is too old', async () => {
    let now = 1_795_178_096_123;
    const { invocations, given } = await run({ maximumRecordAgeInSeconds: 60 }, () => CRASH, {
      clock: {
        now: () => now,
        sleep: async () => {
          now += 1_000;
        },
      },
    });
    expect(invocations).to.have.length(61);
    expect(given).to.deep.equal([
      {
        condition: 'RecordAgeExceeded',
        approximateInvokeCount: 61,
        functionError: 'Unhandled',
        requestId: 'request-61',
        indices: all,
      },
    ]);
  });

  it('settles nothing that is given up before it is kept, and tries to keep it again', async () => {
    const log: string[] = [];
    const { settled, problems } = await run({ maximumRetryAttempts: 0 }, () => CRASH, {
      onFailure: async () => {
        log.push('keep');
        if (log.length < 5) throw new Error('disk full');
      },
      clock: {
        sleep: async () => {
          log.push('wait');
        },
      },
    });
    expect(log).to.deep.equal(['keep', 'wait', 'keep', 'wait', 'keep']);
    expect(settled).to.equal(8);
    expect(problems).to.have.length(2);
  });

  for (const [why, settings, lateMs] of [
    ['has failed too often', { maximumRetryAttempts: 0 }, 0],
    ['is too old', { maximumRecordAgeInSeconds: 60 }, 61_000],
  ] as const)
    it(`settles nothing where it is told to stop before what ${why} is kept`, async () => {
      const abort = new AbortController();
      const { settled, problems } = await run(settings, () => CRASH, {
        signal: abort.signal,
        onFailure: async () => {
          throw new Error('disk full');
        },
        clock: { now: () => 1_795_178_096_123 + lateMs, sleep: async () => abort.abort() },
      });
      expect(settled).to.equal(0);
      expect(problems).to.deep.equal(['a batch that was given up cannot be kept yet: Error: disk full']);
    });
});
