import { subscribe } from 'node:diagnostics_channel';
import type { Context } from 'aws-lambda';
import type { Answer, ChangesEvent } from '../../functions/event-rollups/delivery.ts';
import { handler as healthy } from '../../functions/event-rollups/handler.ts';
import { withTime } from './remaining-time.ts';
import type { RollupFault } from './rollup-faults.ts';

/** What the runner of a soak adds to the event of an invocation. */
export interface FaultyChanges extends ChangesEvent {
  fault?: RollupFault;
  /** How much time the function takes to be left. Milliseconds. @default what is left */
  remainingMs?: number;
}

/** Of the invocation that is on. */
let current: RollupFault | undefined;
let requests = { begun: 0, answered: 0 };

const passed = (when: 'begun' | 'answered') => (): void => {
  requests[when] += 1;
  // The request that has just begun is on its way then: its write takes effect, and nobody hears of it.
  if (current?.kind === 'exit' && current.when === when && requests[when] === current.requests)
    setImmediate(() => process.exit(1));
};
subscribe('http.client.request.start', passed('begun'));
subscribe('http.client.response.finish', passed('answered'));

const crash = (): never => {
  throw new Error('the soak wants a crash');
};

const forever = (): Promise<never> => new Promise(() => setInterval(() => {}, 1_000));

const treat = async (event: FaultyChanges, context: Context, fault: RollupFault | undefined): Promise<Answer> => {
  if (fault?.kind === 'hurry') return healthy(event, withTime(context, fault.ms));
  const { Records } = event;
  if (fault?.kind !== 'some' || Records.length < 2) return healthy(event, context);
  const some = 1 + Math.floor(fault.share * (Records.length - 1));
  const answer = await healthy({ ...event, Records: Records.slice(0, some) }, context);
  const next = { itemIdentifier: Records[some]!.dynamodb!.SequenceNumber! };
  return answer.batchItemFailures.length > 0 ? answer : { ...answer, batchItemFailures: [next] };
};

/** The real function of rollups, which a soak makes throw, end its process, hang, or finish only a part. */
export const handler = async ({ fault, remainingMs, ...event }: FaultyChanges, context: Context): Promise<Answer> => {
  current = fault;
  requests = { begun: 0, answered: 0 };
  const happens = async (when: 'before' | 'after'): Promise<void> => {
    if (fault?.kind === 'throw' && fault.when === when) crash();
    if (fault?.kind === 'hang' && fault.when === when) await forever();
  };
  await happens('before');
  const answer = await treat(event, withTime(context, remainingMs), fault);
  await happens('after');
  current = undefined;
  return answer;
};
