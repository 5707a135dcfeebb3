import { EventBytes } from '../event-bytes.ts';
import { isText } from '../json.ts';

/**
 * A record of another stream, as EventBridge Pipes hands it over: an element of an array, with its data in base64.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-kinesis.html
 *
 * @returns the event that it holds; `undefined` for any other element
 */
export const pipedRecord = ({ object }: EventBytes): EventBytes | undefined => {
  if (object?.eventSource !== 'aws:kinesis' || typeof object.data !== 'string') return undefined;
  const { data, partitionKey } = object;
  return new EventBytes(Buffer.from(data, 'base64'), isText(partitionKey) ? partitionKey : undefined);
};
