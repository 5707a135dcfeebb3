import type { QueryCommandInput, TableDescription } from '@aws-sdk/client-dynamodb';
import { defined } from '../../core/defined.ts';

/** Which rows of EventData. */
export interface Selection {
  username?: string;
  type?: string;
  /** ISO 8601 in UTC: rows of that time and later. */
  since?: string;
}

/** How the rows are read: by a key, in its order, or by looking at every row of the table. */
export interface AccessPath {
  kind: 'query' | 'scan';
  input: Omit<QueryCommandInput, 'TableName'>;
  /** Whether each row that is read is wanted. */
  isExact: boolean;
}

/** The index of the template's parameter TypeIndex. */
const TYPE_INDEX = 'ByType';

const FIELDS = { username: 'Username', type: 'Type', since: 'Timestamp' } as const;
type Field = keyof typeof FIELDS;

/**
 * The cheapest way to the rows.
 *
 * @param table what DynamoDB says of it; only a selection without a Username needs it
 */
export const accessPathTo = (selection: Selection, table: TableDescription = {}): AccessPath => {
  const given = (Object.keys(FIELDS) as Field[]).filter((field) => selection[field] !== undefined);
  const keys = keysFor(selection, table);
  const kind = keys.length > 0 ? 'query' : 'scan';
  const inKey = given.filter((field) => keys.includes(field));
  const others = given.filter((field) => !keys.includes(field));
  const input = defined({
    IndexName: inKey[0] === 'type' ? TYPE_INDEX : undefined,
    KeyConditionExpression: conditionOf(inKey),
    FilterExpression: conditionOf(others),
    ExpressionAttributeNames: objectOf(given, (field) => [`#${field}`, FIELDS[field]]),
    ExpressionAttributeValues: objectOf(given, (field) => [`:${field}`, { S: selection[field]! }]),
  });
  return { kind, input, isExact: others.length === 0 };
};

/** The fields that the key of the table or of an index answers. */
const keysFor = ({ username, type }: Selection, table: TableDescription): Field[] => {
  if (username !== undefined) return ['username'];
  return type !== undefined && hasTypeIndex(table) ? ['type', 'since'] : [];
};

/** One that is updated, as by another warm throughput, is read as before. */
const hasTypeIndex = (table: TableDescription): boolean => /^(ACTIVE|UPDATING)$/.test(statusOfTypeIndex(table) ?? '');

/**
 * Whether DynamoDB is still filling the index, which it does not let anybody read meanwhile. A deployment does not wait for that.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
 */
export const isTypeIndexBeingMade = (table: TableDescription): boolean => statusOfTypeIndex(table) === 'CREATING';

const statusOfTypeIndex = ({ GlobalSecondaryIndexes = [] }: TableDescription): string | undefined =>
  GlobalSecondaryIndexes.find(({ IndexName }) => IndexName === TYPE_INDEX)?.IndexStatus;

const conditionOf = (fields: readonly Field[]): string | undefined =>
  fields.length === 0
    ? undefined
    : fields.map((field) => `#${field} ${field === 'since' ? '>=' : '='} :${field}`).join(' AND ');

const objectOf = <T>(
  fields: readonly Field[],
  entryOf: (field: Field) => [string, T],
): Record<string, T> | undefined => (fields.length === 0 ? undefined : Object.fromEntries(fields.map(entryOf)));
