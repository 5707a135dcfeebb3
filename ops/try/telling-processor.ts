import { inspect } from 'node:util';
import type { EventData } from '../../core/event-data.ts';
import { InvalidEventError } from '../../core/invalid-event.ts';
import { isObject } from '../../core/json.ts';
import type { Processor } from '../../core/processor.ts';
import { SHAPES } from '../../core/shapes/index.ts';
import { misfitIn } from './misfit.ts';

/** Hears of what a processor does wrong. */
export interface ProcessorListener {
  /** Its own code threw an error. */
  threw: (error: unknown) => void;
  /** It made a row that holds at this place what no row may hold. */
  misfit: (place: string) => void;
  /** It changed the row that it took. */
  changed: () => void;
}

/**
 * The same processor, which tells of what its own code does wrong: `process`, rollups, and shapes that no other processor has. What is
 * rejected names the kind of an error and no place in a row, since both may quote the event.
 */
export const tellingOf = (processor: Processor, { threw, misfit, changed }: ProcessorListener): Processor => {
  const telling =
    <Args extends readonly unknown[], Made>(call: (...args: Args) => Made) =>
    (...args: Args): Made => {
      try {
        return call(...args);
      } catch (error) {
        if (!(error instanceof InvalidEventError)) threw(error);
        throw error;
      }
    };
  const fitting = <Made>(made: Made): Made => {
    for (const row of [made].flat()) {
      const place = isObject(row) ? misfitIn(row) : undefined;
      if (place !== undefined) misfit(place);
    }
    return made;
  };
  const { shapes, process, rollups } = processor;
  return {
    ...processor,
    shapes: shapes.map((shape) =>
      SHAPES.includes(shape)
        ? shape
        : {
            ...shape,
            matches: telling(shape.matches),
            partitionKey: telling(shape.partitionKey),
            toRow: telling((...args) => fitting(shape.toRow(...args))),
          },
    ),
    ...(process && {
      process: telling((row) => {
        const before = textOf(row);
        const made = fitting(process(row));
        if (textOf(row) !== before) changed();
        return made;
      }),
    }),
    ...(rollups && { rollups: rollups.map((rollup) => ({ ...rollup, of: telling(rollup.of) })) }),
  };
};

/** Whatever a row was made to hold; no row holds more levels. */
const textOf = (row: EventData): string =>
  inspect(row, { depth: 40, maxArrayLength: null, maxStringLength: null, compact: true, breakLength: Infinity });

/** An error, and the place in our code where it was thrown, on one line: what JavaScript has built in, such as JSON.parse, is no place. */
export const whereThrown = (error: unknown): string => {
  if (!(error instanceof Error)) return 'something that is not an error';
  const frames = [...(error.stack ?? '').matchAll(/^ *(at .*)$/gm)].map(([, frame = '']) => frame);
  const place = frames.find((frame) => /:\d+:\d+\)?$/.test(frame) && !frame.includes('node:')) ?? frames[0] ?? '';
  return `${error.name}: ${error.message} ${place}`.trim();
};
