import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../../cli/user-error.ts';
import type { EventData } from '../../core/event-data.ts';
import { ITEM_BYTES } from '../../core/limits.ts';
import type { Processor } from '../../core/processor.ts';
import { toSourceEvent } from '../../core/source-event.ts';
import { eventDataTable } from '../../functions/ddb-event-processor/event-data-table.ts';
import { storedRow } from '../../functions/stored-row.ts';
import { expectedOf } from '../../local/expected.ts';
import { bundledEventsOf } from '../../local/start-options.ts';
import { processorNamed } from '../../processors/index.ts';
import { type SentEvent, soakEvents } from './events.ts';
import type { FaultName } from './faults.ts';

/** What has to become of an event: rows as the table gives them back, none where it is dropped, or a rejection. */
export type Expected = 'rejected' | { partitionKey: string; rows: readonly EventData[] };

const TABLE = eventDataTable('');

/**
 * A processor may correct a time that is later than the arrival of its event, so nothing of a sample is later than these, but for what comes
 * from a wrong clock. Of that the rows differ between the two.
 */
const [ARRIVAL, LATER] = [new Date('2050-01-01'), new Date('9000-01-01')];

/** What the processor has to make of an event that is a record, or of one in an aggregated record. */
export const expectedFor = (data: Uint8Array, processor: Processor, arrivedAt = ARRIVAL): Expected => {
  const event = toSourceEvent(data, undefined, { shapes: processor.shapes });
  const [first] = expectedOf([event], arrivedAt, processor);
  if (!first || 'reason' in first.fate) return 'rejected';
  const { rows } = first.fate;
  const isTooLarge = rows.some((row) => Buffer.byteLength(JSON.stringify(row)) > ITEM_BYTES);
  if (isTooLarge) return 'rejected';
  return { partitionKey: event.partitionKey, rows: rows.map((row) => storedRow(TABLE.toItem(row))) };
};

/**
 * The events of a soak with a processor: for the default one those of {@link soakEvents}; for any other most are of its sample, and
 * the rest are faults and other events of a soak. The sample begins again with other ids where it is at its end.
 */
export function* eventsFor(
  name: string,
  count: number,
  seed: number,
  faults: ReadonlySet<FaultName>,
): Generator<SentEvent> {
  const own = soakEvents(count, seed, faults);
  if (name === 'default') {
    yield* own;
    return;
  }
  const processor = processorNamed(name);
  const lines = readFileSync(bundledEventsOf(name), 'utf8').split('\n').values();
  // Of the sample only as many lines are looked at as are needed: that takes long.
  const sample: string[] = [];
  const lineFor = (number: number): string => {
    while (sample.length <= number) {
      const { value: line, done } = lines.next();
      if (done) break;
      if (line !== '' && isFixed(Buffer.from(line), processor)) sample.push(line);
    }
    if (sample.length === 0)
      throw new UserError(
        `every event of ${bundledEventsOf(name)} makes other rows when it arrives at another time; expected one that does not, since a soak has to know its rows beforehand`,
      );
    return sample[number % sample.length]!;
  };
  for (const event of own) {
    const { number, poison, isMalformed, isOversize } = event;
    const isOwn = isMalformed || number % OWN_EVERY === 0;
    // No processor makes anything of poison, or of what fits no record.
    if (poison || isOversize || (isOwn && isFixed(event.data, processor))) {
      yield event;
      continue;
    }
    const line = lineFor(number);
    yield { number, data: numbered(line, number, Math.floor(number / sample.length)) };
  }
}

/** One of so many is a tweet or a CloudEvent of the soak, whatever the processor makes of it. */
const OWN_EVERY = 10;

/** Whether it is one event, and does not depend on when it arrives, which nobody knows before. */
const isFixed = (data: Uint8Array, processor: Processor): boolean => {
  const event = toSourceEvent(data, undefined, { shapes: processor.shapes });
  const [early, ...others] = expectedOf([event], ARRIVAL, processor);
  if (!early || others.length > 0 || early.index !== undefined) return false;
  return isDeepStrictEqual(early.fate, expectedOf([event], LATER, processor)[0]?.fate);
};

/** The line with the number of its event, in a field of its own where it is an object. */
const numbered = (line: string, number: number, round: number): Buffer => {
  const renewed = round === 0 ? line : line.replace(/"(id|hit|order)":"([^"]+)"/, `"$1":"$2-${round}"`);
  const mark = `#${number}#`;
  return Buffer.from(renewed.startsWith('{"') ? `{"soak":"${mark}",${renewed.slice(1)}` : `${renewed} ${mark}`);
};
