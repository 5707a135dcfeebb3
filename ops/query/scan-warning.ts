import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { isLoopback } from '../../aws/endpoint.ts';
import { count, number } from '../../cli/numbers.ts';
import { KB, MB, READ_UNIT_BYTES } from '../../core/limits.ts';
import { isTypeIndexBeingMade } from './access-path.ts';
import type { QueryOptions } from './query-options.ts';

/** Why the whole table is read, what that costs, and how to find the rows without it. */
export const scanWarning = (
  { selection: { type }, limit, endpoint }: Pick<QueryOptions, 'selection' | 'limit' | 'endpoint'>,
  table: TableDescription,
): string[] => [
  `This reads the whole table, in no order${limit === undefined ? '' : ', until it has the rows that are asked for'}. ${isLoopback(endpoint) ? 'On this machine that costs nothing.' : costOf(table)}`,
  type === undefined
    ? 'To read less: --key USERNAME, or --type TYPE with the index that the parameter TypeIndex=true makes.'
    : toReadOneType(table),
];

const toReadOneType = (table: TableDescription): string =>
  isTypeIndexBeingMade(table)
    ? 'To read only this type: wait until DynamoDB has filled the index by type, which it is making.'
    : 'To read only this type: deploy with TypeIndex=true, or start npm run local with --parameter TypeIndex=true.';

/** DynamoDB counts rows and bytes every six hours. */
const costOf = ({ TableSizeBytes = 0, ItemCount = 0 }: TableDescription): string => {
  if (TableSizeBytes === 0) return 'DynamoDB has not counted its rows yet, so nobody knows what that costs.';
  const size =
    TableSizeBytes < MB
      ? `${number(Math.ceil(TableSizeBytes / KB))} KB`
      : `${number(Math.ceil(TableSizeBytes / MB))} MB`;
  // A read that may be a second old costs half.
  const units = Math.ceil(TableSizeBytes / READ_UNIT_BYTES / 2);
  return `At the last count it had ${count(ItemCount, 'row')} of ${size}, which cost ${count(units, 'read unit')} to read.`;
};
