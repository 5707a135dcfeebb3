import type { DynamoDBRecord } from 'aws-lambda';
import { defined } from '../../core/defined.ts';
import type { EventData } from '../../core/event-data.ts';
import { eventDataTable } from '../../functions/ddb-event-processor/event-data-table.ts';
import type { ChangesEvent } from '../../functions/event-rollups/delivery.ts';

const TABLE = eventDataTable('EventData');

/** The id of a shard of a change stream, as DynamoDB makes them. */
export const shardId = (index: number): string => `shardId-000000017951780${String(index).padStart(5, '0')}-f55eea83`;

/** The sequence number of the n-th change. The numbers grow from 20 to 21 digits, so that text does not sort as they do. */
export const changeNumber = (index: number): string => (99_999_999_999_999_999_980n + BigInt(index)).toString();

export interface ChangeOf {
  before?: EventData | undefined;
  after?: EventData | undefined;
  isExpiry?: boolean;
}

/** A record of the change stream of EventData, as Lambda delivers it. */
export const changeRecord = ({ before, after, isExpiry = false }: ChangeOf, index = 0): DynamoDBRecord => {
  const image = (row: EventData | undefined) => row && (TABLE.toItem(row) as never);
  const { Username, Id } = (after ?? before)!;
  return {
    eventID: `${index}`.padStart(32, 'c'),
    eventName: before ? (after ? 'MODIFY' : 'REMOVE') : 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    eventSourceARN: 'arn:aws:dynamodb:us-east-1:123456789012:table/s-EventData/stream/2026-11-20T12:00:00.000',
    dynamodb: {
      ApproximateCreationDateTime: 1_795_178_096,
      Keys: { Username: { S: Username }, Id: { S: Id } },
      ...defined({ OldImage: image(before), NewImage: image(after) }),
      SequenceNumber: changeNumber(index),
      SizeBytes: 100,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
    ...(isExpiry && { userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } }),
  };
};

/** The event of one invocation. */
export const changesEvent = (records: DynamoDBRecord[], shard = shardId(0)): ChangesEvent => ({
  Records: records,
  shardId: shard,
});
