import { isDeepStrictEqual } from 'node:util';
import { mapEvent } from '../core/decode.ts';
import { openRecord } from '../core/envelopes/index.ts';
import { type Arrival, EventBytes } from '../core/event-bytes.ts';
import type { EventData } from '../core/event-data.ts';
import { type Rejection, rejecting } from '../core/invalid-event.ts';
import { type Processor, rowsOf } from '../core/processor.ts';
import type { SourceEvent } from '../core/source-event.ts';

/** What has to become of an event: these rows, none where it is dropped, or a rejection. */
export type Fate = { rows: readonly EventData[] } | Rejection;

export interface ExpectedEvent {
  /** Its place among the events of its record, from 0. Undefined where it is the record. */
  index: number | undefined;
  /** The processor is called when it is first read. */
  readonly fate: Fate;
  /** Whether the processor makes the same of it twice. */
  readonly isSteady: boolean;
}

/**
 * What the function makes of a record, computed without it. What an aggregated record holds is not opened again. A message of an
 * envelope's own is an event without rows.
 *
 * @param events of the record, in the order in which they lie in it
 */
export const expectedOf = (events: readonly SourceEvent[], arrivedAt: Date, processor: Processor): ExpectedEvent[] => {
  const expected = (event: EventBytes, arrival: Arrival, index?: number): ExpectedEvent => {
    const process = (bytes: Uint8Array | EventBytes): Fate => {
      const made = rejecting(() => rowsOf(processor, mapEvent(bytes, arrival, processor.shapes)));
      return 'rejection' in made ? made.rejection : { rows: made.value };
    };
    let known: Fate | undefined;
    return {
      index,
      get fate() {
        known ??= process(event);
        return known;
      },
      get isSteady() {
        // From the bytes, as at another delivery.
        return isDeepStrictEqual(this.fate, process(event.data));
      },
    };
  };
  const [only, ...others] = events;
  if (!only) return [];
  if (others.length > 0)
    return events.map(({ data, partitionKey }, index) =>
      expected(new EventBytes(data), { at: arrivedAt, partitionKey }, index),
    );
  const opened = rejecting(() => openRecord(only.data));
  if ('rejection' in opened) return [{ index: undefined, fate: opened.rejection, isSteady: true }];
  const { events: found, isSingle, notices } = opened.value;
  return [
    ...found.map((event, index) =>
      expected(event, { at: arrivedAt, partitionKey: only.partitionKey, ...event.own }, isSingle ? undefined : index),
    ),
    ...Array.from({ length: notices }, () => ({ index: undefined, fate: { rows: [] }, isSteady: true })),
  ];
};
