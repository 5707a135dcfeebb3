import { explain, explainPlace } from '../../aws/explain.ts';
import { count, number, rateOf } from '../../cli/numbers.ts';
import type { Place } from './entry.ts';
import type { PassedOver } from './passed-over.ts';
import type { Left, PutBack } from './put-back.ts';
import type { RedriveSettings } from './redrive-settings.ts';
import type { ReasonCounts } from './survey.ts';

/** Lines for a person, and the object that --json prints. */
export interface Report {
  lines: string[];
  /** What went wrong, apart from single entries, which are named as they are met. */
  errors: string[];
  json: object;
}

/** The closing report of a run that put entries back. */
export const reportPutBack = (
  { counts, left, seconds, error }: PutBack,
  places: readonly Place[],
  passedOver: PassedOver,
  settings: RedriveSettings,
): Report => {
  const sum = (of: 'putBack' | 'removed' | 'left'): number => counts.reduce((total, one) => total + one[of], 0);
  const [putBack, removed, allLeft] = [sum('putBack'), sum('removed'), sum('left')];
  const eventsPerSecond = rateOf(putBack, seconds);
  const duration = `${seconds.toFixed(2)} s (${number(Math.round(eventsPerSecond))} events/s)`;
  const rows = counts.map((of, index) => {
    const { name, unit } = places[index]!;
    return `  ${name}: ${count(of.putBack, 'event')} put back, ${number(of.removed)} ${plural(unit, of.removed)} removed, ${number(of.left)} left`;
  });
  const errors = left.map((one) => leftFor(one, settings));
  if (error && !left.some(({ error: cause }) => cause.name === error.name)) errors.push(explainStream(error, settings));
  return {
    lines: [
      `Put back ${count(putBack, 'event')} on ${settings.stream} in ${duration}.`,
      ...rows,
      ...linesOf(passedOver, settings),
    ],
    errors,
    json: {
      putBack,
      removed,
      left: allLeft,
      passedOver: passedOver.entries,
      seconds: Math.round(seconds * 1000) / 1000,
      eventsPerSecond,
    },
  };
};

/** What a dry run found. */
export const reportSurvey = (
  found: readonly ReasonCounts[],
  left: number,
  passedOver: PassedOver,
  settings: RedriveSettings,
): Report => {
  const entries = found.reduce((total, one) => total + one.entries, 0);
  const events = found.reduce((total, one) => total + one.events, 0);
  const lines = [`${count(events, 'event')} would be put back on ${settings.stream}. Nothing was changed.`];
  for (const { place, reason, samples, ...counts } of found) {
    const units = `${number(counts.entries)} ${plural(place.unit, counts.entries)}`;
    const size = counts.events === counts.entries ? units : `${units} with ${count(counts.events, 'event')}`;
    const times = counts.first === counts.last ? counts.first : `${counts.first} to ${counts.last}`;
    lines.push('', `  ${reason}: ${size} in ${place.name}, set aside ${times}`);
    for (const { name, detail, arrivedAt } of samples)
      lines.push(`    ${name}`, `      ${[detail, ...(arrivedAt ? [`arrived ${arrivedAt}`] : [])].join('; ')}`);
    if (samples.length < counts.entries) lines.push(`    and ${number(counts.entries - samples.length)} more`);
  }
  const notes = linesOf(passedOver, settings);
  if (notes.length > 0) lines.push('', ...notes);
  const reasons = found.map((one) => ({ reason: one.reason, entries: one.entries, events: one.events }));
  return { lines, errors: [], json: { dryRun: true, events, entries, left, passedOver: passedOver.entries, reasons } };
};

/** `entry`, `entries`; `failed batch`, `failed batches`; `rejected event`, `rejected events`. */
const plural = (unit: string, value: number): string =>
  value === 1 ? unit : unit.replace(/y$/, 'ie').replace(/h$/, 'he').concat('s');

const linesOf = ({ entries, tooNew, reasons, limit }: PassedOver, { selection }: RedriveSettings): string[] => {
  const lines: string[] = [];
  if (entries > tooNew) {
    const named = reasons.size > 0 ? `, such as ${[...reasons].slice(0, 5).join(', ')}` : '';
    lines.push(
      `Passed over ${number(entries - tooNew)} ${plural('entry', entries - tooNew)} that the options leave out${named}.`,
    );
  }
  if (tooNew > 0)
    lines.push(
      `Passed over ${number(tooNew)} ${plural('entry', tooNew)} set aside since ${isoOf(selection.before)}, when this run began.`,
    );
  if (limit)
    lines.push(
      `Stopped before ${limit.entry.name}: it holds ${count(limit.entry.size, 'event')}, and --limit leaves room for ` +
        `${number(limit.room)}. A failed batch is put back whole or not at all.`,
    );
  return lines;
};

const isoOf = (time: number): string => new Date(time).toISOString();

const leftFor = ({ place, kind, error, entries }: Left, settings: RedriveSettings): string => {
  const units = `${number(entries)} ${plural(place.unit, entries)} of ${place.name}`;
  return kind === 'unsent'
    ? `${units} not put back, and left: ${explainStream(error, settings)}`
    : `${units} put back but not removed, so the next run puts them back again: ${explainPlace(error, place)}`;
};

/** What went wrong with the stream. */
const explainStream = (error: Error, { stream, region, endpoints }: RedriveSettings): string => {
  const where = endpoints.kinesis ?? region;
  const place = { name: `the stream "${stream}"`, permissions: 'kinesis:PutRecords', where };
  const isOurs = /^(AccessDenied|ExpiredToken|CredentialsProvider|ResourceNotFound)/.test(error.name);
  return isOurs ? explainPlace(error, place) : explain(error, { stream, region, endpoint: endpoints.kinesis });
};
