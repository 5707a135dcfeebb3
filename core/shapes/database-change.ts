import { fieldOf, isObject, isPresent, isText, type JsonObject } from '../json.ts';
import { fromRfc3339 } from '../timestamp.ts';
import type { Shape } from './shape.ts';

/**
 * A change of a database, as AWS Database Migration Service captures it: a row of a table, or a statement that concerns a table.
 * https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.Kinesis.html
 */
export const databaseChange: Shape = {
  name: 'a change captured by DMS (metadata.record-type)',
  matches: ({ metadata }) => isText(fieldOf(metadata, 'record-type')) && isText(fieldOf(metadata, 'operation')),
  partitionKey: () => undefined,
  toRow: (json, { arrivedAt, partitionKey, hash }) => {
    const metadata: JsonObject = isObject(json.metadata) ? json.metadata : {};
    const { timestamp, operation } = metadata;
    const table = [metadata['schema-name'], metadata['table-name']].filter(isText).join('.');
    const time = isPresent(timestamp) ? fromRfc3339('metadata.timestamp', timestamp) : undefined;
    return {
      Username: table || partitionKey || hash(),
      // A change has no id of its own. With its time first, the changes of a table are in order, to the microsecond.
      Id: time ? `${timestamp} ${hash()}` : hash(),
      Timestamp: time ?? arrivedAt,
      Type: `dms.${operation}`,
      Data: json,
    };
  },
};
