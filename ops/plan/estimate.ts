import { defined } from '../../core/defined.ts';
import { GB, ROW_OVERHEAD_BYTES, WRITE_UNIT_BYTES } from '../../core/limits.ts';
import type { Assumptions } from './assumptions.ts';
import { type Factor, type Line, lineOf, totalOf } from './bill-line.ts';
import type { Deployed } from './deployed.ts';
import { type Invoked, invoke } from './invocations.ts';
import { PRICES } from './prices.ts';
import { type KeptRollups, keep, type RollupsLoad } from './rollups.ts';
import { type Carried, carry, type Flow, type Way } from './stream.ts';

/** What is to be estimated. */
export interface Workload extends Flow {
  /** Bytes of a row: keys, names of attributes and values. */
  itemSize: number;
  /** Rows that an event makes, on average: below one where a processor drops some, above where it makes several. */
  rows: number;
  days: number;
  /** Absent where none are kept: with Rollups=false. */
  rollups?: RollupsLoad;
}

/** One way to carry the events, and its cost: of the stream, the function and its log. The tables cost the same in all. */
export interface Choice {
  carried: Carried;
  invoked: Invoked;
  lines: Line[];
  total: number;
}

/** All ways to carry events, the simplest first. */
const WAYS: readonly Way[] = [
  { mode: 'provisioned', aggregate: false },
  { mode: 'provisioned', aggregate: true },
  { mode: 'on-demand', aggregate: false },
  { mode: 'on-demand', aggregate: true },
];

const DAY: Factor = [86_400, ' s'];
const DAYS_OF_A_MONTH = 30;

/** What a workload costs in each way, and in the cheapest of them altogether. */
export const estimate = (workload: Workload, deployed: Deployed, assumptions: Assumptions) => {
  const { rate, itemSize, days } = workload;
  const written = { rate: rate * workload.rows, peak: workload.peak * workload.rows };
  const choices = WAYS.map((way) => choiceOf(workload, way, deployed, assumptions));
  const best = choices.reduce((cheapest, choice) => (choice.total < cheapest.total ? choice : cheapest));

  const writeUnits = Math.ceil(itemSize / WRITE_UNIT_BYTES);
  const months: Factor = [days / DAYS_OF_A_MONTH, days === DAYS_OF_A_MONTH ? ' month' : ' months'];
  const { pointInTimeRecovery, secrets, retentionDays, typeIndex } = deployed;
  const hasRollups = workload.rollups !== undefined;
  // One alarm watches the index as well.
  const alarms = deployed.alarms + (hasRollups ? deployed.rollupsAlarms : 0) + (typeIndex ? 1 : 0);
  const metrics = deployed.metrics + (hasRollups ? deployed.rollupsMetrics : 0);
  const gbADay = (written.rate * 86_400 * (itemSize + ROW_OVERHEAD_BYTES)) / GB;
  // The table is empty at first. It grows until the first rows expire, or to the end.
  const growing = retentionDays > 0 ? Math.min(days, retentionDays) : days;
  const gb = gbADay * growing;
  const average = (gb * (days - growing / 2)) / days;
  const held: readonly Factor[] = [[average, ' GB'], months];
  const writes: readonly Factor[] = [[written.rate, '/s'], DAY, [days, ' d'], [writeUnits, ' WU']];
  const tableLines = [
    lineOf('DynamoDB writes', writes, PRICES.writeUnits),
    lineOf('DynamoDB storage', held, PRICES.tableGbMonth),
    // It holds whole rows. Backups do not hold it.
    ...(typeIndex
      ? [lineOf('Index writes', writes, PRICES.writeUnits), lineOf('Index storage', held, PRICES.tableGbMonth)]
      : []),
    ...(pointInTimeRecovery ? [lineOf('Point-in-time recovery', held, PRICES.recoveryGbMonth)] : []),
    lineOf('Alarms', [[alarms, ''], months], PRICES.alarmMonth),
    lineOf('Metrics', [[metrics, ''], months], PRICES.metricMonth),
    ...(secrets > 0 ? [lineOf('Secret', [[secrets, ''], months], PRICES.secretMonth)] : []),
  ];
  const rollups =
    workload.rollups && keep({ ...written, itemSize, writeUnits }, workload.rollups, deployed, assumptions);
  const lines = [...best.lines, ...tableLines, ...(rollups ? rollupLines(rollups, days, deployed, assumptions) : [])];
  const copies = typeIndex ? 2 : 1;
  const gbMonth = copies * PRICES.tableGbMonth.dollars + (pointInTimeRecovery ? PRICES.recoveryGbMonth.dollars : 0);
  return {
    workload,
    /** In the order of {@link WAYS}. */
    choices,
    /** The cheapest; of two that cost the same, the simpler. */
    best,
    /** Of the tables, and of what costs the same each month. */
    tableLines,
    /** The whole bill: the best choice, then the tables. */
    lines,
    total: totalOf(lines),
    /** Write units of one row, in the table. */
    writeUnits,
    hasTypeIndex: typeIndex,
    /** What keeping the rollups takes, where there are any. */
    ...defined({ rollups }),
    /** What the writes would cost with provisioned capacity for the peak, those of the index included. */
    provisionedWrites: lineOf(
      'DynamoDB writes, provisioned',
      [
        [copies * Math.ceil(written.peak * writeUnits), ' WCU'],
        [24 * days, ' h'],
      ],
      PRICES.provisionedWriteUnitHour,
    ),
    /** The rows that are left at the end of these days, and what they cost in every month after them. */
    storage: { gb, dollarsAMonth: Math.round(gb * gbMonth * 100) / 100 },
    /** What X charges where it is the source. */
    xPosts: lineOf('X', [[rate, '/s'], DAY, [days, ' d']], PRICES.xPost),
  };
};

export type Estimate = ReturnType<typeof estimate>;

/** A part is one unit to write and one to read, and each call looks whether a rebuild is on. */
const rollupLines = (
  { perSecond, parts, seconds }: KeptRollups,
  days: number,
  deployed: Deployed,
  assumptions: Assumptions,
): Line[] => {
  const units: readonly Factor[] = [[perSecond, '/s'], DAY, [days, ' d']];
  return [
    lineOf('Rollup writes', [...units, [parts, ' WU']], PRICES.writeUnits),
    lineOf('Rollup reads', [...units, [parts + 1, ' RU']], PRICES.readUnits),
    ...functionLines({ perSecond, seconds }, days, deployed, assumptions).map((line) => ({
      ...line,
      name: `Rollup ${line.name.replace('Lambda ', '').toLowerCase()}`,
    })),
  ];
};

/** @param bytes a second */
const perDay = (bytes: number): Factor => [(bytes * 86_400) / GB, ' GB/d'];

const choiceOf = (workload: Workload, way: Way, deployed: Deployed, assumptions: Assumptions): Choice => {
  const carried = carry(workload, way);
  const invoked = invoke(workload, carried, deployed, assumptions);
  const lines = [
    ...streamLines(carried, workload.days),
    ...functionLines(invoked, workload.days, deployed, assumptions),
  ];
  return { carried, invoked, lines, total: totalOf(lines) };
};

const streamLines = (carried: Carried, days: number): Line[] => {
  const { mode, shards, unitsPerSecond, recordsPerSecond, billedBytes } = carried;
  const hours: Factor = [24 * days, ' h'];
  if (mode === 'provisioned')
    return [
      lineOf('Kinesis shards', [[shards, shards === 1 ? ' shard' : ' shards'], hours], PRICES.shardHour),
      lineOf('Kinesis payload units', [[unitsPerSecond, '/s'], DAY, [days, ' d']], PRICES.putPayloadUnits),
    ];
  // The function is the only reader, and reads everything once.
  const data: readonly Factor[] = [perDay(recordsPerSecond * billedBytes), [days, ' d']];
  return [
    lineOf('Kinesis stream', [[1, ' stream'], hours], PRICES.streamHour),
    lineOf('Kinesis data in', data, PRICES.streamGbIn),
    lineOf('Kinesis data out', data, PRICES.streamGbOut),
  ];
};

const functionLines = (
  { perSecond, seconds }: Pick<Invoked, 'perSecond' | 'seconds'>,
  days: number,
  { memorySize, architecture }: Deployed,
  { logBytes }: Assumptions,
): Line[] => {
  const calls: readonly Factor[] = [[perSecond, '/s'], DAY, [days, ' d']];
  const gbSecond = architecture === 'arm64' ? PRICES.lambdaArm64 : PRICES.lambdaX86;
  return [
    lineOf('Lambda calls', calls, PRICES.lambdaRequests),
    lineOf('Lambda duration', [...calls, [seconds, ' s'], [memorySize / 1_024, ' GB']], gbSecond),
    lineOf('Log', [perDay(perSecond * logBytes), [days, ' d']], PRICES.logGb),
  ];
};
