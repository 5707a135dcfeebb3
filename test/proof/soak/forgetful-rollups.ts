import type { Context } from 'aws-lambda';
import type { Answer } from '../../../functions/event-rollups/delivery.ts';
import { type FaultyChanges, handler as faulty } from '../../../proof/soak/faulty-rollups.ts';

/** A function of rollups with a fault that a soak must find: it forgets the last change of each batch. */
export const handler = (event: FaultyChanges, context: Context): Promise<Answer> =>
  faulty({ ...event, Records: event.Records.slice(0, -1) }, context);
