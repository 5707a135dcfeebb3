import { relative } from 'node:path';
import { count, number, rateOf } from '../cli/numbers.ts';
import { optionOf, printableLines } from '../cli/shown.ts';
import type { Delivered } from '../client/delivery.ts';
import { droppedOf } from '../client/delivery-report.ts';
import { keyHint } from '../client/next-steps.ts';
import type { EventData } from '../core/event-data.ts';
import { printable } from '../core/printable.ts';
import type { Audit } from './audit.ts';
import { FAILED_BATCHES, type MovedBatches } from './mapping/failed-batch-folder.ts';
import { type RollupsResult, rollupLines, rollupProblems } from './rollups-report.ts';
import { rowLines } from './row-lines.ts';

/** The outcome of one run of the pipeline. */
export interface RunResult {
  delivered: Delivered;
  audit: Audit;
  /** From the start of the source to the last row. */
  seconds: number;
  /** Milliseconds from the source to the table, one for each event. */
  latencies: readonly number[];
  rejected: readonly { reason: string; detail: string }[];
  /** Where the failed batches are, where there are any. */
  failedBatches?: MovedBatches | undefined;
  sample: readonly EventData[];
  /** Absent where there are none. */
  rollups?: RollupsResult | undefined;
  /** What went wrong, a sentence each. */
  problems: readonly string[];
  /** What to do about events that were not delivered, or not read. */
  nextSteps: readonly string[];
}

/** Whether every event that was read is where it belongs, and not all of them were rejected. */
export const hasSucceeded = (result: RunResult): boolean => isComplete(result) && !isAllRejected(result);

/** Whether every event that was read is in a table or a failed batch, or was filtered out. */
const isComplete = (result: RunResult): boolean =>
  result.delivered.failed === 0 && result.audit.unwritten === 0 && problemsOf(result).length === 0;

const problemsOf = ({ problems, rollups }: RunResult): string[] => [
  ...problems,
  ...(rollups ? rollupProblems(rollups) : []),
];

const isAllRejected = ({ audit: { written, dropped, rejected, kept } }: RunResult): boolean =>
  rejected > 0 && written + dropped + kept === 0;

/** Events that are where the function has brought them. */
const processed = ({ audit: { written, superseded, stale, dropped, rejected } }: RunResult): number =>
  written + superseded + stale + dropped + rejected;

/** Below which half of the latencies lie, and 99 of a hundred. Milliseconds. */
const latencyOf = ({ latencies }: RunResult): { median: number; p99: number } => {
  // Sorting without a comparing function is several times as fast, and a long run has millions.
  const sorted = Float64Array.from(latencies).sort();
  const below = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
  return { median: below(0.5), p99: below(0.99) };
};

/** The counts for a machine. Every event read is sent or failed; every event sent counts once in the audit. */
export const toJson = (result: RunResult): string => {
  const { delivered, audit, seconds, rollups } = result;
  const { read, sent, failed, notices, repeats, unusable, skipped } = delivered;
  const { median, p99 } = latencyOf(result);
  return JSON.stringify({
    read,
    sent,
    failed,
    notices,
    repeats,
    unusable,
    skipped,
    ...audit,
    seconds: Math.round(seconds * 1000) / 1000,
    eventsPerSecond: rateOf(processed(result), seconds),
    latencyMs: { median: Math.round(median), p99: Math.round(p99) },
    ...(rollups && {
      rollups: { groups: rollups.verification.groups, differences: rollups.verification.differences.length },
    }),
  });
};

/** The report for a person. @param from what the events were read from @param key the field of their partition key, where it is given */
export const toText = (result: RunResult, from: string, key?: string): string => {
  const { seconds, latencies, rejected, failedBatches, sample, rollups } = result;
  const problems = problemsOf(result);
  const lines = ['', headline(result), '', ...countsOf(result, from)];
  if (latencies.length > 0) {
    const { median, p99 } = latencyOf(result);
    const rate = count(Math.round(rateOf(processed(result), seconds)), 'event');
    lines.push('', `  ${rate} a second; from source to table ${ms(median)} (median), ${ms(p99)} (99th percentile)`);
  }
  if (sample.length > 0) lines.push('', `${count(sample.length, 'row')} of EventData:`, '', ...rowLines(sample, WIDTH));
  if (rollups && sample.length > 0) lines.push('', ...rollupLines(rollups, WIDTH));
  if (rejected.length > 0) {
    // One event that failed has often hundreds of its kind.
    const kinds = new Set(rejected.map(({ reason, detail }) => `${reason}: ${detail}`));
    lines.push('', 'Rejected, for example:', ...[...kinds].slice(0, EXAMPLES).map((kind) => indented(printable(kind))));
  }
  const ways = waysOut(result);
  if (ways.length > 0) lines.push('', ...ways);
  if (failedBatches) lines.push('', ...failedBatchLines(failedBatches));
  for (const hint of [keyHint(result.delivered.keyless, key), idHint(result)])
    if (hint !== undefined) lines.push('', hint);
  if (problems.length > 0) lines.push('', 'Problems:', ...problems.map((problem) => indented(printableLines(problem))));
  if (result.nextSteps.length > 0) lines.push('', ...result.nextSteps.map(printableLines));
  if (hasSucceeded(result)) lines.push('', ...NEXT);
  return `${lines.join('\n')}\n`;
};

/** Where most events of plain JSON replaced another one, their id may be that of a device. Without one they have that of their bytes. */
const idHint = ({ audit: { superseded, written }, sample }: RunResult): string | undefined => {
  const ids = sample.flatMap(({ Type, Id }) => (Type === 'json' ? [Id] : []));
  if (superseded <= written || ids.length === 0) return undefined;
  const [same, remedy] = ids.every((id) => /^[\da-f]{64}$/.test(id))
    ? ['bytes', 'What may happen again needs a time or an id in it.']
    : [
        'id',
        "Where an id is that of a device or a person, --id FIELD takes one that is the event's own, such as its time.",
      ];
  return `${count(superseded, 'event')} replaced another one of the same partition key and ${same}. ${remedy}`;
};

const failedBatchLines = ({ folder, error }: MovedBatches): string[] => {
  const usual = relative(process.cwd(), FAILED_BATCHES);
  const [place, option] =
    error === undefined
      ? [usual, '']
      : [`${printable(folder)}, since ${usual} cannot be written (${error})`, ` ${optionOf('failed-batches', folder)}`];
  return [
    `The failed batches are in ${place}, with their records.`,
    'Fix what made them fail. Then this command puts their events back on a stack that `npm run local` runs with the parameters of this run:',
    '',
    `  npm run redrive -- --local${option}`,
  ];
};

const headline = (result: RunResult): string => {
  const { delivered, audit, seconds } = result;
  // Those of an envelope count one by one.
  const all = delivered.read - delivered.sent + audit.events + delivered.skipped;
  const events = count(all, 'event');
  const time = `${seconds.toFixed(2)} s`;
  if (delivered.read === 0) return `No event came in ${seconds.toFixed(0)} s.`;
  if (isAllRejected(result))
    return `No row was written: ${number(audit.rejected)} of ${events} ${all === 1 ? 'was' : 'were'} rejected in ${time}.`;
  if (!isComplete(result)) return `${number(processed(result))} of ${events} came through in ${time}.`;
  if (audit.filtered === all) return `The filter dropped all of ${events} in ${time}.`;
  return `${events} through the whole pipeline in ${time}. Nothing was lost.`;
};

const countsOf = ({ delivered, audit, rejected }: RunResult, from: string): string[] => {
  const { read, sent, failed, notices, repeats, unusable, skipped } = delivered;
  const line = (name: string, events: number, what = ''): string =>
    `  ${name.padEnd(12)}${number(events).padStart(9)}${what === '' ? '' : `   ${what}`}`;
  /** Only where there are any. */
  const rare = (name: string, events: number, what: string): string[] => (events > 0 ? [line(name, events, what)] : []);
  return [
    line('read', read, `from ${printable(from)}`),
    ...rare('skipped', notices + repeats + unusable, `by the source: ${droppedOf(delivered)}`),
    ...rare('too long', skipped, 'lines that no stream takes'),
    line(
      'sent',
      sent,
      `to Kinesis${audit.events === sent ? '' : `: ${count(audit.events, 'event')} in their envelopes`}`,
    ),
    ...rare('failed', failed, 'not taken by Kinesis'),
    ...rare('filtered', audit.filtered, 'dropped by the FilterCriteria of the mapping'),
    line(
      'written',
      audit.written,
      `to EventData: ${count(audit.rows, 'row')}${audit.derived > 0 ? `, since an event makes several` : ''}`,
    ),
    ...rare('superseded', audit.superseded, 'replaced by a later event of the same row'),
    ...rare('stale', audit.stale, 'older than the row, which holds the newest'),
    ...rare('dropped', audit.dropped, 'of which there is no row to store'),
    line('rejected', audit.rejected, `to RejectedEvents${reasonsOf(rejected)}`),
    ...rare('kept', audit.kept, 'in failed batches'),
    line('unwritten', audit.unwritten),
  ];
};

/** How many rejected events are told. Of those that say the same one is told. */
const EXAMPLES = 3;

/** Columns of a terminal. */
const WIDTH = 80;

const indented = (line: string): string => `  ${line}`;

const TRY = '`npm run try -- --help` says how to see what it makes of each event.';
const PROCESSOR_FAILED = `The processor is at fault. ${TRY}`;

const WAYS_OUT: Readonly<Record<string, string>> = {
  NotUtf8: 'The text has to be UTF-8. `iconv -f LATIN1 -t UTF-8 FILE` converts it from Latin-1.',
  NotJson: 'One line has to be one JSON object. `jq -c . FILE` makes one line of JSON that spans several.',
  UnknownShape:
    'This processor takes other events. `--processor NAME` picks another; the default one takes every JSON object.',
  ProcessorFailed: PROCESSOR_FAILED,
};

/** All other reasons are of JSON that was read, or of an envelope. */
const OF_TEXT = ['NotUtf8', 'NotJson', 'NotObject'];

/** What a person can do where nothing but rejected events came through, where the processor fails, and where it drops everything. */
const waysOut = (result: RunResult): string[] => {
  const { dropped, rows, rejected, kept } = result.audit;
  if (dropped > 0 && rows + rejected + kept === 0)
    return [`The processor dropped every event, as one does whose process returns nothing. ${TRY}`];
  const reasons = new Set(result.rejected.map(({ reason }) => reason));
  if (!isAllRejected(result)) return reasons.has('ProcessorFailed') ? [PROCESSOR_FAILED] : [];
  return [
    ...Object.entries(WAYS_OUT).flatMap(([reason, wayOut]) => (reasons.has(reason) ? [wayOut] : [])),
    ...(OF_TEXT.some((reason) => reasons.has(reason)) ? ['Lines of any text become events with --wrap TYPE.'] : []),
  ];
};

const NEXT = [
  'Try next:',
  '  npm start -- --file your-events.ndjson      events of your own, one JSON a line',
  '  npm run local                               the same stack, for the client and the AWS CLI',
  '  sam build && sam deploy --guided            the real thing, in your AWS account',
];

const ms = (milliseconds: number): string =>
  milliseconds < 999.5 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;

const reasonsOf = (rejected: RunResult['rejected']): string => {
  const counts = new Map<string, number>();
  for (const { reason } of rejected) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...counts].toSorted().map(([reason, events]) => `${number(events)} ${reason}`);
  return reasons.length > 0 ? `: ${reasons.join(', ')}` : '';
};
