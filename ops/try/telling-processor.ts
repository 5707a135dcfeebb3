import { InvalidEventError } from '../../core/invalid-event.ts';
import type { Processor } from '../../core/processor.ts';
import { SHAPES } from '../../core/shapes/index.ts';

/**
 * The same processor, which tells of each error that its own code throws: `process`, rollups, and shapes that no other processor has. What
 * is rejected names the kind of the error only, since its message may quote the event.
 */
export const tellingOf = (processor: Processor, onError: (error: unknown) => void): Processor => {
  const telling =
    <Args extends readonly unknown[], Made>(call: (...args: Args) => Made) =>
    (...args: Args): Made => {
      try {
        return call(...args);
      } catch (error) {
        if (!(error instanceof InvalidEventError)) onError(error);
        throw error;
      }
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
            toRow: telling(shape.toRow),
          },
    ),
    ...(process && { process: telling(process) }),
    ...(rollups && { rollups: rollups.map((rollup) => ({ ...rollup, of: telling(rollup.of) })) }),
  };
};

/** An error, and the place in our code where it was thrown, on one line: what JavaScript has built in, such as JSON.parse, is no place. */
export const whereThrown = (error: unknown): string => {
  if (!(error instanceof Error)) return 'something that is not an error';
  const frames = [...(error.stack ?? '').matchAll(/^ *(at .*)$/gm)].map(([, frame = '']) => frame);
  const place = frames.find((frame) => /:\d+:\d+\)?$/.test(frame) && !frame.includes('node:')) ?? frames[0] ?? '';
  return `${error.name}: ${error.message} ${place}`.trim();
};
