import { hash } from 'node:crypto';
import { writeExactJson } from '../exact-json.ts';
import { fieldOf, isObject, isPresent, isText, type JsonObject } from '../json.ts';
import { fromRfc3339, rfc3339 } from '../timestamp.ts';
import type { Shape } from './shape.ts';

/**
 * A change of a database, as AWS Database Migration Service captures it: a row of a table, or a statement that concerns a table.
 * https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.Kinesis.html
 */
export const databaseChange: Shape = {
  name: 'a change captured by DMS (metadata.record-type)',
  matches: ({ metadata }) => isText(fieldOf(metadata, 'record-type')) && isText(fieldOf(metadata, 'operation')),
  partitionKey: () => undefined,
  toRow: (json, context) => {
    const metadata: JsonObject = isObject(json.metadata) ? json.metadata : {};
    const { timestamp, 'commit-timestamp': committed, operation } = metadata;
    const table = [metadata['schema-name'], metadata['table-name']].filter(isText).join('.');
    const madeAt = isPresent(timestamp) ? fromRfc3339('metadata.timestamp', timestamp) : undefined;
    const committedAt = rfc3339(committed);
    const change = committedAt && identityOf(json, metadata);
    return {
      Username: table || context.partitionKey || context.hash(),
      // With its time first, the changes of a table are in order, to the microsecond.
      Id: change ? `${committed} ${change}` : `${madeAt ? `${timestamp} ` : ''}${context.hash()}`,
      Timestamp: committedAt ?? madeAt ?? context.arrivedAt,
      Type: `dms.${operation}`,
      Data: json,
    };
  },
};

/**
 * What is the same when DMS reads the log again after it has stopped. When it made the message is not, but without `IncludeTransactionDetails`
 * nothing else tells a change from another one of the same row that is like it.
 */
const identityOf = ({ data, 'before-image': before }: JsonObject, metadata: JsonObject): string | undefined => {
  const { operation, 'transaction-id': transaction, 'transaction-record-id': place } = metadata;
  if (!isPresent(transaction) || !isPresent(place)) return undefined;
  return hash('sha256', writeExactJson([operation, transaction, place, data, before]));
};
