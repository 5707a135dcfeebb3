import { expect } from 'chai';
import fc from 'fast-check';
import { passedLimits } from '../../../ops/plan/advice.ts';
import { ASSUMPTIONS } from '../../../ops/plan/assumptions.ts';
import type { Line } from '../../../ops/plan/bill-line.ts';
import { estimate } from '../../../ops/plan/estimate.ts';
import { runs } from '../../support/runs.ts';
import { DEPLOYED, estimated, workload } from './workload.ts';

const dollarsOf = (lines: readonly Line[], name: string): number | undefined =>
  lines.find((line) => line.name === name)?.dollars;

/** The four ways in their order: provisioned without and with --aggregate, on demand without and with it. */
const kinesisOf = ({ choices }: ReturnType<typeof estimated>): number[] =>
  choices.map(({ lines }) => {
    const kinesis = lines.filter(({ name }) => name.startsWith('Kinesis'));
    return Math.round(kinesis.reduce((sum, line) => sum + line.dollars * 100, 0)) / 100;
  });

// 30 days are 2,592,000 seconds and 720 hours. These cases were worked out by hand.
describe('the estimate', () => {
  it('stops the growth of the table where rows expire', () => {
    const of = (retentionDays: number) =>
      estimate(workload(1_000, 1_000, { itemSize: 924 }), { ...DEPLOYED, retentionDays }, ASSUMPTIONS);
    // 1,000/s × 86,400 s × 1,024 B are 82.397 GB a day. Ten days of growth, then 20 full: 823.97 × (30 − 5) / 30 = 686.65 GB on
    // average × $0.25. Kept for ever they are 2,471.92 GB at the end, and half of that on average.
    expect(dollarsOf(of(10).lines, 'DynamoDB storage')).to.equal(171.66);
    expect(of(10).storage.gb).to.be.closeTo(823.97, 0.01);
    expect(dollarsOf(of(0).lines, 'DynamoDB storage')).to.equal(308.99);
    for (const days of [30, 31, 3_660]) expect(of(days).total, `${days}`).to.equal(of(0).total);
  });

  it('writes and stores each row once more where there is an index, and backs up only the table', () => {
    const of = (typeIndex: boolean) => estimate(workload(1_000, 1_000), { ...DEPLOYED, typeIndex }, ASSUMPTIONS);
    const [plain, indexed] = [of(false), of(true)];
    for (const what of ['writes', 'storage'])
      expect(dollarsOf(indexed.lines, `Index ${what}`), what).to.equal(dollarsOf(plain.lines, `DynamoDB ${what}`));
    expect(dollarsOf(plain.lines, 'Index writes')).to.equal(undefined);
    // 1,620 + 331.92, and ten cents for what the alarm watches.
    expect(indexed.total - plain.total).to.be.closeTo(1_952.02, 0.001);
    // 2,655.39 GB × $0.25
    expect(indexed.storage.dollarsAMonth - plain.storage.dollarsAMonth).to.be.closeTo(663.85, 0.01);
    expect(indexed.provisionedWrites.dollars).to.equal(2 * plain.provisionedWrites.dollars);
  });

  it('carries events and writes, stores and counts the rows that they make, be they several or less than one', () => {
    const rollups = { rollups: 1, groups: 100, windows: 1 };
    for (const rows of [0.1, 30]) {
      const made = estimated(200, 1_000, { rows, rollups });
      const alone = estimated(200 * rows, 1_000, { rollups });
      expect(kinesisOf(made), `${rows}`).to.deep.equal(kinesisOf(estimated(200, 1_000)));
      expect(made.tableLines).to.deep.equal(alone.tableLines);
      expect(made.provisionedWrites).to.deep.equal(alone.provisionedWrites);
      expect([made.storage, made.rollups]).to.deep.equal([alone.storage, alone.rollups]);
    }
    // 6,000 rows a second: twelve rounds of requests for the call of one shard, each of 10 ms, behind 200 × 60 µs on 512 of 1,769 MB.
    expect(estimated(200, 1_000, { rows: 30 }).choices[0]!.invoked.seconds).to.be.closeTo(0.12 + 0.04146, 1e-5);
    expect(passedLimits(estimated(200, 1_000, { rows: 30 })).join()).to.contain('A new table takes 4,000 write units');
    expect(passedLimits(estimated(200, 1_000))).to.deep.equal([]);
  });

  describe('of 1,000 events a second of 1,000 bytes', () => {
    const found = estimated(1_000, 1_000);

    it('writes for $1,620 on demand', () => {
      // 1,000/s × 2,592,000 s = 2,592 M write units × $0.625
      expect(dollarsOf(found.lines, 'DynamoDB writes')).to.equal(1_620);
      // 1,000 WCU × 720 h × $0.00065
      expect(found.provisionedWrites.dollars).to.equal(468);
    });

    it('carries them for $47.09 on one full shard, and for $12.61 where they share records', () => {
      // 1 × 720 h × $0.015 = 10.80; 2,592 M units × $0.014 = 36.288
      // 1 × 720 h × $0.015 = 10.80; 50/s × 2,592,000 s = 129.6 M units × $0.014 = 1.8144
      const [plain, shared] = kinesisOf(found);
      expect([plain, shared]).to.deep.equal([47.09, 12.61]);
    });

    it('carries them for $57.89 on two shards, and for $25.23 where they share records', () => {
      // 2 × 720 h × $0.015 = 21.60; + 36.288
      // 2 × 720 h × $0.015 = 21.60; 100/s × 2,592,000 s = 259.2 M units × $0.014 = 3.6288
      const [plain, shared] = kinesisOf(estimated(1_000, 1_000, { peak: 2_000 }));
      expect([plain, shared]).to.deep.equal([57.89, 25.23]);
    });

    it('carries them on demand for $325.43', () => {
      // 720 h × $0.04 = 28.80; 1,000/s × 1 KB × 86,400 s × 30 d / 1,048,576 KB = 2,471.92 GB
      // × $0.08 = 197.754; × $0.04 = 98.877
      expect(kinesisOf(found)[2]).to.equal(325.43);
      expect(found.choices[2]!.lines.slice(0, 3).map(({ arithmetic }) => arithmetic)).to.deep.equal([
        '1 stream × 720 h × $0.04/stream-hour',
        '82.3975 GB/d × 30 d × $0.08/GB',
        '82.3975 GB/d × 30 d × $0.04/GB',
      ]);
    });

    it('calls the function for about $5', () => {
      // BatchSize 500: 2 calls a second, 5.184 M × $0.20 = 1.0368
      const { lines } = found.choices[0]!;
      expect(dollarsOf(lines, 'Lambda calls')).to.equal(1.04);
      // CPU: 1,000 × 60 µs × 1,769 / 512 MB = 207.305 ms a second. Waiting: 1,000 / (25 × 20) = 2 × 10 ms = 20 ms a second.
      // 0.227305 s × 0.5 GB × 2,592,000 s × $0.0000133334 = 3.9278
      expect(dollarsOf(lines, 'Lambda duration')).to.equal(3.93);
    });

    it('stores 2.6 TB in 30 days, of which the table holds half on average', () => {
      // 2,592 M rows × 1,100 B / 1,024³ = 2,655.39 GB; half of it × $0.25 = 331.92, × $0.20 = 265.54
      expect(found.storage.gb).to.be.closeTo(2_655.39, 0.01);
      expect(dollarsOf(found.lines, 'DynamoDB storage')).to.equal(331.92);
      expect(dollarsOf(found.lines, 'Point-in-time recovery')).to.equal(265.54);
      // 2,655.39 GB × $0.45
      expect(found.storage.dollarsAMonth).to.equal(1_194.92);
    });

    it('comes to $2,239.99, the cheapest way to carry them included', () => {
      // 12.61 + calls 1/s: 0.52 + 3.93 + log 1/s × 2 KB: 4.94385 GB × $0.50 = 2.47
      // + 1,620 + 331.92 + 265.54 + 12 metrics of alarms 1.20 + six metrics 1.80
      expect(found.best.carried).to.include({ mode: 'provisioned', aggregate: true });
      expect(found.total).to.equal(2_239.99);
    });
  });

  it('of one event a second is the price of an idle shard and little more', () => {
    // shard 10.80, 2.592 M units × $0.014 = 0.04, calls 2.592 M × $0.20 = 0.52,
    // duration 2.592 M × (0.2073 + 10) ms × 0.5 GB × $0.0000133334 = 0.18, log 2.47,
    // writes 2.592 M × $0.625 = 1.62, storage 2.65539 GB / 2: 0.33 + 0.27, 12 metrics of alarms 1.20, metrics 1.80
    const { lines, total, best } = estimated(1, 1_000);
    expect(lines.map((line) => line.dollars)).to.deep.equal([10.8, 0.04, 0.52, 0.18, 2.47, 1.62, 0.33, 0.27, 1.2, 1.8]);
    expect(total).to.equal(19.23);
    expect(best.carried).to.include({ mode: 'provisioned', aggregate: false });
  });

  it('of 1,000,000 events a second of 500 bytes is $1,620,000 of writes', () => {
    const found = estimated(1_000_000, 500, { clients: 20 });
    expect(dollarsOf(found.lines, 'DynamoDB writes')).to.equal(1_620_000);
    // 1,000 shards × $10.80 = 10,800; 2,592,000 M units × $0.014 = 36,288
    // 510 B × 1,000,000/s / 1,048,576 = 486.4: 487 shards × $10.80 = 5,259.60;
    // 487 × 20 × 50 = 487,000/s × 2,592,000 s × $0.014/M = 17,672.256
    const [plain, shared] = kinesisOf(found);
    expect([plain, shared]).to.deep.equal([47_088, 22_931.86]);
    expect(found.choices[0]!.invoked.concurrency).to.equal(1_000);
  });

  it('begins a write unit with each KB of a row', () => {
    const writes = (itemSize: number) => dollarsOf(estimated(1_000, 3_000, { itemSize }).lines, 'DynamoDB writes');
    expect([1, 1_024, 1_025, 2_048, 2_049].map(writes)).to.deep.equal([1_620, 1_620, 3_240, 3_240, 4_860]);
  });

  it('is of as many days as are asked for', () => {
    const writes = (days: number) => dollarsOf(estimated(1_000, 1_000, { days }).lines, 'DynamoDB writes');
    expect([1, 7, 365].map(writes)).to.deep.equal([54, 378, 19_710]);
  });

  it('takes on demand where a high peak is rare', () => {
    expect(estimated(10, 1_000, { peak: 50_000 }).best.carried.mode).to.equal('on-demand');
  });

  it('has what the template changes: the processor, its memory, and the backup', () => {
    const changed = { ...DEPLOYED, architecture: 'x86_64', memorySize: 1_769, pointInTimeRecovery: false } as const;
    const { choices, lines, storage } = estimate(workload(1_000, 1_000), changed, ASSUMPTIONS);
    // (60 + 2 × 10) ms a second × 1,769/1,024 GB × 2,592,000 s × $0.0000166667 = 5.9704
    expect(dollarsOf(choices[0]!.lines, 'Lambda duration')).to.equal(5.97);
    expect(dollarsOf(lines, 'Point-in-time recovery')).to.equal(undefined);
    // 2,655.39 GB × $0.25
    expect(storage.dollarsAMonth).to.equal(663.85);
    // Twice the memory makes nothing faster: twice 5.9704.
    const doubled = estimate(workload(1_000, 1_000), { ...changed, memorySize: 2 * 1_769 }, ASSUMPTIONS);
    expect(dollarsOf(doubled.choices[0]!.lines, 'Lambda duration')).to.equal(11.94);
  });

  it('has the calls that BatchSize, the window and 6 MB allow', () => {
    const calls = (rate: number, size: number, pipeline: Partial<typeof DEPLOYED>) =>
      estimate(workload(rate, size), { ...DEPLOYED, ...pipeline }, ASSUMPTIONS).choices[0]!.invoked.perSecond;
    expect(calls(1_000, 1_000, { batchSize: 100 })).to.equal(10);
    // A poll a second, or one in ten seconds, on one shard; no call without an event.
    expect(calls(100, 1_000, {})).to.equal(1);
    expect(calls(100, 1_000, { maximumBatchingWindowInSeconds: 10 })).to.equal(0.1 * 2);
    expect(calls(0.5, 1_000, {})).to.equal(0.5);
    // Four batches of the shard at once.
    expect(calls(1_000, 1_000, { batchSize: 10_000, parallelizationFactor: 4 })).to.equal(4);
    // 100/s × (30,000 B × 4/3 + 500 B) = 4,050,000 B/s on three shards with a poll a second each
    expect(calls(100, 30_000, { maximumBatchingWindowInSeconds: 300 })).to.be.closeTo(4_050_000 / 6_291_456, 1e-9);
  });

  it('has the calls of the rollups that their batch size, their window and 6 MB allow', () => {
    const rollups = { rollups: 1, groups: 10, windows: 1 };
    const calls = (rate: number, size: number, pipeline: Partial<typeof DEPLOYED>) =>
      estimate(workload(rate, size, { rollups }), { ...DEPLOYED, ...pipeline }, ASSUMPTIONS).rollups!.perSecond;
    // Each of four shards once a second, as the template has it, once in ten seconds, or four times a second; no call without a change.
    expect(calls(100, 1_000, {})).to.equal(4);
    expect(calls(100, 1_000, { rollupsBatchingWindowInSeconds: 10 })).to.equal(0.4);
    expect(calls(100, 1_000, { rollupsBatchingWindowInSeconds: 0 })).to.equal(16);
    expect(calls(0.5, 1_000, {})).to.equal(0.5);
    expect(calls(1_000, 1_000, { rollupsBatchSize: 100 })).to.equal(10);
    // 100/s × (100,000 B + 500 B); a write of 98 units is 9,800 a second, which are ten shards.
    const slow = { rollupsBatchingWindowInSeconds: 300 };
    expect(calls(100, 100_000, slow)).to.be.closeTo(10_050_000 / 6_291_456, 1e-9);
  });

  const rates = fc.double({ min: -3, max: 7, noNaN: true }).map((exponent) => 10 ** exponent);
  const factors = fc.double({ min: 1, max: 20, noNaN: true });
  const sizes = fc.oneof(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 1, max: 400 * 1_024 }));
  const workloads = fc
    .record({ rate: rates, burst: factors, size: sizes, clients: fc.integer({ min: 1, max: 40 }) })
    .chain(({ rate, burst, size, clients }) =>
      fc.integer({ min: 1, max: 400 }).map((days) => workload(rate, size, { peak: rate * burst, clients, days })),
    );
  const of = (load: ReturnType<typeof workload>) => estimate(load, DEPLOYED, ASSUMPTIONS);

  it('has finite numbers, and a total that is the sum of its lines to the cent', () => {
    fc.assert(
      fc.property(workloads, (load) => {
        const { lines, total, choices, best } = of(load);
        const cents = lines.reduce((sum, line) => sum + BigInt(Math.round(line.dollars * 100)), 0n);
        expect(BigInt(Math.round(total * 100))).to.equal(cents);
        for (const { carried, invoked, ...choice } of choices) {
          const numbers = [...Object.values(carried), ...Object.values(invoked), choice.total];
          for (const number of numbers.filter((value) => typeof value === 'number'))
            expect(Number.isFinite(number) && number >= 0, JSON.stringify({ carried, invoked })).to.equal(true);
          expect(best.total).to.be.at.most(choice.total);
        }
      }),
      { numRuns: runs(50) },
    );
  });

  it('shows arithmetic that comes to what it says', () => {
    fc.assert(
      fc.property(workloads, (load) => {
        for (const { arithmetic, dollars } of of(load).lines) {
          const product = arithmetic.split(' × ').reduce((sum, factor) => {
            const [number = ''] = /[\d.,]+/.exec(factor)!;
            return (sum * Number(number.replaceAll(',', ''))) / (factor.includes('/M') ? 1e6 : 1);
          }, 1);
          expect(product, arithmetic).to.be.closeTo(dollars, 0.006 + dollars * 0.0005);
        }
      }),
      { numRuns: runs(50) },
    );
  });

  it('never falls when the rate, the peak, the size or the days rise', () => {
    fc.assert(
      fc.property(workloads, factors, fc.constantFrom('rate', 'peak', 'size', 'days'), (load, factor, knob) => {
        const { rate, peak, size, days } = load;
        const more = {
          rate: { ...load, rate: rate * factor, peak: Math.max(peak, rate * factor) },
          peak: { ...load, peak: peak * factor },
          size: { ...load, size: Math.ceil(size * factor), itemSize: Math.ceil(size * factor) },
          days: { ...load, days: Math.ceil(days * factor) },
        }[knob];
        const [before, after] = [of(load), of(more)];
        expect(after.total).to.be.at.least(before.total);
        for (const [index, choice] of after.choices.entries())
          expect(choice.total, `${index}`).to.be.at.least(before.choices[index]!.total);
      }),
      { numRuns: runs(60) },
    );
  });
});
