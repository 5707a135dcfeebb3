import { Agent, request } from 'node:http';
import type { SourceEvent } from '../../../core/source-event.ts';

/** Requests in flight at once, as many as the producer has. */
const CONCURRENCY = 8;

/** What the floor reads of a reply. */
interface Reply {
  FailedRecordCount: number;
  Records: { ShardId?: string; SequenceNumber?: string }[];
}

export interface Floor {
  /** Resolves when every batch was answered. @throws where not everything was taken */
  put: (batches: readonly (readonly SourceEvent[])[]) => Promise<void>;
  close: () => void;
}

/**
 * The least that can put records on a stream from Node: bodies built by hand, `node:http`, several requests in flight, replies
 * parsed. No SDK, no signature, no retries: what a client costs beyond this is what it does beyond this.
 */
export const floorAt = (endpoint: string, stream: string): Floor => {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  const { hostname, port } = new URL(endpoint);
  const post = (body: Buffer): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'Kinesis_20131202.PutRecords',
        'content-length': body.length,
      };
      request({ agent, hostname, port, method: 'POST', headers }, (response) => {
        let text = '';
        response.setEncoding('latin1');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve(text));
      })
        .on('error', reject)
        .end(body);
    });

  const putBatch = async (batch: readonly SourceEvent[]): Promise<void> => {
    const { FailedRecordCount, Records } = JSON.parse(await post(bodyOf(batch, stream))) as Reply;
    if (FailedRecordCount !== 0 || Records.length !== batch.length)
      throw new Error(`Kinesis took ${Records.length - FailedRecordCount} of ${batch.length} records; expected all`);
  };

  return {
    put: async (batches) => {
      let next = 0;
      const worker = async (): Promise<void> => {
        while (next < batches.length) await putBatch(batches[next++]!);
      };
      await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    },
    close: () => agent.destroy(),
  };
};

/** The body in one buffer that is written once: cheaper than one long text, which Node copies twice. */
const bodyOf = (batch: readonly SourceEvent[], stream: string): Buffer => {
  const end = `],"StreamName":"${stream}"}`;
  let size = START.length + end.length;
  for (const { partitionKey, data } of batch)
    size += BEFORE.length + Math.ceil(data.length / 3) * 4 + BETWEEN.length + partitionKey.length + AFTER.length;
  const body = Buffer.allocUnsafe(size);
  let at = body.write(START, 0, 'latin1');
  for (const { partitionKey, data } of batch) {
    at += body.write(BEFORE, at, 'latin1');
    at += body.write((data as Buffer).toString('base64'), at, 'latin1');
    at += body.write(`${BETWEEN}${partitionKey}${AFTER}`, at, 'latin1');
  }
  // In place of the last comma.
  at += body.write(end, at - 1, 'latin1') - 1;
  return body.subarray(0, at);
};

const START = '{"Records":[';
const BEFORE = '{"Data":"';
const BETWEEN = '","PartitionKey":"';
const AFTER = '"},';
