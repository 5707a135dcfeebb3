import type { Random } from '../../../core/random.ts';
import { exception, type Operation, THROTTLED } from './answer.ts';
import type { Counters } from './null-server-options.ts';

export interface NullDynamoDbOptions {
  /** Of the items of a batch that are left unprocessed, and of the single ones that are refused. */
  refusedShare: number;
  random: Random;
  counters: Pick<Counters, 'items' | 'unprocessed'>;
}

/** In JSON text no value looks like this: the quote inside one is escaped. */
const WRITE_REQUESTS = ['"PutRequest":', '"DeleteRequest":'];

const ALL_DONE = { status: 200, body: '{"UnprocessedItems":{}}' };

/**
 * The operations of a DynamoDB that keeps nothing and checks nothing: every table is there.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
 */
export const nullDynamoDb = (options: NullDynamoDbOptions): Record<'PutItem' | 'BatchWriteItem', Operation> => {
  const { refusedShare, random, counters } = options;
  const isRefused = (): boolean => {
    const refused = refusedShare > 0 && random() < refusedShare;
    counters[refused ? 'unprocessed' : 'items'] += 1;
    return refused;
  };
  return {
    PutItem: () =>
      isRefused()
        ? exception(THROTTLED, 'The level of configured provisioned throughput for the table was exceeded.')
        : { status: 200, body: '{}' },
    BatchWriteItem: (body) => {
      // Where every item is taken they need only be counted.
      if (refusedShare === 0) {
        for (const name of WRITE_REQUESTS) counters.items += countOf(name, body);
        return ALL_DONE;
      }
      const { RequestItems } = JSON.parse(body.toString()) as { RequestItems: Record<string, unknown[]> };
      const left = Object.entries(RequestItems).map(([table, items]) => [table, items.filter(isRefused)] as const);
      const UnprocessedItems = Object.fromEntries(left.filter(([, items]) => items.length > 0));
      return { status: 200, body: JSON.stringify({ UnprocessedItems }) };
    },
  };
};

const countOf = (text: string, body: Buffer): number => {
  let count = 0;
  for (let at = body.indexOf(text); at >= 0; at = body.indexOf(text, at + text.length)) count += 1;
  return count;
};
