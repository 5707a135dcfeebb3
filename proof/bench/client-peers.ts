import { type KinesisClient, PutRecordCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { kinesisClient, putRecordsTo } from '../../aws/kinesis.ts';
import { LOCAL_REGION, localCredentials } from '../../aws/local-stack.ts';
import { monotonicClock } from '../../aws/system-clock.ts';
import { Producer, type ProducerOptions } from '../../client/producer/producer.ts';
import { chunks, inBatches } from '../../core/batch.ts';
import { inParallel } from '../../core/in-parallel.ts';
import { PUT_RECORDS } from '../../core/limits.ts';
import { seeded } from '../../core/random.ts';
import type { SourceEvent } from '../../core/source-event.ts';
import { unsignedPost } from './unsigned-post.ts';

const STREAM = 'bench-stream';

/** A way to put events on a stream. */
export interface Peer {
  name: string;
  /** Which share of the events it puts: enough to measure it. */
  share: number;
  put: (events: readonly SourceEvent[]) => Promise<void>;
  close: () => void;
}

export type PeerName = 'single' | 'batch' | 'floor' | 'ours';

/** The ways to put events on a stream, the client's own among them, against one endpoint. */
export const peersAt = (endpoint: string): Record<PeerName, Peer> => {
  const singles = clientAt(endpoint);
  const batches = clientAt(endpoint);
  const ours = clientAt(endpoint);
  return {
    single: {
      name: 'PutRecord, one at a time (SDK)',
      share: 0.002,
      put: (events) => putSingly(singles, events),
      close: () => singles.destroy(),
    },
    batch: {
      name: 'PutRecords of 500, one at a time (SDK)',
      share: 1,
      put: (events) => putInBatches(batches, events),
      close: () => batches.destroy(),
    },
    floor: floorAt(endpoint),
    ours: {
      name: 'ours: the producer',
      share: 1,
      put: (events) => produceEvents(events, ours),
      close: () => ours.destroy(),
    },
  };
};

/** The null server does not check the signature that the SDK makes with the credentials. */
export const clientAt = (endpoint: string): KinesisClient =>
  kinesisClient({ region: LOCAL_REGION, endpoint, credentials: localCredentials() });

const batchesOf = (events: readonly SourceEvent[]): Generator<SourceEvent[]> =>
  inBatches(events, PUT_RECORDS, ({ partitionKey, data }) => partitionKey.length + data.length);

/** One call for each event, and the next only after its answer. */
const putSingly = async (client: KinesisClient, events: readonly SourceEvent[]): Promise<void> => {
  for (const { partitionKey, data } of events)
    await client.send(new PutRecordCommand({ StreamName: STREAM, PartitionKey: partitionKey, Data: data }));
};

/** What is easily written with PutRecords: one request after another. */
const putInBatches = async (client: KinesisClient, events: readonly SourceEvent[]): Promise<void> => {
  for (const batch of batchesOf(events)) {
    const Records = batch.map(({ partitionKey, data }) => ({ PartitionKey: partitionKey, Data: data }));
    const { FailedRecordCount } = await client.send(new PutRecordsCommand({ StreamName: STREAM, Records }));
    if (FailedRecordCount !== 0) throw new Error(`Kinesis refused ${FailedRecordCount} records; expected none refused`);
  }
};

/** A slow stream is measured here, and must not end a run. Milliseconds. */
const PATIENCE = { firstMs: 60_000, ms: 60_000 };

/**
 * Puts the events on the stream as the client does: with its producer, its limits, and its SDK.
 *
 * @throws what the producer gave up for, or where an event was not sent
 */
export const produceEvents = async (
  events: Iterable<SourceEvent>,
  client: KinesisClient,
  { onOutcome, ...options }: Partial<Pick<ProducerOptions, 'aggregate' | 'onOutcome'>> = {},
): Promise<void> => {
  let failed: Error | undefined;
  const error = await new Producer({
    putRecords: putRecordsTo(client, STREAM),
    onOutcome: (outcome) => {
      if (outcome.status === 'failed') failed = outcome.error;
      onOutcome?.(outcome);
    },
    stopSource: () => {},
    signal: new AbortController().signal,
    patience: PATIENCE,
    clock: { ...monotonicClock, random: seeded(1) },
    ...options,
  }).run(sourceOf(events));
  if (error ?? failed) throw error ?? failed;
};

/** As many as the lines of 200 bytes that one read of a file brings. */
const BATCH_EVENTS = 1_300;

async function* sourceOf(events: Iterable<SourceEvent>): AsyncGenerator<SourceEvent[]> {
  yield* chunks(events, BATCH_EVENTS);
}

/** Requests in flight at once, as many as the producer has. */
const IN_FLIGHT = 8;

/** What the floor reads of a reply. */
interface Reply {
  FailedRecordCount: number;
  Records: { ShardId?: string; SequenceNumber?: string }[];
}

/**
 * The least that can put records on a stream from Node: bodies built by hand, `node:http`, several requests in flight, replies
 * parsed. It has no SDK, signature or retries: these are what another client costs more.
 */
export const floorAt = (endpoint: string): Peer => {
  const operation = 'Kinesis_20131202.PutRecords';
  const target = { endpoint, operation, contentType: 'application/x-amz-json-1.1', inFlight: IN_FLIGHT };
  const { post, close } = unsignedPost(target);
  return {
    name: 'the floor: node:http, unsigned, no SDK',
    share: 1,
    put: (events) =>
      inParallel(IN_FLIGHT, batchesOf(events), async (batch) => {
        const { FailedRecordCount, Records } = JSON.parse(await post(bodyOf(batch))) as Reply;
        if (FailedRecordCount !== 0 || Records.length !== batch.length)
          throw new Error(
            `Kinesis took ${Records.length - FailedRecordCount} of ${batch.length} records; expected all`,
          );
      }),
    close,
  };
};

/** The body in one buffer that is written once: cheaper than one long text, which Node copies twice. */
const bodyOf = (batch: readonly SourceEvent[]): Buffer => {
  const end = `],"StreamName":"${STREAM}"}`;
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
