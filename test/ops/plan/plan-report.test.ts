import { expect } from 'chai';
import fc from 'fast-check';
import { passedLimits, whatCostsMost } from '../../../ops/plan/advice.ts';
import { ASSUMPTIONS } from '../../../ops/plan/assumptions.ts';
import { estimate } from '../../../ops/plan/estimate.ts';
import { toJson, toText } from '../../../ops/plan/plan-report.ts';
import { PRICES, PRICES_AS_OF } from '../../../ops/plan/prices.ts';
import { DEPLOYED, estimated, workload } from './workload.ts';

const textOf = (...call: Parameters<typeof estimated>): string => {
  const found = estimated(...call);
  return toText(found, { workload: found.workload, deployed: DEPLOYED, assumptions: ASSUMPTIONS, json: false });
};

describe('the report of a plan', () => {
  it('says which way is cheapest, and how to take it', () => {
    expect(textOf(1, 30_000)).to.contain('the same: no two events fit into one record');
    expect(textOf(10, 1_000, { peak: 50_000 })).to.match(/Cheapest is on-demand.*: ShardCount=0/);
  });

  it('says what X charges, as long as X sells so much by the piece and brings it', () => {
    // 1.15/s × 2,592,000 s = 2,980,800 posts × $0.005 = 14,904; 1.16/s makes 3,006,720.
    expect(textOf(1.15, 1_000)).to.contain('it charges 1.15/s × 86,400 s × 30 d × $0.005/post = $14,904.00.');
    expect(textOf(1.16, 1_000)).to.contain('3,006,720 posts a month are more than the 3,000,000 that X sells');
    // The cap is a month's, however long the bill is for.
    expect(textOf(1.15, 1_000, { days: 365 })).to.contain('it charges');
    expect(textOf(1, 1_000, { peak: 250 })).to.contain('it charges');
    expect(textOf(1, 1_000, { peak: 251 })).to.contain('at most 250 posts a second');
  });

  it('shows no cost below 0, where a function and its log cost less than a cent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 100_000 }), (thousandths, size) => {
        expect(textOf(thousandths / 1_000, size)).to.not.contain('$-');
      }),
    );
  });

  it('names the line that costs most, and what changes it', () => {
    expect(whatCostsMost(estimated(1_000, 1_000))).to.equal(
      'DynamoDB writes, 72 % of the bill. A row of up to 1,024 bytes is one write unit already; write fewer rows. Capacity provisioned for the peak would be $468.00.',
    );
    expect(whatCostsMost(estimated(1_000, 1_100))).to.contain(
      'A row of 1,100 bytes is 2 write units; 76 bytes less, and it is 1.',
    );
    expect(whatCostsMost(estimated(1, 100))).to.match(
      /^Kinesis shards, \d+ % of the bill\. A stream has at least one shard/,
    );
    expect(whatCostsMost(estimated(1_000, 1_000, { days: 365 }))).to.match(/^DynamoDB storage.*RetentionDays/);
  });

  it('has advice for whatever can cost most', () => {
    const rollups = { rollups: 1, groups: 10, windows: 1 };
    const deployed = { ...DEPLOYED, typeIndex: true, secrets: 1 };
    const found = estimate(workload(1, 1, { rollups }), deployed, ASSUMPTIONS);
    for (const { name } of [...found.choices.flatMap(({ lines }) => lines), ...found.lines]) {
      const only = { ...found, lines: [{ name, arithmetic: '', dollars: 1 }], total: 1 };
      expect(whatCostsMost(only), name).to.match(new RegExp(`^${name}, 100 % of the bill\\. .+\\.$`));
    }
  });

  it('says that an index by Type takes no more of one type than a partition does', () => {
    const of = (rate: number) =>
      passedLimits(estimate(workload(rate, 1_000), { ...DEPLOYED, typeIndex: true }, ASSUMPTIONS));
    expect(of(1_000)).to.deep.equal([]);
    expect(of(1_001)).to.have.length(1);
    expect(of(1_001)[0]).to.match(/^1,001 write units a second: the index takes 1,000 of one type/);
  });

  it('says that one window of a rollup takes no more parts than a partition does, since the rollups would never be there', () => {
    const of = (rate: number, rollups: number, groups: number, windows = 1, deployed = DEPLOYED) =>
      passedLimits(estimate(workload(rate, 500, { rollups: { rollups, groups, windows } }), deployed, ASSUMPTIONS));
    for (const rollups of [1, 3]) {
      expect(of(1_000, rollups, 5_000_000)).to.deep.equal([]);
      expect(of(1_100, rollups, 5_000_000)).to.have.length(1);
      expect(of(1_100, rollups, 5_000_000)[0]).to.match(
        /^1,100 parts a second of a rollup in one window, which takes 1,000:/,
      );
      expect(of(1_100, rollups, 5_000_000, 2)).to.deep.equal([]);
    }
    // Ten shards, each of which writes each of 500 groups once a second, or as often as 6 MB are full.
    expect(of(10_000, 1, 500).join()).to.contain('5,000 parts a second');
    const patient = { ...DEPLOYED, rollupsBatchSize: 10_000, rollupsBatchingWindowInSeconds: 10 };
    expect(of(10_000, 1, 500, 1, patient).join()).not.to.contain('parts a second');
  });

  it('names the limits that are passed, and none where none is', () => {
    expect(passedLimits(estimated(4_000, 1_000))).to.deep.equal([]);
    expect(passedLimits(estimated(4_001, 1_000))).to.have.length(1);
    expect(passedLimits(estimated(10_000, 5_000))[0]).to.match(/^50,000 write units a second: a table has 40,000\./);
    // 110 B × 100,000/s are 10.49 MiB: 11 shards. 100,000 × (60 µs × 1,769 / 512 MB + 10 ms / (25 × 20)) = 22.7305 s a second,
    // which are 2.0664 of each shard.
    expect(passedLimits(estimated(100_000, 100, { clients: 4 }))[0]).to.match(
      /busy 207 % .*Raise ParallelizationFactor/,
    );
    // 11,000,000/s × 1,000 B are 10.2445 GiB.
    expect(passedLimits(estimated(10, 1_000, { peak: 11_000_000 }))[0]).to.equal(
      '10.2445 GB/s: an on-demand stream takes 10. Have it raised, or set ShardCount.',
    );
    expect(passedLimits(estimated(1_000_000, 1_100, { clients: 21 }))[0]).to.match(
      /^1,050 invocations at once: an account has 1,000/,
    );
    expect(passedLimits(estimated(1_000_000, 30_000)).slice(0, 2)).to.deep.equal([
      '28,611 shards: an account has 20,000. Have the shard quota raised.',
      '28,611 shards: a stream has at most 10,000, as ShardCount. Divide the events among several stacks.',
    ]);
    expect(passedLimits(estimated(10_000_000, 100, { clients: 21 })).join()).not.to.contain('a stream has');
    expect(passedLimits(estimated(10_000_001, 100, { clients: 21 }))[0]).to.match(/^10,001 shards: a stream has/);
    expect(textOf(4_000, 1_000)).not.to.contain('Limits that are passed');
    expect(textOf(4_001, 1_000)).to.contain('Limits that are passed\n  A new table takes 4,000 write units');
  });

  it('says the same to a machine', () => {
    const found = estimated(1_000, 1_000);
    const json = JSON.parse(
      toJson(found, { workload: found.workload, deployed: DEPLOYED, assumptions: ASSUMPTIONS, json: true }),
    );
    expect(json).to.deep.include({ total: 2_239.99, region: 'us-east-1', limitsPassed: [], lines: found.lines });
    expect(json).to.deep.include({ pipeline: DEPLOYED, assumptions: ASSUMPTIONS, prices: PRICES });
    expect(json).to.include({ pricesAsOf: PRICES_AS_OF, costsMost: whatCostsMost(found) });
    expect(json.best.carried).to.include({ shards: 1, aggregate: true });
  });
});
