import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { LoopbackServer } from '../../support/loopback-server.ts';

type Item = Record<string, { S: string }>;

interface WriteRequest {
  TableName?: string;
  Item?: Item;
  RequestItems?: Record<string, { PutRequest: { Item: Item } }[]>;
}

/** A DynamoDB that takes everything and keeps it, in the order it came. */
export class CapturingServer extends LoopbackServer {
  /** How many items each request brought. */
  readonly requests: number[] = [];
  readonly items: { table: string; item: Item }[] = [];

  constructor() {
    super();
    this.http.on('request', (request, response) => void this.#take(request, response));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { TableName, Item, RequestItems = {} } = (await json(request)) as WriteRequest;
    const before = this.items.length;
    if (TableName !== undefined && Item) this.items.push({ table: TableName, item: Item });
    for (const [table, writes] of Object.entries(RequestItems))
      this.items.push(...writes.map(({ PutRequest }) => ({ table, item: PutRequest.Item })));
    this.requests.push(this.items.length - before);
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end(TableName === undefined ? '{"UnprocessedItems":{}}' : '{}');
  }
}
