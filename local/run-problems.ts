import { explain, type Target } from '../aws/explain.ts';
import { count } from '../cli/numbers.ts';
import type { Delivered } from '../client/delivery.ts';
import { isLive } from '../client/sources/source-name.ts';
import type { Audit } from './audit.ts';
import type { StartOptions } from './start-options.ts';

/**
 * What went wrong in a run, a sentence each.
 *
 * @param stuck why not all that was sent was settled, if so
 * @param target the stream, for what is said of it
 */
export const problemsOf = (
  { end, stuck, audit }: { end: Delivered; stuck: Error | undefined; audit: Audit },
  options: StartOptions,
  target: Target,
): string[] => {
  const { failures, error, read, skipped } = end;
  const failed = [...failures.values()];
  return [
    ...failed.map((failure) => `${count(failure.events, 'event')} failed: ${explain(failure.error, target)}`),
    ...(error && !failures.has(error.name) ? [explain(error, target)] : []),
    ...(stuck ? [stuck.message] : []),
    ...(skipped > 0 ? [`${count(skipped, 'line')} passed over; expected lines that a stream takes`] : []),
    ...(read + skipped === 0 && !error && !isLive(options)
      ? ['the source holds no events; expected one JSON event a line']
      : []),
    ...(audit.unsteady > 0 ? [unsteady(audit.unsteady, options)] : []),
  ];
};

const unsteady = (events: number, { parameters: { Processor = 'default' } }: StartOptions): string =>
  `the processor ${Processor} gives different rows for the same event: it did for ${count(events, 'event')}, ` +
  'and after a retry each would be stored in two ways; expected rows that depend on the event only';
