import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  KinesisClient,
  type KinesisClientConfig,
  PutRecordsCommand,
  type PutRecordsOutput,
  type PutRecordsResultEntry,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { PutRecords } from './producer.ts';
import { putRecordsBody } from './put-records-body.ts';

// The lock file pins releases that run on Node 20. What later ones will need is nothing a user of this command can act on.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export interface KinesisOptions {
  region: string;
  /** Where Kinesis is, if not at AWS. */
  endpoint?: string;
  /** Without them the AWS credential chain decides. */
  credentials?: Credentials;
}

/** A client of Kinesis that makes each call once: the producer is the one that retries. */
export const kinesisClient = ({ region, endpoint, credentials }: KinesisOptions): KinesisClient => {
  const config: KinesisClientConfig = { region, maxAttempts: 1 };
  if (credentials) config.credentials = credentials;
  if (endpoint !== undefined) {
    config.endpoint = endpoint;
    // The SDK speaks HTTP/2 to Kinesis; a local stack speaks HTTP/1.1.
    const agent = { keepAlive: true, maxSockets: 64 };
    config.requestHandler = new NodeHttpHandler({
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
      connectionTimeout: 5_000,
    });
  }
  return new KinesisClient(config);
};

/**
 * PutRecords on one stream. Kinesis answers for each record, in the order of the request.
 *
 * The endpoint, the credentials, the signature and the reading of errors are the SDK's. What it does to each record is not: it
 * is most of what a call costs (docs/performance.md).
 */
export const putRecordsTo =
  (client: Pick<KinesisClient, 'send'>, stream: string): PutRecords =>
  async (records, signal) => {
    const command = new PutRecordsCommand({ StreamName: stream, Records: [] });
    const body = putRecordsBody(stream, records);
    let replies: PutRecordsResultEntry[] = [];
    command.middlewareStack.add(
      (next) => (args) => {
        // Early, since its length and its hash are signed.
        (args as unknown as HttpExchange).request.body = body;
        return next(args);
      },
      { name: 'putRecordsBody', step: 'build', priority: 'high' },
    );
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const response = result.response as HttpExchange['response'];
        if (response.statusCode !== 200) return result;
        const reply = JSON.parse(await text(response.body as Readable)) as PutRecordsOutput;
        replies = reply.Records ?? [];
        response.body = NOTHING_LEFT;
        return result;
      },
      { name: 'putRecordsReply', step: 'deserialize', priority: 'low' },
    );
    await client.send(command, { abortSignal: signal });
    return records.map((_, index) => {
      const { ShardId, SequenceNumber, ErrorCode, ErrorMessage } = replies[index] ?? {};
      return ShardId !== undefined && SequenceNumber !== undefined
        ? { shardId: ShardId, sequenceNumber: SequenceNumber }
        : { refused: `${ErrorCode ?? 'no answer'}: ${ErrorMessage ?? 'Kinesis did not say why'}` };
    });
  };

/** What the SDK's middleware hands on at these steps. */
interface HttpExchange {
  request: { body?: unknown };
  response: { statusCode: number; body?: unknown };
}

const NOTHING_LEFT = new Uint8Array();
