import { hash } from 'node:crypto';
import { writeExactJson } from '../exact-json.ts';
import { fieldOf, isObject, isPresent, isText, type JsonObject, type JsonValue } from '../json.ts';
import { timeIn } from '../timestamp.ts';
import type { Shape } from './shape.ts';

/**
 * A change of a database, as Debezium captures it, with its schema around it or not.
 * https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-change-events-value
 */
export const debeziumChange: Shape = {
  name: 'a change captured by Debezium (op, source)',
  matches: (json) => {
    const change = changeIn(json);
    return isText(change.op) && isText(fieldOf(change.source, 'connector'));
  },
  partitionKey: () => undefined,
  toRow: (json, context) => {
    const { ts_ms, ...change } = changeIn(json);
    const { db, schema, table, collection, ts_ms: changedAt } = isObject(change.source) ? change.source : {};
    const madeAt = timeIn(changedAt);
    const name = [[schema, db].find(isText), [table, collection].find(isText)].filter(isText).join('.');
    return {
      Username: name || context.partitionKey || context.hash(),
      // With its time first, the changes of a table are in order, but for those of one transaction. The other times are another one each
      // time that Debezium reads the log, or that the change is sent.
      Id: `${madeAt ? `${madeAt} ` : ''}${hash('sha256', writeExactJson(identityOf(change, context.partitionKey)))}`,
      Timestamp: madeAt ?? timeIn(ts_ms) ?? context.arrivedAt,
      Type: `debezium.${OPERATIONS.get(change.op) ?? change.op}`,
      Data: json,
    };
  },
};

const changeIn = (json: JsonObject): JsonObject => (isObject(json.payload) ? json.payload : json);

/**
 * What is the same when Debezium reads the log again after it has failed. When it read that, and how far it was then, is not. Changes of one
 * transaction of MongoDB share their place in the log, and may have no document in them: only the key of their record says of which they are.
 */
const identityOf = (
  { op, before, after, updateDescription, message, source }: JsonObject,
  key: string,
): (JsonValue | undefined)[] => {
  const { version, sequence, ...position } = isObject(source) ? source : {};
  const named = isPresent(before) || isPresent(after) ? [] : [updateDescription, key];
  return [op, before, after, message, position, ...named];
};

const OPERATIONS: ReadonlyMap<JsonValue | undefined, string> = new Map([
  ['c', 'create'],
  ['u', 'update'],
  ['d', 'delete'],
  ['r', 'read'],
  ['t', 'truncate'],
  ['m', 'message'],
]);
