import { isObject, isPresent, isText, type JsonObject, type JsonValue } from '../json.ts';
import { keyText } from '../key-text.ts';
import { fromTime } from '../timestamp.ts';
import type { Shape } from './shape.ts';

/**
 * A change of a DynamoDB table, as Kinesis Data Streams for DynamoDB sends it, or a pipe of EventBridge that reads DynamoDB Streams.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds_gettingstarted.html
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-dynamodb.html
 */
export const tableChange: Shape = {
  name: 'a change of a DynamoDB table (eventSource, dynamodb)',
  matches: (json) => json.eventSource === 'aws:dynamodb' && isObject(json.dynamodb),
  partitionKey: (json) => itemOf(json),
  toRow: (json, { arrivedAt }) => {
    const { ApproximateCreationDateTime: time } = changeOf(json);
    return {
      Username: keyText('tableName', itemOf(json), json.tableName),
      Id: keyText('eventID', json.eventID),
      Timestamp: isPresent(time) ? fromTime('dynamodb.ApproximateCreationDateTime', time) : arrivedAt,
      Type: isText(json.eventName) ? `dynamodb.${json.eventName}` : 'dynamodb',
      Data: json,
    };
  },
};

const changeOf = (json: JsonObject): JsonObject => (isObject(json.dynamodb) ? json.dynamodb : {});

/**
 * The item that changed: its table and its key, as in `Carts/c-17`. All changes of an item are one partition, in order. DynamoDB Streams
 * names the table in the ARN of its stream only, which is not in what `aws dynamodbstreams get-records` prints.
 */
const itemOf = (json: JsonObject): string | undefined => {
  const { tableName, eventSourceARN } = json;
  const table = isText(tableName) ? tableName : isText(eventSourceARN) && /:table\/([\w.-]+)/.exec(eventSourceARN)?.[1];
  const { Keys } = changeOf(json);
  const key = isObject(Keys) ? Object.values(Keys).map(scalarOf) : [];
  return [table, ...key].filter(isText).join('/') || undefined;
};

/** The text of a key attribute, which is a text, a number or bytes: `{"S":"c-17"}`. */
const scalarOf = (value: JsonValue): string => (isObject(value) ? (Object.values(value).find(isText) ?? '') : '');
