import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { count, number } from '../../cli/numbers.ts';
import { KB, MB, READ_UNIT_BYTES } from '../../core/limits.ts';
import type { QueryOptions } from './query-options.ts';

/** Why the whole table is read, what that costs, and how to find the rows without it. */
export const scanWarning = (
  { selection: { type }, limit }: Pick<QueryOptions, 'selection' | 'limit'>,
  { TableSizeBytes = 0, ItemCount = 0 }: TableDescription,
): string[] => {
  // A read that may be a second old costs half.
  const units = Math.ceil(TableSizeBytes / READ_UNIT_BYTES / 2);
  const size =
    TableSizeBytes < MB
      ? `${number(Math.ceil(TableSizeBytes / KB))} KB`
      : `${number(Math.ceil(TableSizeBytes / MB))} MB`;
  return [
    `This reads the whole table, in no order: about ${count(ItemCount, 'row')} of ${size} for up to ${number(units)} read units${limit === undefined ? '' : '; it ends with the last row that is asked for'}. DynamoDB counts rows and bytes every six hours.`,
    type === undefined
      ? 'To read less: --key USERNAME, or --type TYPE with the index that the parameter TypeIndex=true makes.'
      : 'To read only this type: deploy the stack with TypeIndex=true, or give --key USERNAME. The local stack takes --parameter TypeIndex=true.',
  ];
};
