import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

type Item = Record<string, { S: string }>;

interface WriteRequest {
  TableName?: string;
  Item?: Item;
  RequestItems?: Record<string, { PutRequest: { Item: Item } }[]>;
}

/** A DynamoDB that takes everything and keeps it, in the order it came. */
export interface CapturingServer {
  endpoint: string;
  /** How many items each request brought. */
  requests: number[];
  items: { table: string; item: Item }[];
  close: () => Promise<void>;
}

export const startCapturingServer = async (): Promise<CapturingServer> => {
  const requests: number[] = [];
  const items: CapturingServer['items'] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { TableName, Item, RequestItems = {} } = JSON.parse(Buffer.concat(chunks).toString()) as WriteRequest;
    const before = items.length;
    if (TableName !== undefined && Item) items.push({ table: TableName, item: Item });
    for (const [table, writes] of Object.entries(RequestItems))
      items.push(...writes.map(({ PutRequest }) => ({ table, item: PutRequest.Item })));
    requests.push(items.length - before);
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end(TableName === undefined ? '{"UnprocessedItems":{}}' : '{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    items,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
