import { count, number, rateOf } from '../cli/numbers.ts';
import { textTable } from '../cli/text-table.ts';
import type { Delivered } from '../client/delivery.ts';
import type { EventData } from '../core/event-data.ts';
import { type Audit, percentile } from './ledger.ts';

/** Everything that one run of the pipeline has to say. */
export interface RunResult {
  delivered: Delivered;
  audit: Audit;
  /** From the start of the source to the last row. */
  seconds: number;
  /** Milliseconds from the source to the table, one for each event. */
  latencies: readonly number[];
  rejected: readonly { reason: string; detail: string }[];
  /** The folder of the failed batches, where there are any. */
  failedBatches?: string | undefined;
  sample: readonly EventData[];
  /** What went wrong, a sentence each. */
  problems: readonly string[];
}

/** Whether every event that was read is in a table or a failed batch. */
export const isComplete = ({ delivered, audit, problems }: RunResult): boolean =>
  delivered.failed === 0 && audit.unwritten === 0 && problems.length === 0;

/** The counts for a machine. Every event read is sent or failed; every event sent is written, rejected, kept or unwritten. */
export const toJson = ({ delivered, audit, seconds, latencies }: RunResult): string => {
  const { read, sent, failed, notices, repeats } = delivered;
  return JSON.stringify({
    read,
    sent,
    failed,
    notices,
    repeats,
    ...audit,
    seconds: Math.round(seconds * 1000) / 1000,
    eventsPerSecond: rateOf(audit.written + audit.rejected, seconds),
    latencyMs: { median: Math.round(percentile(latencies, 0.5)), p99: Math.round(percentile(latencies, 0.99)) },
  });
};

/** The report for a person. @param from what the events were read from */
export const toText = (result: RunResult, from: string): string => {
  const { delivered, audit, seconds, latencies, rejected, failedBatches, sample, problems } = result;
  const stored = audit.written + audit.rejected;
  const repeats = audit.written - audit.rows;
  const lines = [
    '',
    delivered.read === 0
      ? `No event came in ${seconds.toFixed(0)} s.`
      : isComplete(result)
        ? `${count(delivered.read, 'event')} through the whole pipeline in ${seconds.toFixed(2)} s. Nothing was lost.`
        : `${number(stored)} of ${count(delivered.read, 'event')} came through in ${seconds.toFixed(2)} s.`,
    '',
    `  read        ${number(delivered.read).padStart(9)}   from ${from}`,
    `  sent        ${number(delivered.sent).padStart(9)}   to Kinesis`,
    `  written     ${number(audit.written).padStart(9)}   to EventData${repeats > 0 ? `: ${count(audit.rows, 'row')}, ${count(repeats, 'event')} repeated another` : ''}`,
    `  rejected    ${number(audit.rejected).padStart(9)}   to RejectedEvents${reasonsOf(rejected)}`,
    ...(audit.kept > 0 ? [`  kept        ${number(audit.kept).padStart(9)}   in failed batches`] : []),
    `  unwritten   ${number(audit.unwritten).padStart(9)}`,
    ...(delivered.failed > 0 ? [`  failed      ${number(delivered.failed).padStart(9)}   not taken by Kinesis`] : []),
    '',
    `  ${number(Math.round(rateOf(stored, seconds)))} events a second; from source to table ${ms(percentile(latencies, 0.5))} (median), ${ms(percentile(latencies, 0.99))} (99th percentile)`,
  ];
  if (sample.length > 0) {
    const rows = sample.map(({ Username, Id, Timestamp, Message, Data }) => [
      Username,
      Id,
      Timestamp.slice(0, 19).replace('T', ' '),
      Message ?? JSON.stringify(Data ?? ''),
    ]);
    lines.push(
      '',
      `${count(sample.length, 'row')} of EventData:`,
      '',
      ...textTable(COLUMNS, rows).map((line) => `  ${line}`),
    );
  }
  if (rejected.length > 0)
    lines.push(
      '',
      'Rejected, for example:',
      ...rejected.slice(0, 3).map(({ reason, detail }) => `  ${reason}: ${detail}`),
    );
  if (failedBatches !== undefined)
    lines.push(
      '',
      `The failed batches are in ${failedBatches}, whole.`,
      'Once what made them fail is mended, this puts their events back, here on a stack that `npm run local` keeps up:',
      '',
      '  npm run redrive -- --local',
    );
  if (problems.length > 0) lines.push('', 'Problems:', ...problems.map((problem) => `  ${problem}`));
  return `${[...lines, '', ...NEXT].join('\n')}\n`;
};

const COLUMNS = [
  { name: 'Username', columns: 20 },
  { name: 'Id', columns: 22 },
  { name: 'Timestamp', columns: 19 },
  { name: 'Message', columns: 52 },
];

const NEXT = [
  'Try next:',
  '  npm start -- --file your-events.ndjson      events of your own, one JSON a line',
  '  npm run local                               the same stack, staying up for the client and the AWS CLI',
  '  sam build && sam deploy --guided            the real thing, in your AWS account',
];

const ms = (milliseconds: number): string =>
  milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;

const reasonsOf = (rejected: RunResult['rejected']): string => {
  const counts = new Map<string, number>();
  for (const { reason } of rejected) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...counts].toSorted().map(([reason, events]) => `${number(events)} ${reason}`);
  return reasons.length > 0 ? `: ${reasons.join(', ')}` : '';
};
