import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { handler as healthy } from '../../functions/ddb-event-processor/handler.ts';
import { POISON } from './events.ts';
import type { FunctionFault } from './faults.ts';
import { withTime } from './remaining-time.ts';

/** What the runner of a soak adds to the event of an invocation. */
export interface FaultyEvent extends KinesisStreamEvent {
  fault?: FunctionFault;
  /** How much time the function takes to be left. Milliseconds. @default what is left */
  remainingMs?: number;
}

const holds = ({ Records }: KinesisStreamEvent, field: string): boolean =>
  Records.some(({ kinesis }) => Buffer.from(kinesis.data, 'base64').includes(field));

const crash = (): never => {
  throw new Error('the soak wants a crash');
};

/** The real function, which a soak makes throw, end its process or hang. */
export const handler = async (event: FaultyEvent, context: Context): Promise<KinesisStreamBatchResponse> => {
  if (event.fault === 'throw before' || holds(event, POISON.before)) crash();
  if (event.fault === 'exit') process.exit(1);
  if (event.fault === 'hang') await new Promise(() => setInterval(() => {}, 1_000));
  const response = await healthy(event, withTime(context, event.remainingMs));
  if (event.fault === 'throw after' || holds(event, POISON.after)) crash();
  return response;
};
