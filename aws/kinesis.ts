import './quiet-sdk.ts';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  KinesisClient,
  type KinesisClientConfig,
  PutRecordsCommand,
  type PutRecordsOutput,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { SourceEvent } from '../core/source-event.ts';
import type { Credentials } from './credentials.ts';

import { putRecordsBody } from './put-records-body.ts';
import { readyCalls } from './ready-body.ts';

/** Everything the producer needs of Kinesis: an answer for each record, in their order. Throws if the whole call failed. */
export type PutRecords = (
  records: readonly Pick<SourceEvent, 'partitionKey' | 'data'>[],
  signal: AbortSignal,
) => Promise<(Taken | { refused: string })[]>;

/** Where a record is. */
export interface Taken {
  shardId: string;
  sequenceNumber: string;
}

export interface KinesisOptions {
  region: string;
  /** The URL of a Kinesis that is not AWS's. */
  endpoint?: string;
  /** Without them the AWS credential chain decides. */
  credentials?: Credentials;
}

/** A client of Kinesis that makes each call once: the producer retries. */
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

/** PutRecords on one stream. Kinesis answers for each record, in the order of the request. */
export const putRecordsTo =
  (client: Pick<KinesisClient, 'middlewareStack' | 'config'>, stream: string): PutRecords =>
  async (records, signal) => {
    const put = readyCalls(client, new PutRecordsCommand({ StreamName: stream, Records: [] }), signal);
    const { Records = [] } = (await put(putRecordsBody(stream, records))) as Partial<PutRecordsOutput>;
    return records.map((_, index) => {
      const { ShardId, SequenceNumber, ErrorCode, ErrorMessage } = Records[index] ?? {};
      return ShardId !== undefined && SequenceNumber !== undefined
        ? { shardId: ShardId, sequenceNumber: SequenceNumber }
        : { refused: `${ErrorCode ?? 'no answer'}: ${ErrorMessage ?? 'Kinesis did not say why'}` };
    });
  };
