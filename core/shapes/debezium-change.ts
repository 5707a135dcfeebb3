import { hash } from 'node:crypto';
import { writeExactJson } from '../exact-json.ts';
import { fieldOf, isObject, isPresent, isText, type JsonObject, type JsonValue } from '../json.ts';
import { timeIn } from '../timestamp.ts';
import type { Shape } from './shape.ts';

/**
 * A change of a database, as Debezium captures it, with its schema around it or not, or as Aurora DSQL puts it on a stream, under a key that
 * is another one each time.
 * https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-change-events-value
 * https://docs.aws.amazon.com/aurora-dsql/latest/userguide/cdc-record-format.html
 */
export const debeziumChange: Shape = {
  name: 'a change captured by Debezium or by Aurora DSQL (op, source)',
  matches: (json) => {
    const { op, source } = changeIn(json);
    return isText(op) && (isText(fieldOf(source, 'connector')) || isOfDsql(source));
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
      Type: `${isOfDsql(change.source) ? 'dsql' : 'debezium'}.${OPERATIONS.get(change.op) ?? change.op}`,
      Data: json,
    };
  },
};

const isOfDsql = (source: JsonValue | undefined): boolean =>
  ['cluster', 'txId'].every((name) => isText(fieldOf(source, name)));

const changeIn = (json: JsonObject): JsonObject => (isObject(json.payload) ? json.payload : json);

/**
 * What is the same when Debezium reads the log again after it has failed. When it read that, and how far it was then, is not. Changes of one
 * transaction of MongoDB share their place in the log, and may have no document in them: only the key of their record says of which they are.
 * A transaction of DSQL has one change of a row, and a change that is too large comes in several records: all else tells them apart.
 */
const identityOf = (change: JsonObject, key: string): JsonObject | (JsonValue | undefined)[] => {
  const { ts_ns, ...others } = change;
  const { op, before, after, updateDescription, message, source } = others;
  if (isOfDsql(source)) return others;
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
