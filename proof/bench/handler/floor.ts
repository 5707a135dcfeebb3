import { Agent, request } from 'node:http';
import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { inBatches } from '../../../core/batch.ts';

/** Requests in flight at once, unless told. */
const IN_FLIGHT = 8;

/** What the floor looks at in a tweet. */
export interface Tweet {
  id_str: string;
  text: string;
  created_at: string;
  user: { name: string };
}

/**
 * The least that can bring records into a table from Node: base64, JSON, four fields, a body built by hand, `node:http`, several
 * requests in flight, replies parsed. No SDK, no signature, no check of anything, no second try: what a function costs beyond
 * this is what it does beyond this.
 */
export const floorAt = (
  endpoint: string,
  table: string,
  inFlight = IN_FLIGHT,
): ((event: KinesisStreamEvent) => Promise<void>) => {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
  const { hostname, port } = new URL(endpoint);
  const post = (body: Buffer): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'DynamoDB_20120810.BatchWriteItem',
        'content-length': body.length,
      };
      request({ agent, hostname, port, method: 'POST', headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve(text));
      })
        .on('error', reject)
        .end(body);
    });

  return async ({ Records }) => {
    const batches = inBatches(Records, { maxItems: 25, maxBytes: Number.POSITIVE_INFINITY }, () => 0);
    const worker = async (): Promise<void> => {
      for (const batch of batches) {
        const reply = await post(Buffer.from(bodyOf(batch, table)));
        const { UnprocessedItems = {} } = JSON.parse(reply) as { UnprocessedItems?: Record<string, unknown[]> };
        const left = UnprocessedItems[table]?.length ?? 0;
        if (left > 0) throw new Error(`DynamoDB left ${left} items unprocessed; expected none`);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
  };
};

const bodyOf = (batch: readonly KinesisStreamRecord[], table: string): string =>
  `{"RequestItems":{"${table}":[${batch.map(putRequestOf).join(',')}]}}`;

const putRequestOf = ({ kinesis }: KinesisStreamRecord): string => {
  const tweet = JSON.parse(Buffer.from(kinesis.data, 'base64').toString()) as Tweet;
  const timestamp = new Date(tweet.created_at).toISOString();
  return `{"PutRequest":{"Item":{"Username":{"S":${JSON.stringify(tweet.user.name)}},"Id":{"S":"${tweet.id_str}"},"Timestamp":{"S":"${timestamp}"},"Type":{"S":"tweet"},"Message":{"S":${JSON.stringify(tweet.text)}}}}}`;
};
