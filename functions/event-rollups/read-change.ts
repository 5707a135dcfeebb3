import type { DynamoDBRecord } from 'aws-lambda';
import type { Item } from '../../aws/wire-value.ts';
import { defined } from '../../core/defined.ts';
import type { EventData } from '../../core/event-data.ts';
import { type InvalidEventError, unlessInvalid } from '../../core/invalid-event.ts';
import { shown } from '../../core/json.ts';
import type { Change } from '../../core/rollups/change.ts';
import { padded } from '../../core/rollups/part.ts';
import { storedRow } from '../stored-row.ts';

/** Up to 40 digits: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html */
const SEQUENCE_NUMBER = /^\d{1,40}$/;

/**
 * The change of a record of the change stream. An image that is not a row of EventData is as one that is not there: it contributed
 * nothing when it came, so it takes nothing out when it goes.
 *
 * @param refused is told why, for each such image
 * @throws {TypeError} where it is not a record of a change stream with both images
 */
export const readChange = (record: DynamoDBRecord, refused: (error: InvalidEventError) => void): Change => {
  const { eventName, dynamodb: { SequenceNumber, OldImage, NewImage } = {} } = record;
  if (typeof SequenceNumber !== 'string' || !SEQUENCE_NUMBER.test(SequenceNumber))
    throw new TypeError(`a SequenceNumber is ${shown(SequenceNumber)}; expected up to 40 digits`);
  if ((eventName !== 'REMOVE' && !NewImage) || (eventName !== 'INSERT' && !OldImage))
    throw new TypeError('a change lacks an image; expected a stream whose StreamViewType is NEW_AND_OLD_IMAGES');
  const row = (image: object | undefined): EventData | undefined =>
    image && unlessInvalid(() => storedRow(image as Item), refused);
  return {
    sequence: padded(SequenceNumber),
    isExpiry: isExpiry(record),
    ...defined({ before: row(OldImage), after: row(NewImage) }),
  };
};

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html */
const isExpiry = ({ eventName, userIdentity }: DynamoDBRecord): boolean =>
  eventName === 'REMOVE' && userIdentity?.type === 'Service' && userIdentity.principalId === 'dynamodb.amazonaws.com';
