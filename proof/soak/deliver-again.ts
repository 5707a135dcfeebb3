import type { DynamoDBRecord } from 'aws-lambda';
import { padded } from '../../core/rollups/part.ts';
import type { Answer, Invoke } from '../../local/lambda/invocation.ts';
import { MOST_AGAIN, type RollupFaults } from './rollup-faults.ts';

/** What is looked at in the event of an invocation for a shard of a change stream. */
interface Payload {
  shardId: string;
  Records: DynamoDBRecord[];
}

export interface RollupFaultOptions {
  /** The time of an invocation that hangs. */
  hangSeconds: number;
  /** Hears of each fault. */
  tell: (fault: string) => void;
}

/**
 * Lets invocations fail, and lets changes come again before them, as after a lost checkpoint: those of the same shard that are settled,
 * in their order, in other batches.
 *
 * @param next what happens to the next invocation
 */
export const withRollupFaultsAround =
  (next: () => RollupFaults, { hangSeconds, tell }: RollupFaultOptions) =>
  (invoke: Invoke): Invoke => {
    /** The last changes of each shard that were delivered, whatever became of them. */
    const delivered = new Map<string, DynamoDBRecord[]>();
    return async (text, timeout) => {
      const payload = JSON.parse(text) as Payload;
      const { shardId, Records } = payload;
      const { fault, again } = next();
      // Lambda goes on only behind what is settled, so all before this batch is.
      const [first] = Records;
      const earlier = (delivered.get(shardId) ?? []).filter((record) => !first || numberOf(record) < numberOf(first));
      delivered.set(shardId, [...earlier, ...Records].slice(-MOST_AGAIN));
      const repeated = again > 0 ? earlier.slice(-again) : [];
      if (repeated.length > 0) {
        tell('delivered again');
        await deliverInTwo({ ...payload, Records: repeated }, invoke);
      }
      if (!fault) return invoke(text, timeout);
      tell(fault.kind);
      return invoke(JSON.stringify({ ...payload, fault }), fault.kind === 'hang' ? hangSeconds : timeout);
    };
  };

/** The second batch comes only after a first that the function finished. */
const deliverInTwo = async (payload: Payload, invoke: Invoke): Promise<void> => {
  const { Records } = payload;
  const middle = Math.ceil(Records.length / 3);
  for (const some of [Records.slice(0, middle), Records.slice(middle)])
    if (!isFinished(await invoke(JSON.stringify({ ...payload, Records: some })))) return;
};

const numberOf = ({ dynamodb }: DynamoDBRecord): string => padded(dynamodb?.SequenceNumber ?? '');

/** Whether an invocation of a function finished all of its records. */
export const isFinished = (answer: Answer): boolean =>
  'payload' in answer &&
  (JSON.parse(answer.payload) as { batchItemFailures: unknown[] }).batchItemFailures.length === 0;
