import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { handler as healthy } from '../../functions/ddb-event-processor/handler.ts';

/** The real function, which fails where a record holds this word. */
const POISON = 'poison';

export const handler = async (event: KinesisStreamEvent, context: Context): Promise<KinesisStreamBatchResponse> => {
  if (event.Records.some(({ kinesis }) => Buffer.from(kinesis.data, 'base64').includes(POISON)))
    throw new Error('as the test asked for');
  return healthy(event, context);
};
