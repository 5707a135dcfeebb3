import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import { systemClock } from '../../aws/system-clock.ts';
import { chunks } from '../../core/batch.ts';
import { eventDataTable } from '../../functions/ddb-event-processor/event-data-table.ts';
import type { ChangesEvent } from '../../functions/event-rollups/delivery.ts';
import { ROLLUPS } from '../../local/stack.ts';
import { answerQuestions, taskOfThisProcess } from './child-process.ts';
import { environmentOf } from './function-environment.ts';
import { type Measured, measure } from './measure.ts';
import { openRollupPeer, ROLLUPS_TABLE, type RollupPeerName } from './rollup-peers.ts';

/** What the process of one function is told. */
export interface RollupsTask {
  peer: RollupPeerName;
  endpoint: string;
  /** Path of the bundle of ours. */
  bundle: string;
  /** Changes that each question applies: new rows, that no question before had. */
  changes: number;
  /** Of the rows, all in one minute. */
  groups: number;
  batchSize: number;
}

/** How long Lambda waits here before it delivers again what failed. Milliseconds. */
const RETRY_MS = 250;

const SHARD = 'shardId-00000001795178096123-f55eea83';
const FIRST_SEQUENCE = 10n ** 21n;

const { peer, endpoint, bundle, changes, groups, batchSize } = taskOfThisProcess<RollupsTask>();
Object.assign(process.env, environmentOf(ROLLUPS.function, endpoint, { ROLLUPS_TABLE }));
const apply = openRollupPeer(peer, endpoint, bundle);
const table = eventDataTable('');
let made = 0;

/** The change of a new row of about 500 bytes. No other peer has its groups: they share the server, which keeps parts. */
const change = (): DynamoDBRecord => {
  const index = made++;
  const row = {
    Username: `user_${index % 5_000}`,
    Id: String(index),
    Timestamp: '2026-11-20T12:34:56.789Z',
    Type: `${peer} of ${groups}: ${index % groups}`,
    Message: 'naïve café 🦊 東京 '.repeat(16),
  };
  const image = table.toItem(row) as Record<string, AttributeValue>;
  return {
    eventID: String(index).padStart(32, '0'),
    eventName: 'INSERT',
    eventSource: 'aws:dynamodb',
    dynamodb: {
      ApproximateCreationDateTime: 1_795_178_096,
      Keys: { Username: image.Username!, Id: image.Id! },
      NewImage: image,
      SequenceNumber: String(FIRST_SEQUENCE + BigInt(index)),
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  };
};

/** Delivers as Lambda does: again from the first change that failed, until none is left. */
const deliver = async ({ Records, ...event }: ChangesEvent): Promise<void> => {
  for (let left = Records; left.length > 0; ) {
    const failed = await apply({ ...event, Records: left });
    if (failed === undefined) return;
    left = left.slice(left.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === failed));
    await systemClock.sleep(RETRY_MS);
  }
};

answerQuestions(async (): Promise<Measured> => {
  const records = Array.from({ length: changes }, change);
  const invocations = [...chunks(records, batchSize)].map((Records) => ({ Records, shardId: SHARD }));
  return measure(changes, async () => {
    // As in Lambda: a shard has the next batch only after the answer for the last.
    for (const invocation of invocations) await deliver(invocation);
  });
});
