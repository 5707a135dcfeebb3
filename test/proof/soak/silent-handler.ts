import type { Context, KinesisStreamBatchResponse } from 'aws-lambda';
import { type FaultyEvent, handler as faulty } from '../../../proof/soak/faulty-handler.ts';

/** A function with a fault that a soak must find: it never reports a record that it could not store. */
export const handler = async (event: FaultyEvent, context: Context): Promise<KinesisStreamBatchResponse> => {
  await faulty(event, context);
  return { batchItemFailures: [] };
};
