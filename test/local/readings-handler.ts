import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { PROCESSORS } from '../../processors/index.ts';
import { readings } from './readings-processor.ts';

Object.assign(PROCESSORS, { default: readings });

/** The real function with a processor of the test. It reads its processor as soon as it is loaded, so it is loaded after that. */
export const handler = async (event: KinesisStreamEvent, context: Context): Promise<KinesisStreamBatchResponse> => {
  const { handler: real } = await import('../../functions/ddb-event-processor/handler.ts');
  return real(event, context);
};
