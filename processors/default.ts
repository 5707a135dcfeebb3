import type { Processor } from '../core/processor.ts';
import { SHAPES } from '../core/shapes/index.ts';

/** Stores every event of every shape, and counts them by type and hour. */
export default {
  shapes: SHAPES,
  rollups: [{ name: 'events', every: 'hour', of: ({ Type }) => ({ group: Type }) }],
} satisfies Processor;
