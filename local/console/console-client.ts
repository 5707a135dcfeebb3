import { isDeepStrictEqual } from 'node:util';
import {
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  type GetItemCommandOutput,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { asShown } from './console-values.ts';

type Item = Record<string, unknown>;

/**
 * Fits a client to the pages of the console, which show items as JSON. Everything that it reads can be shown. It refuses to
 * overwrite an item that JSON cannot hold: the item's bytes would be saved as text, and could not be redriven.
 *
 * @param client the console's own. The console wraps it in a document client, so it sees plain values
 * @param reader another client of the same tables, which stays as it is
 */
export const fitToJson = (client: DynamoDBClient, reader: DynamoDBClient): void => {
  const refuseToLose = async (TableName: string, item: Item): Promise<void> => {
    const { Table } = await reader.send(new DescribeTableCommand({ TableName }));
    const key = Table?.KeySchema?.map(({ AttributeName }) => [AttributeName, item[String(AttributeName)]]) ?? [];
    const found = await reader.send(new GetItemCommand({ TableName, Key: marshall(Object.fromEntries(key)) }));
    const stored = unmarshall(found.Item ?? {});
    if (!isDeepStrictEqual(asShown(stored), stored))
      throw new Error('this item holds what JSON cannot, such as bytes; change it with the AWS CLI and --endpoint-url');
  };

  // In the outermost step requests and results hold plain values, not attributes.
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === 'PutItemCommand') {
          const { TableName, Item } = args.input as { TableName: string; Item: Item };
          await refuseToLose(TableName, Item);
        }
        const result = await next(args);
        const { Item, Items } = result.output as Partial<GetItemCommandOutput & ScanCommandOutput>;
        if (Item) Object.assign(result.output, { Item: asShown(Item) });
        if (Items) Object.assign(result.output, { Items: asShown(Items) });
        return result;
      },
    { name: 'fitToJson', step: 'initialize' },
  );
};
