import { type KinesisClient, PutRecordCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { inBatches } from '../../../core/batch.ts';
import { PUT_RECORDS } from '../../../core/limits.ts';
import type { SourceEvent } from '../../../core/source-event.ts';
import { floorAt } from './floor.ts';
import { clientAt, produceEvents, STREAM } from './produce-events.ts';

/** A way to put events on a stream. */
export interface Peer {
  name: string;
  /** Which share of the events it puts: enough to measure it by. */
  share: number;
  put: (events: readonly SourceEvent[]) => Promise<void>;
  close: () => void;
}

/** The ways to put events on a stream that the client is measured by, itself among them, against one endpoint. */
export const peersAt = (endpoint: string): Record<'single' | 'batch' | 'floor' | 'ours', Peer> => {
  const singles = clientAt(endpoint);
  const batches = clientAt(endpoint);
  const ours = clientAt(endpoint);
  const floor = floorAt(endpoint, STREAM);
  return {
    single: {
      name: 'PutRecord, one at a time (SDK)',
      share: 0.005,
      put: (events) => putSingly(singles, events),
      close: () => singles.destroy(),
    },
    batch: {
      name: 'PutRecords of 500, one at a time (SDK)',
      share: 1,
      put: (events) => putInBatches(batches, events),
      close: () => batches.destroy(),
    },
    floor: {
      name: 'the floor: node:http, unsigned, no SDK',
      share: 1,
      put: (events) => floor.put([...batchesOf(events)]),
      close: floor.close,
    },
    ours: {
      name: 'ours: produce()',
      share: 1,
      put: (events) => produceEvents(events, ours),
      close: () => ours.destroy(),
    },
  };
};

const batchesOf = (events: readonly SourceEvent[]): Generator<SourceEvent[]> =>
  inBatches(events, PUT_RECORDS, ({ partitionKey, data }) => partitionKey.length + data.length);

/** The loop of the original: one call for each event, and the next only after its answer. */
const putSingly = async (client: KinesisClient, events: readonly SourceEvent[]): Promise<void> => {
  for (const { partitionKey, data } of events)
    await client.send(new PutRecordCommand({ StreamName: STREAM, PartitionKey: partitionKey, Data: data }));
};

/** What one writes who has read that there is a PutRecords. */
const putInBatches = async (client: KinesisClient, events: readonly SourceEvent[]): Promise<void> => {
  for (const batch of batchesOf(events)) {
    const Records = batch.map(({ partitionKey, data }) => ({ PartitionKey: partitionKey, Data: data }));
    const { FailedRecordCount } = await client.send(new PutRecordsCommand({ StreamName: STREAM, Records }));
    if (FailedRecordCount !== 0) throw new Error(`Kinesis refused ${FailedRecordCount} records; expected none refused`);
  }
};
