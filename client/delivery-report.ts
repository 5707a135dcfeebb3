import { explain, reasonOf } from '../aws/explain.ts';
import { EXIT, type ExitCode } from '../cli/exit-code.ts';
import { count, duration, number, rateOf } from '../cli/numbers.ts';
import { textTable } from '../cli/text-table.ts';
import { defined } from '../core/defined.ts';
import { printable } from '../core/printable.ts';
import type { Delivered } from './delivery.ts';
import { howToGoOn, keyHint } from './next-steps.ts';
import type { Settings } from './settings.ts';
import { isLive, nameOfSource } from './sources/source-name.ts';

/** What the client says at the end of a run. */
export interface Report {
  /** What became of the events, ready for a terminal. */
  lines: string[];
  /** What went wrong, and what to do next. */
  problems: string[];
  json: object;
  exitCode: ExitCode;
}

/**
 * The report of a run.
 *
 * @param isInterrupted whether a signal stopped it
 * @param command the command that delivers a file in the same way
 */
export const reportOf = (delivered: Delivered, settings: Settings, isInterrupted: boolean, command: string): Report => {
  const { read, sent, failed, spooled, checkpointError, resumedAt = 0 } = delivered;
  const error = errorOf(delivered);
  const isNothing = read === 0 && delivered.skipped === 0 && !error && !isInterrupted && !isLive(settings);
  const isEmpty = isNothing && resumedAt === 0;
  const exitCode = exitCodeOf({ ...delivered, error, isEmpty });
  const perSecond = rateOf(sent, delivered.seconds);
  const headline = `Sent ${number(sent)} of ${count(read, 'event')} to ${settings.stream} in ${delivered.seconds.toFixed(2)} s (${number(Math.round(perSecond))} events/s).`;
  const failures = [...delivered.failures.values()];
  const { requests, records, bytes, shards } = delivered.statistics;
  return {
    lines: [
      printable(headline),
      ...textTable(COLUMNS, rowsOf(delivered, settings)).map((row) => `  ${row}`),
      ...[keyHint(delivered.keyless, settings.key)].filter((hint) => hint !== undefined),
      ...(isNothing && !isEmpty
        ? [`All whole lines of ${printable(settings.file ?? '')} had been delivered before.`]
        : []),
    ],
    problems: [
      ...failures.map((failure) => `${count(failure.events, 'event')} failed: ${explain(failure.error, settings)}`),
      ...(error && !delivered.failures.has(error.name) ? [`error: ${explain(error, settings)}`] : []),
      ...(checkpointError ? [`error: ${checkpointError.message}`] : []),
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
      unusable: delivered.unusable,
      skipped: delivered.skipped,
      retried: delivered.retried,
      refused: delivered.refused,
      ...defined({ lagMs: delivered.lagMs === undefined ? undefined : Math.round(delivered.lagMs) }),
      seconds: Math.round(delivered.seconds * 1000) / 1000,
      eventsPerSecond: perSecond,
      failures: byReason(failures),
      statistics: { requests, records, bytes, shards },
      ...defined({
        error: error ? explain(error, settings) : checkpointError?.message,
        spool: delivered.spool,
        unreadFrom: delivered.unreadFrom,
      }),
      source: settings.source,
      stream: settings.stream,
      exitCode,
    },
    exitCode,
  };
};

/** A second Ctrl-C after everything was delivered is not an error. */
const errorOf = ({ error, failed }: Delivered): Error | undefined =>
  error?.name === 'AbortError' && failed === 0 ? undefined : error;

const COLUMNS = [{ name: '' }, { name: '', isRight: true }, { name: '' }];

/** The rows below the headline; there are none if nothing special happened. */
const rowsOf = (delivered: Delivered, settings: Settings): [name: string, value: string, remark: string][] => {
  const { read, sent, failed, spooled, retried, refused, notices, repeats, unusable, skipped, lagMs, spool } =
    delivered;
  const rows: [name: string, value: number, remark: string][] = [
    ['retried', retried, 'sent again'],
    ['refused', refused, 'by Kinesis, for the limits of its shards'],
    ['dropped', notices + repeats + unusable, `not new events: ${droppedOf({ notices, repeats, unusable })}`],
    ['skipped', skipped, 'lines that are too long for any stream'],
    ['failed', failed, 'did not arrive'],
    ['lost', read - sent - failed, 'no outcome: an error in the client'],
    ['kept', spooled, `in ${spool ?? 'the spool'}`],
  ];
  const special = rows
    .filter(([, value]) => value !== 0)
    .map(([name, value, remark]): [string, string, string] => [name, number(value), remark]);
  if (lagMs !== undefined) special.push(['lag', duration(lagMs), 'of the newest event, behind the source']);
  return special.length > 0 ? [['read', number(read), `from ${nameOfSource(settings)}`], ...special] : [];
};

/** What came from the source and was no new event: `1 notice, 2 repeats, 3 of no use`. */
export const droppedOf = ({
  notices,
  repeats,
  unusable,
}: Pick<Delivered, 'notices' | 'repeats' | 'unusable'>): string =>
  [
    ...(notices > 0 ? [count(notices, 'notice')] : []),
    ...(repeats > 0 ? [count(repeats, 'repeat')] : []),
    ...(unusable > 0 ? [`${number(unusable)} of no use`] : []),
  ].join(', ');

const byReason = (failures: readonly { error: Error; events: number }[]): Record<string, number> => {
  const events: Record<string, number> = {};
  for (const failure of failures) {
    const reason = reasonOf(failure.error);
    events[reason] = (events[reason] ?? 0) + failure.events;
  }
  return events;
};

/** What decides how a run of the client ends. */
export interface End extends Pick<Delivered, 'read' | 'sent' | 'failed' | 'spooled' | 'skipped' | 'checkpointError'> {
  spoolError?: Error | undefined;
  error: Error | undefined;
  /** Whether the source should hold events and held none. */
  isEmpty: boolean;
}

/** The exit code of a run. What became of the events comes before the reason why the run ended. */
export const exitCodeOf = ({
  read,
  sent,
  failed,
  spooled,
  skipped,
  spoolError,
  error,
  checkpointError,
  isEmpty,
}: End): ExitCode => {
  // An error in the client may leave events without any outcome.
  if (sent + failed < read) return EXIT.lost;
  if (failed > 0) return spooled === failed && !spoolError ? EXIT.kept : EXIT.lost;
  if (error || isEmpty || skipped > 0) return EXIT.source;
  return checkpointError ? EXIT.error : EXIT.ok;
};
