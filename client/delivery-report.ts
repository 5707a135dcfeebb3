import { explain, reasonOf } from '../aws/explain.ts';
import type { ExitCode } from '../cli/exit-code.ts';
import { count, duration, number, rateOf } from '../cli/numbers.ts';
import type { Delivered } from './delivery.ts';
import { exitCodeOf } from './exit-code.ts';
import { CheckpointError } from './kept/checkpoint.ts';
import { howToGoOn } from './next-steps.ts';
import type { Settings } from './settings.ts';
import { isLive, nameOfSource } from './sources/source-name.ts';

/** All that a run of the client has to say at its end. */
export interface Report {
  /** What became of the events. */
  lines: string[];
  /** What went wrong, and what to do next. */
  problems: string[];
  json: object;
  exitCode: ExitCode;
}

/**
 * The report of a run.
 *
 * @param isInterrupted whether somebody stopped it
 * @param command what delivers a file in the same way
 */
export const reportOf = (delivered: Delivered, settings: Settings, isInterrupted: boolean, command: string): Report => {
  const { read, sent, failed, spooled, resumedAt = 0 } = delivered;
  const error = errorOf(delivered);
  const isNothing = read === 0 && !error && !isInterrupted && !isLive(settings);
  const isEmpty = isNothing && resumedAt === 0;
  const exitCode = exitCodeOf({ ...delivered, error, isEmpty, isBeside: error instanceof CheckpointError });
  const perSecond = rateOf(sent, delivered.seconds);
  const headline = `Sent ${number(sent)} of ${count(read, 'event')} to ${settings.stream} in ${delivered.seconds.toFixed(2)} s (${number(Math.round(perSecond))} events/s).`;
  const failures = [...delivered.failures.values()];
  const { requests, records, bytes, shards } = delivered.statistics;
  return {
    lines: [
      headline,
      ...aligned(rowsOf(delivered, settings)),
      ...(isNothing && !isEmpty ? [`All of ${settings.file} had been delivered before.`] : []),
    ],
    problems: [
      ...failures.map((failure) => `${count(failure.events, 'event')} failed: ${explain(failure.error, settings)}`),
      ...(error && !delivered.failures.has(error.name) ? [`error: ${explain(error, settings)}`] : []),
      ...(isEmpty ? [`error: ${nameOfSource(settings)} holds no events; expected one JSON event a line`] : []),
      ...howToGoOn(delivered, settings, command),
    ],
    json: {
      read,
      sent,
      failed,
      spooled,
      notices: delivered.notices,
      repeats: delivered.repeats,
      retried: delivered.retried,
      refused: delivered.refused,
      ...(delivered.lagMs !== undefined && { lagMs: Math.round(delivered.lagMs) }),
      seconds: Math.round(delivered.seconds * 1000) / 1000,
      eventsPerSecond: perSecond,
      failures: byReason(failures),
      statistics: { requests, records, bytes, shards },
      ...(error && { error: explain(error, settings) }),
      ...(delivered.spool !== undefined && { spool: delivered.spool }),
      ...(delivered.unreadFrom !== undefined && { unreadFrom: delivered.unreadFrom }),
      source: settings.source,
      stream: settings.stream,
      exitCode,
    },
    exitCode,
  };
};

/** Whoever stops a run twice when nothing is left to deliver has not broken anything off. */
const errorOf = ({ error, failed }: Delivered): Error | undefined =>
  error?.name === 'AbortError' && failed === 0 ? undefined : error;

/** What there is to tell beside the headline: where nothing special happened, nothing. */
const rowsOf = (delivered: Delivered, settings: Settings): [name: string, value: number | string, remark: string][] => {
  const { read, sent, failed, spooled, retried, refused, notices, repeats, lagMs, spool } = delivered;
  const rows: [string, number | string, string][] = [
    ['retried', retried, 'sent again'],
    ['refused', refused, 'by Kinesis, for the limits of its shards'],
    ['dropped', notices + repeats, `no new events: ${droppedOf(notices, repeats)}`],
    ['failed', failed, 'did not arrive'],
    ['lost', read - sent - failed, 'have no outcome: a fault of the client'],
    ['kept', spooled, `in ${spool ?? 'the spool'}`],
  ];
  const special = rows.filter(([, value]) => value !== 0);
  if (lagMs !== undefined) special.push(['lag', duration(lagMs), 'of the newest event, behind the source']);
  return special.length > 0 ? [['read', read, `from ${nameOfSource(settings)}`], ...special] : [];
};

const droppedOf = (notices: number, repeats: number): string =>
  [...(notices > 0 ? [count(notices, 'notice')] : []), ...(repeats > 0 ? [count(repeats, 'repeat')] : [])].join(', ');

const aligned = (rows: ReturnType<typeof rowsOf>): string[] => {
  const texts = rows.map(([name, value, remark]) => [name, typeof value === 'number' ? number(value) : value, remark]);
  const widest = Math.max(0, ...texts.map(([, value]) => value!.length));
  return texts.map(([name, value, remark]) => `  ${name!.padEnd(8)} ${value!.padStart(widest)}   ${remark}`);
};

const byReason = (failures: readonly { error: Error; events: number }[]): Record<string, number> => {
  const events: Record<string, number> = {};
  for (const failure of failures) {
    const reason = reasonOf(failure.error);
    events[reason] = (events[reason] ?? 0) + failure.events;
  }
  return events;
};
