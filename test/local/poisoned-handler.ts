import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { handler as healthy } from '../../functions/ddb-event-processor/handler.ts';

/** The real function, which ends its process where a record holds this word. */
const POISON = 'poison';

export const handler = async (event: KinesisStreamEvent, context: Context): Promise<KinesisStreamBatchResponse> => {
  if (event.Records.some(({ kinesis }) => Buffer.from(kinesis.data, 'base64').includes(POISON))) process.exit(3);
  return healthy(event, context);
};
