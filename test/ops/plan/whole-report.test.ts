import { expect } from 'chai';
import type { Deployed } from '../../../ops/plan/deployed.ts';
import { estimate } from '../../../ops/plan/estimate.ts';
import { readPlanOptions } from '../../../ops/plan/plan-options.ts';
import { toText } from '../../../ops/plan/plan-report.ts';
import { PRICES_AS_OF, PRICES_REGION } from '../../../ops/plan/prices.ts';

/** A stack that does not change with the template. */
const STACK: Deployed = {
  batchSize: 500,
  maximumBatchingWindowInSeconds: 0,
  parallelizationFactor: 1,
  memorySize: 512,
  architecture: 'arm64',
  pointInTimeRecovery: true,
  retentionPeriodHours: 24,
  retentionDays: 0,
  typeIndex: false,
  rollups: true,
  rollupsBatchSize: 1_000,
  rollupsBatchingWindowInSeconds: 1,
  alarms: 12,
  rollupsAlarms: 6,
  secrets: 0,
  metrics: 6,
  rollupsMetrics: 4,
};

const reportOf = (line: string, others: Partial<Deployed> = {}): string => {
  const options = readPlanOptions(line.split(' '), { ...STACK, ...others });
  return toText(estimate(options.workload, options.deployed, options.assumptions), options);
};

describe('all that a plan says', () => {
  it('of the least load', () => {
    expect(reportOf('--rate 1 --size 1 --days 1 --rollups 0')).to.equal(LEAST);
  });

  it('with a word for one change', () => {
    expect(reportOf('--rate 1 --size 1')).to.contain('A call has 1 change of one of 4 shards and writes 1 part of');
  });

  it('of a load that has everything: a peak, several clients, rows that expire, an index, rollups, a secret and long retention', () => {
    const load = '--rate 1000 --peak 2500.5 --size 500 --item 1500 --days 60 --clients 2 --retention 45 --type-index';
    const others = { secrets: 1, retentionPeriodHours: 48 };
    expect(reportOf(`${load} --rollups 2 --groups 200 --windows 2`, others)).to.equal(MOST);
  });
});

const LEAST = `1 event/s of 1 byte, 1 day: $0.62

Shards
  an event a record  1 (1 by records, 1 by bytes)
  with --aggregate   1 (1 by records, 1 by bytes)

Ways to carry the events
                            shards  records/s  payload units/s  Kinesis  Lambda and log
  ────────────────────────  ──────  ─────────  ───────────────  ───────  ──────────────
  provisioned                    1          1                1    $0.36           $0.11
  provisioned, --aggregate       1          1                1    $0.36           $0.11
  on-demand                      4          1                –    $0.97           $0.11
  on-demand, --aggregate         4          1                –    $0.96           $0.11
  Cheapest is provisioned: ShardCount=1. On a provisioned stream --aggregate saves nothing.

The bill
  Kinesis shards          $0.36  1 shard × 24 h × $0.015/shard-hour
  Kinesis payload units   $0.00  1/s × 86,400 s × 1 d × $0.014/M units
  Lambda calls            $0.02  1/s × 86,400 s × 1 d × $0.2/M calls
  Lambda duration         $0.01  1/s × 86,400 s × 1 d × 0.0102073 s × 0.5 GB × $0.0000133334/GB-s
  Log                     $0.08  0.164795 GB/d × 1 d × $0.5/GB
  DynamoDB writes         $0.05  1/s × 86,400 s × 1 d × 1 WU × $0.625/M WU
  DynamoDB storage        $0.00  0.00406355 GB × 0.0333333 months × $0.25/GB-month
  Point-in-time recovery  $0.00  0.00406355 GB × 0.0333333 months × $0.2/GB-month
  Alarms                  $0.04  12 × 0.0333333 months × $0.1/month
  Metrics                 $0.06  6 × 0.0333333 months × $0.3/month
  Total                   $0.62

What costs most: Kinesis shards, 58 % of the bill. A stream has at least one shard.

Besides
  Writes with provisioned capacity: 1 WCU × 24 h × $0.00065/WCU-hour = $0.02
  The rows of 1 day are 0.01 GB, and cost $0.00 in each month after.
  If X is the source, it charges 1/s × 86,400 s × 1 d × $0.005/post = $432.00. It may bill a user that comes with a post too, at $0.01.

Assumptions
  A row has 1 byte, with its keys and names, as the event has: --item. Every event is its own row: --rows.
  BatchSize 500, a window of 0 seconds, ParallelizationFactor 1, 512 MB, arm64: as in template.yaml, or --batch, --window, --parallel, --memory.
  An event takes 60 µs of a whole vCPU, as the benchmark finds: --cpu-us. Memory gives a share of one.
  DynamoDB takes 10 ms for 25 rows, 20 requests at once: --write-ms.
  A call then takes 10.21 ms, and the function is busy 2 % of the time that its shards give it.
  1 client: --clients. With --aggregate an event waits up to 20 ms for others.
  Keys are spread evenly, and the peak may fill each shard completely. A higher --peak leaves room for uneven keys.
  Only the function reads the stream of events. An on-demand stream keeps twice the shards of the peak, at least four.
  Nothing fails, so S3 and RejectedEvents are empty. Requests to KMS are not included: a stream makes some for less than a few dollars. No taxes, free tiers or discounts, and no dashboards: an account has three for free.
  The table is empty at first. A month has 30 days, a GB 1,024³ bytes.
  Prices of ${PRICES_REGION}, looked up on ${PRICES_AS_OF}; ops/plan/prices.ts has the source of each.
`;

/*
 * 2,500.5/s × 510 B fill 1.2 shards. Two clients make 2 × 50 records a second on each of two. 1,000/s × 86,400 s × 1,600 B are 128.746 GB a
 * day: 45 days of growth, then 15 full, are 5,793.57 × (60 − 22.5) / 60 GB on average. 5,001 write units a second are six partitions of
 * the table, so six calls of the rollups a second: 1,000/6 changes touch as many parts of each of two.
 */
const MOST = `1,000 events/s of 500 bytes, 2,500.5/s at the peak, 60 days: $25,959.11

Shards
  an event a record  3 (3 by records, 2 by bytes)
  with --aggregate   2 (1 by records, 2 by bytes)

Ways to carry the events
                            shards  records/s  payload units/s  Kinesis  Lambda and log
  ────────────────────────  ──────  ─────────  ───────────────  ───────  ──────────────
  provisioned                    3      1,000            1,000  $137.38          $26.14
  provisioned, --aggregate       2        200              200   $57.72          $19.82
  on-demand                      6      1,000                –  $650.86          $45.12
  on-demand, --aggregate         4        400                –  $476.36          $32.48
  Cheapest is provisioned, --aggregate: ShardCount=2 and npm run client -- --aggregate. On a provisioned stream --aggregate saves $85.98.

The bill
  Kinesis shards              $43.20  2 shards × 1,440 h × $0.015/shard-hour
  Kinesis payload units       $14.52  200/s × 86,400 s × 60 d × $0.014/M units
  Lambda calls                 $2.07  2/s × 86,400 s × 60 d × $0.2/M calls
  Lambda duration              $7.86  2/s × 86,400 s × 60 d × 0.113652 s × 0.5 GB × $0.0000133334/GB-s
  Log                          $9.89  0.32959 GB/d × 60 d × $0.5/GB
  DynamoDB writes          $6,480.00  1,000/s × 86,400 s × 60 d × 2 WU × $0.625/M WU
  DynamoDB storage         $1,810.49  3,620.98 GB × 2 months × $0.25/GB-month
  Index writes             $6,480.00  1,000/s × 86,400 s × 60 d × 2 WU × $0.625/M WU
  Index storage            $1,810.49  3,620.98 GB × 2 months × $0.25/GB-month
  Point-in-time recovery   $1,448.39  3,620.98 GB × 2 months × $0.2/GB-month
  Alarms                       $3.80  19 × 2 months × $0.1/month
  Metrics                      $6.00  10 × 2 months × $0.3/month
  Secret                       $0.80  1 × 2 months × $0.4/month
  Rollup writes            $6,480.00  6/s × 86,400 s × 60 d × 333.33 WU × $0.625/M WU
  Rollup reads             $1,299.89  6/s × 86,400 s × 60 d × 334.33 RU × $0.125/M RU
  Rollup calls                 $6.22  6/s × 86,400 s × 60 d × $0.2/M calls
  Rollup duration             $25.83  6/s × 86,400 s × 60 d × 0.124551 s × 0.5 GB × $0.0000133334/GB-s
  Rollup log                  $29.66  0.98877 GB/d × 60 d × $0.5/GB
  Total                   $25,959.11

What costs most: DynamoDB writes, 25 % of the bill. A row of 1,500 bytes is 2 write units; 476 bytes less, and it is 1. Capacity provisioned for the peak would be $9,361.87.

Besides
  Writes with provisioned capacity: 10,002 WCU × 1,440 h × $0.00065/WCU-hour = $9,361.87
  Rows expire after 45 days. Those that are left are 5,793.57 GB, and cost $4,055.50 in each month after.
  If X is the source, the load is out of its reach: a filtered stream brings at most 250 posts a second.

Limits that are passed
  5,001 write units a second: the index takes 1,000 of one type, and the table waits for it. Spread events over several types, or leave TypeIndex out.
  A new table takes 4,000 write units a second, then up to twice its peak every 30 minutes. Grow by that, or warm the table up.

Assumptions
  A row has 1,500 bytes, with its keys and names: --item. Every event is its own row: --rows.
  BatchSize 500, a window of 0 seconds, ParallelizationFactor 1, 512 MB, arm64: as in template.yaml, or --batch, --window, --parallel, --memory.
  An event takes 60 µs of a whole vCPU, as the benchmark finds: --cpu-us. Memory gives a share of one.
  DynamoDB takes 10 ms for 25 rows, 20 requests at once: --write-ms.
  A call then takes 113.65 ms, and the function is busy 12 % of the time that its shards give it.
  2 clients: --clients. With --aggregate an event waits up to 20 ms for others.
  2 rollups, 200 groups in a window, 2 windows at a time: --rollups, --groups, --windows. A call has 166.67 changes of one of 6 shards and writes 333.33 parts of up to 1 KB, whose storage is not included. Rows are new: one that is replaced may touch two groups.
  Keys are spread evenly, and the peak may fill each shard completely. A higher --peak leaves room for uneven keys.
  Only the function reads the stream of events. An on-demand stream keeps twice the shards of the peak, at least four.
  Nothing fails, so S3 and RejectedEvents are empty. Requests to KMS are not included: a stream makes some for less than a few dollars. RetentionPeriodHours above 24 is not included. No taxes, free tiers or discounts, and no dashboards: an account has three for free.
  The table is empty at first. A month has 30 days, a GB 1,024³ bytes.
  Prices of ${PRICES_REGION}, looked up on ${PRICES_AS_OF}; ops/plan/prices.ts has the source of each.
`;
